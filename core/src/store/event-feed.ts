import type { Dispose } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { SessionEvent } from '../protocol/events.js';
import { Lanes } from './lanes.js';

export type EventSubscriber = (conversationId: string, events: readonly SessionEvent[]) => void;
type Read = (conversationId: string, after: number, limit: number) => Promise<SessionEvent[]>;

const page = 500;

/**
 * Tells subscribers of each conversation's events exactly once and in order, whoever committed them. Commits of
 * one conversation may report here out of turn, and other processes only send hints: what is missing is read.
 */
export class EventFeed {
  readonly #subscribers = new Set<EventSubscriber>();
  /** The last seq told, by conversation. */
  readonly #told = new Map<string, number>();
  readonly #lanes = new Lanes();

  constructor(
    private readonly read: Read,
    private readonly log: Logger,
  ) {}

  subscribe(fn: EventSubscriber): Dispose {
    this.#subscribers.add(fn);
    return () => void this.#subscribers.delete(fn);
  }

  /** What came up to `seq` is old news. Says nothing new where the conversation is known already. */
  startAt(conversationId: string, seq: number): void {
    if (!this.#told.has(conversationId)) this.#told.set(conversationId, seq);
  }

  forget(conversationId: string): void {
    this.#told.delete(conversationId);
  }

  /**
   * There are events up to `last`. Resolves when they are told; never rejects: what could not be read now is told
   * together with what comes next.
   *
   * @param events what is new, if at hand
   */
  reached(conversationId: string, last: number, events: readonly SessionEvent[] = []): Promise<void> {
    return this.#lanes.run(conversationId, async () => {
      try {
        await this.#advance(conversationId, last, events);
      } catch (cause) {
        this.log.error('cannot read new events', { conversationId, cause });
      }
    });
  }

  async #advance(conversationId: string, last: number, events: readonly SessionEvent[]): Promise<void> {
    const told = () => this.#told.get(conversationId) ?? 0;
    if (events[0]?.seq === told() + 1) return this.#tell(conversationId, events);
    while (told() < last) {
      const missed = await this.read(conversationId, told(), page);
      // Removed in the meantime.
      if (missed.length === 0) return;
      this.#tell(conversationId, missed);
    }
  }

  #tell(conversationId: string, events: readonly SessionEvent[]): void {
    this.#told.set(conversationId, events.at(-1)?.seq ?? 0);
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(conversationId, events);
      } catch (cause) {
        this.log.error('a subscriber of events failed', { conversationId, cause });
      }
    }
  }
}
