import type { SessionsChange, SessionsSnapshot } from '../protocol/frames.js';
import type { Session } from '../protocol/resources.js';
import type { MaestroRest } from './rest.js';
import type { MaestroSocket, TopicFrame } from './socket.js';

const TOPIC = 'sessions';

/** The list of sessions, newest activity first, kept up to date over the topic `sessions`. */
export class SessionsStore {
  readonly #rest: MaestroRest;
  readonly #socket: MaestroSocket;
  readonly #listeners = new Set<(store: SessionsStore) => void>();
  #sessions: readonly Session[] = [];
  #next: string | null = null;
  #isLoaded = false;
  #leave: (() => void) | null = null;

  constructor({ rest, socket }: { rest: MaestroRest; socket: MaestroSocket }) {
    this.#rest = rest;
    this.#socket = socket;
  }

  /** A session that has not changed is the same object as before. */
  get sessions(): readonly Session[] {
    return this.#sessions;
  }
  /** Whether the first snapshot has arrived; before it an empty list means nothing. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }
  get hasMore(): boolean {
    return this.#next !== null;
  }

  subscribe(listener: (store: SessionsStore) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): this {
    this.#leave ??= this.#socket.join(TOPIC, { position: () => ({}), frame: (frame) => this.#frame(frame) });
    return this;
  }

  close(): void {
    this.#leave?.();
    this.#leave = null;
  }

  /** Adds the next page of older sessions. */
  async loadMore(): Promise<void> {
    if (this.#next === null) return;
    const page = await this.#rest.sessions({ cursor: this.#next });
    this.#next = page.next;
    this.#show(page.items.reduce(put, this.#sessions));
  }

  #frame(frame: TopicFrame): void {
    if (frame.op === 'snapshot') {
      const { items, next } = frame.data as SessionsSnapshot;
      this.#next = next;
      this.#isLoaded = true;
      this.#show(items);
    } else if (frame.op === 'change') {
      this.#show(changed(this.#sessions, frame.data as SessionsChange));
    }
  }

  #show(sessions: readonly Session[]): void {
    this.#sessions = sessions.toSorted(byActivity);
    for (const listener of this.#listeners) listener(this);
  }
}

function changed(sessions: readonly Session[], change: SessionsChange): readonly Session[] {
  if (change.type !== 'session.deleted') return put(sessions, change.data.session);
  return sessions.filter(({ session_id }) => session_id !== change.data.session_id);
}

function put(sessions: readonly Session[], session: Session): readonly Session[] {
  const index = sessions.findIndex(({ session_id }) => session_id === session.session_id);
  return index < 0 ? [...sessions, session] : sessions.with(index, session);
}

/** ISO times in UTC sort as text. */
function byActivity(a: Session, b: Session): number {
  if (a.last_activity_at === b.last_activity_at) return 0;
  return a.last_activity_at < b.last_activity_at ? 1 : -1;
}
