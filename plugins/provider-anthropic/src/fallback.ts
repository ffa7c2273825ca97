import type { MessagesSet } from './profiles/profile-set.js';

/** Without these no request is understood; a complaint about them is about the request. */
const ESSENTIAL = new Set(['x-api-key', 'authorization', 'anthropic-version']);

/**
 * Remembers per origin that a value of profile `prd` is refused there, so that it costs one failed request, once: from
 * then on requests take the form of the reference.
 */
export class Fallbacks {
  readonly #refusing = new Set<string>();

  constructor(
    private readonly chosen: MessagesSet,
    private readonly reference: MessagesSet,
  ) {}

  setFor(origin: string): MessagesSet {
    return this.#refusing.has(origin) ? this.reference : this.chosen;
  }

  /**
   * Learns from the words of a 400 what is refused, and gives it; undefined where it is about something else, or where
   * the request had the form of a reference application already.
   */
  learn(origin: string, message: string): { header: string; value: string } | undefined {
    const used = this.setFor(origin);
    if (used.name !== 'prd') return undefined;
    const refused = used.messages.headers.find(([name]) => isAbout(name, message));
    if (!refused) return undefined;
    this.#refusing.add(origin);
    return { header: refused[0], value: refused[1] };
  }
}

/** Names such as `accept` are words of any sentence, so the name must stand beside the word "header". */
function isAbout(header: string, message: string): boolean {
  if (ESSENTIAL.has(header.toLowerCase())) return false;
  const name = header.replace(/[^\w-]/g, '');
  const beside = new RegExp(`\\b${name}\\b[\`"']?\\s*:?\\s+header|headers?:?\\s+[\`"']?${name}\\b`, 'i');
  // Some gateways of the same API say it in these words only.
  const isBetaFlag = header.toLowerCase() === 'anthropic-beta' && /invalid beta flag/i.test(message);
  return isBetaFlag || beside.test(message);
}
