import type { ApprovalResource, ContentPart } from '@maestro/core/protocol';
import type { ReactiveControllerHost } from 'lit';
import { app } from './app.js';

const NOTHING: readonly ContentPart[] = [];
/** Remembered at most: as many as can wait on a screen, and some more. */
const MOST = 50;

/** What requests would change, asked of the server once for each. */
export class ApprovalPreviews {
  readonly #known = new Map<string, readonly ContentPart[]>();

  constructor(private readonly host: ReactiveControllerHost) {}

  /** Nothing until it is known, and where nobody can tell. */
  of({ id, kind, effects }: ApprovalResource): readonly ContentPart[] {
    if (kind !== 'tool' || effects !== 'write') return NOTHING;
    const known = this.#known.get(id);
    if (!known) void this.#ask(id);
    return known ?? NOTHING;
  }

  async #ask(id: string): Promise<void> {
    this.#known.set(id, NOTHING);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    try {
      this.#known.set(id, (await app.rest.approvalPreview(id)).content);
      this.host.requestUpdate();
    } catch {
      // The arguments say it too.
    }
  }
}
