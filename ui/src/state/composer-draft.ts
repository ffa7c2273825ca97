import type { MaestroRest } from '@maestro/core/client';
import type { KeptAttachment } from './attachments.js';

const PAUSE_MS = 400;

export interface Draft {
  text: string;
  attachments: KeptAttachment[];
}

/** Names this tab among those that write in the same composer. */
const TAB = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join('');

/** Keeps what is being written on the server, so that it is there in another tab or after a reload, and hears of others. */
export class ComposerDraft {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pending: Draft | null = null;
  #sending = 0;
  /** Somebody typed while this tab was ahead: what counts is read once it no longer is. */
  #isMissed = false;

  /** @param late called with what others typed, where `heard` could not tell yet */
  constructor(
    private readonly rest: MaestroRest,
    private readonly session_id: string,
    private readonly late: (draft: Draft) => void,
  ) {}

  /** What was left there; null where it cannot be had, so that the field stays as it is. */
  async load(): Promise<Draft | null> {
    try {
      const { text, attachments } = await this.rest.composer(this.session_id);
      return { text, attachments: attachments.filter(isKept) };
    } catch {
      return null;
    }
  }

  /** Somebody typed: what they did, unless it was this tab, or this tab has typed since. */
  async heard(by: string | null): Promise<Draft | null> {
    if (by === TAB) return null;
    const draft = this.#isAhead ? null : await this.load();
    if (!this.#isAhead) return draft;
    this.#isMissed = true;
    return null;
  }

  write(draft: Draft): void {
    this.#pending = draft;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** Sends what waits. A failure is not worth a word: the text is still on the screen and the next key tries again. */
  flush(): void {
    clearTimeout(this.#timer);
    const draft = this.#pending;
    this.#pending = null;
    if (!draft) return;
    this.#sending += 1;
    this.rest
      .putComposer(this.session_id, { ...draft, by: TAB })
      .catch(() => undefined)
      .finally(() => {
        this.#sending -= 1;
        if (this.#isMissed && !this.#isAhead) void this.#catchUp();
      });
  }

  async #catchUp(): Promise<void> {
    this.#isMissed = false;
    const draft = await this.heard(null);
    if (draft) this.late(draft);
  }

  get #isAhead(): boolean {
    return this.#pending !== null || this.#sending > 0;
  }
}

function isKept(value: unknown): value is KeptAttachment {
  const { name, blob, media_type, bytes } = (value ?? {}) as Partial<Record<keyof KeptAttachment, unknown>>;
  const isNamed = typeof name === 'string' && typeof blob === 'string' && typeof media_type === 'string';
  return isNamed && typeof bytes === 'number';
}
