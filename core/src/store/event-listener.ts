import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from '../log.js';
import type { Database } from './database.js';

const channel = 'maestro_events';
const firstRetryMs = 100;
const lastRetryMs = 5_000;

/** What one process tells the others; it stays far below the 8,000 bytes PostgreSQL allows. */
export type Hint =
  | { from: string; conversation_id: string; last: number }
  | { from: string; removed: { session_id: string; conversation_id: string } };

/** For `query(...)`: sends a hint as the transaction commits, or never. */
export const notify = (hint: Hint): [text: string, params: string[]] => [
  'select pg_notify($1, $2)',
  [channel, JSON.stringify(hint)],
];

/**
 * LISTEN on a connection of its own. When it breaks it is made anew, and since hints were missed meanwhile,
 * `connected` is called again to catch up.
 */
export class EventListener {
  #client: pg.Client | undefined;
  readonly #closed = new AbortController();

  constructor(
    private readonly db: Database,
    private readonly log: Logger,
    private readonly on: { connected(): Promise<void>; hint(hint: Hint): void },
  ) {}

  /** Resolves when listening. */
  async start(): Promise<void> {
    const client = await this.db.connect();
    // Watched from here on: it may break before it is of any use.
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    try {
      client.on('notification', ({ payload }) => this.#hear(payload));
      await client.query(`listen ${channel}`);
      await this.on.connected();
    } catch (error) {
      await client.end();
      throw error;
    }
    this.#client = client;
    void ended.then(() => this.#restart());
    if (this.#closed.signal.aborted) await client.end();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#client?.end();
  }

  #hear(payload: string | undefined): void {
    try {
      this.on.hint(JSON.parse(payload ?? ''));
    } catch (cause) {
      // Anybody with access to the database can send on our channel; what is no hint of ours is no news.
      this.log.warn('a notification that is not ours', { cause });
    }
  }

  async #restart(): Promise<void> {
    for (let delayMs = firstRetryMs; !this.#closed.signal.aborted; delayMs = Math.min(delayMs * 2, lastRetryMs)) {
      try {
        return await this.start();
      } catch (cause) {
        this.log.warn('cannot listen for events of other processes; trying again', { delayMs, cause });
        await sleep(delayMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
      }
    }
  }
}
