import type { ApiError } from './api-error.js';

/** What a refusal was about, as far as the next request can do without it. */
export type Refused = 'profile' | 'summary' | 'reasoning';

interface Sent {
  origin: string;
  conversationId: string;
  isPrd: boolean;
}

/** Remembers what servers refuse, so that each costs one failed request, once. */
export class Fallbacks {
  /** Origins that refuse headers of the profile `prd`. */
  readonly #profiles = new Set<string>();
  /** Origins that give no summaries of thinking. */
  readonly #summaries = new Set<string>();
  /** Conversations whose earlier thinking is refused: another account wrote it. */
  readonly #conversations = new Set<string>();

  takesProfile(origin: string): boolean {
    return !this.#profiles.has(origin);
  }

  without(origin: string, conversationId: string): { summary: boolean; reasoning: boolean } {
    return { summary: this.#summaries.has(origin), reasoning: this.#conversations.has(conversationId) };
  }

  /**
   * Learns from a refusal. Undefined where it is about something else, or where it was learnt before.
   *
   * @param isPrd whether the request had the headers of `prd`
   */
  learn(error: ApiError, { origin, conversationId, isPrd }: Sent): Refused | undefined {
    if (error.code === 'invalid_encrypted_content' || NOT_KEPT.test(error.message))
      return learnt(this.#conversations, conversationId, 'reasoning');
    if (error.param === 'reasoning.summary') return learnt(this.#summaries, origin, 'summary');
    return isPrd && isAboutProfile(error) ? learnt(this.#profiles, origin, 'profile') : undefined;
  }
}

function learnt(known: Set<string>, what: string, refused: Refused): Refused | undefined {
  if (known.has(what)) return undefined;
  known.add(what);
  return refused;
}

/** What some servers say of thinking that is sent back to them although they keep none. */
const NOT_KEPT = /^item with id 'rs_[^']*' not found/i;

/** Values and names that stand in a complaint about the header and hardly in another one. */
const TELLING = /\bOpenAI-Beta\b|\bX-Client-Version\b|assistants v2|llxprt\/1\.0|unknown beta requested/i;
/** Names that are words of any sentence count beside the word "header". */
const BESIDE = /\b(?:user-agent|accept)\b[`"']?\s*:?\s+header|headers?:?\s+[`"']?(?:user-agent|accept)\b/i;

function isAboutProfile({ code, message }: ApiError): boolean {
  return code === 'invalid_beta' || TELLING.test(message) || BESIDE.test(message);
}
