import type { PanelShown } from '../protocol/panels.js';
import { type Connection, frame } from './connection.js';

/** How often those whose sockets were full are looked after. */
const RETRY_MS = 100;

/**
 * Those who follow one panel: `joined`, a snapshot, then changes. Each change stands for itself, so a slow client
 * gets the newest once it has taken the one before, and nothing piles up.
 */
export class PanelFeed {
  /** Whether the newest is still owed to a connection. */
  readonly #members = new Map<Connection, { isOwed: boolean }>();
  #newest: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #leave: () => void;

  /** @param watch begins to look at the panel and tells at once what it shows; gives the undo */
  constructor(
    readonly topic: string,
    watch: (tell: (shown: PanelShown) => void) => () => void,
  ) {
    this.#leave = watch((shown) => this.#told(shown));
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  join(connection: Connection, shown: PanelShown): void {
    connection.say({ op: 'joined', topic: this.topic });
    connection.say({ op: 'snapshot', topic: this.topic, data: shown });
    this.#members.set(connection, { isOwed: false });
  }

  leave(connection: Connection): void {
    this.#members.delete(connection);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#members.clear();
    this.#leave();
  }

  #told(shown: PanelShown): void {
    if (this.isEmpty) return;
    this.#newest = frame({ op: 'change', topic: this.topic, data: shown });
    for (const member of this.#members.values()) member.isOwed = true;
    this.#give();
  }

  #give(): void {
    const newest = this.#newest;
    if (!newest) return;
    for (const [connection, member] of this.#members) {
      if (!member.isOwed || connection.isBusy) continue;
      member.isOwed = false;
      connection.send(newest);
    }
    const isDone = [...this.#members.values()].every(({ isOwed }) => !isOwed);
    if (!isDone) this.#timer ??= setInterval(() => this.#give(), RETRY_MS).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
