import type { MaestroRest } from '@maestro/core/client';

const PAUSE_MS = 400;

/** Keeps what is being written on the server, so that it is there in another window or after a reload. */
export class ComposerDraft {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pending: string | null = null;

  constructor(
    private readonly rest: MaestroRest,
    private readonly session_id: string,
  ) {}

  /** What was left there. An unreachable server leaves the field as it is. */
  async load(): Promise<string> {
    try {
      return (await this.rest.composer(this.session_id)).text;
    } catch {
      return '';
    }
  }

  write(text: string): void {
    this.#pending = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** Sends what waits. A failure is not worth a word: the text is still on the screen and the next key tries again. */
  flush(): void {
    clearTimeout(this.#timer);
    const text = this.#pending;
    this.#pending = null;
    if (text !== null) this.rest.putComposer(this.session_id, { text, attachments: [] }).catch(() => undefined);
  }
}
