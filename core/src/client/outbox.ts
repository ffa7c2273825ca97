import type { SessionView } from '../protocol/fold.js';
import type { Accepted, MaestroRest, NewMessage } from './rest.js';
import { RestError } from './rest-error.js';

/** What a message may bring along; the bytes of attachments are stored before. */
export type MoreToSend = Pick<NewMessage, 'mode' | 'attachments' | 'max_usd'>;

/** A message that left the composer and is not known to be committed. */
export interface Outgoing {
  readonly client_key: string;
  readonly text: string;
  readonly more: MoreToSend;
  /** `failed`: refused by the server; send it again or discard it. */
  readonly state: 'sending' | 'failed';
  readonly error: RestError | null;
}

export interface OutboxOptions {
  rest: MaestroRest;
  session_id: string;
  changed: () => void;
  newKey?: () => string;
}

const WAIT_MIN_MS = 500;
const WAIT_MAX_MS = 15_000;

/**
 * Sends until the server says yes or no. Without an answer the same `client_key` goes out again,
 * so a message is neither lost nor doubled.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #items: readonly Outgoing[] = [];
  #closed = new AbortController();
  /** The delivery begun last: messages arrive in the order they were sent, whatever happens on the way. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  send(text: string, more: MoreToSend = {}): Promise<Accepted> {
    const client_key = (this.#options.newKey ?? (() => globalThis.crypto.randomUUID()))();
    return this.#deliver({ client_key, text, more, state: 'sending', error: null });
  }

  /** Sends a failed one again, under its old key. */
  again(client_key: string): Promise<Accepted> | undefined {
    const item = this.#items.find((one) => one.client_key === client_key && one.state === 'failed');
    return item && this.#deliver({ ...item, state: 'sending', error: null });
  }

  /** Forgets a failed one. */
  discard(client_key: string): void {
    this.#drop((item) => item.client_key === client_key);
  }

  /** Forgets what the view shows already, for the case that only the answer was lost. */
  seen(view: SessionView): void {
    if (this.#items.length === 0) return;
    const keys = new Set([...view.messages, ...view.queue].map((one) => one.client_key));
    this.#drop((item) => keys.has(item.client_key));
  }

  close(): void {
    this.#closed.abort();
  }

  async #deliver(item: Outgoing): Promise<Accepted> {
    this.#put(item);
    const post = () => this.#post(item);
    const posted = this.#last.then(post, post);
    this.#last = posted;
    try {
      const accepted = await posted;
      this.#drop((one) => one.client_key === item.client_key);
      return accepted;
    } catch (error) {
      if (error instanceof RestError) this.#put({ ...item, state: 'failed', error });
      throw error;
    }
  }

  async #post({ client_key, text, more: { attachments = [], ...more } }: Outgoing): Promise<Accepted> {
    const { rest, session_id } = this.#options;
    for (let wait = WAIT_MIN_MS; ; wait = Math.min(WAIT_MAX_MS, wait * 2)) {
      try {
        const bringing = { ...more, ...(attachments.length > 0 && { attachments }) };
        return await rest.send(session_id, { client_key, text, ...bringing });
      } catch (error) {
        if (!isPassing(error) || this.#closed.signal.aborted) throw error;
      }
      await pause(wait * (0.5 + Math.random() / 2), this.#closed.signal);
    }
  }

  #put(item: Outgoing): void {
    const index = this.#items.findIndex((one) => one.client_key === item.client_key);
    this.#items = index < 0 ? [...this.#items, item] : this.#items.with(index, item);
    this.#options.changed();
  }

  #drop(match: (item: Outgoing) => boolean): void {
    const kept = this.#items.filter((item) => !match(item));
    if (kept.length === this.#items.length) return;
    this.#items = kept;
    this.#options.changed();
  }
}

/** No answer, or one that says "not now". */
function isPassing(error: unknown): boolean {
  return error instanceof RestError && (error.status === 0 || error.status >= 502);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
