import type { SessionEvent } from '../../src/protocol/events.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import type { Fence, Step } from '../../src/store/step.js';

export type Fate = 'killed before' | 'killed after' | 'closed at';

/** A log that stops for good at one of its commits, as its process does. */
export class Mortal extends EventLog {
  readonly over = Promise.withResolvers<void>();
  #left: number;
  #isDead = false;

  constructor(
    db: Database,
    commits: number,
    private readonly fate: Fate,
  ) {
    super(db);
    this.#left = commits;
  }

  override async commit(fence: Fence, step: Step): Promise<SessionEvent[]> {
    if (this.#isDead) return never;
    this.#left -= 1;
    if (this.#left > 0) return super.commit(fence, step);
    if (this.#left === 0) this.over.resolve();
    if (this.fate === 'closed at') return super.commit(fence, step);
    this.#isDead = true;
    if (this.fate === 'killed before') return never;
    await super.commit(fence, step);
    return never;
  }

  override async saveDraft(...given: Parameters<EventLog['saveDraft']>): Promise<void> {
    return this.#isDead ? never : super.saveDraft(...given);
  }
}

const never = new Promise<never>(() => undefined);
