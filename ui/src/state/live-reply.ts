import type { SessionView } from '@maestro/core/protocol';
import type { LivePiece } from '../elements/mx-stream.js';

const MOST = 2_000;

/** Notes the pieces of the running reply as they come in, each with its time. */
export class LiveReply {
  pieces: readonly LivePiece[] = [];
  #of = '';
  #known: number[] = [];

  /** Whether there was something new. */
  note({ draft }: SessionView, now: number): boolean {
    if (!draft) return false;
    if (draft.message_id !== this.#of) {
      this.#of = draft.message_id;
      this.#known = [];
      this.pieces = [];
    }
    const fresh = draft.parts.flatMap(({ kind, text }, index): LivePiece[] => {
      const known = this.#known[index] ?? 0;
      this.#known[index] = text.length;
      return text.length > known ? [{ at: now, kind, text: text.slice(known) }] : [];
    });
    if (fresh.length > 0) this.pieces = [...this.pieces, ...fresh].slice(-MOST);
    return fresh.length > 0;
  }
}
