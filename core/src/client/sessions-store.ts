import { type ActivityNote, emptyCard, type ListedSession, type SessionCard } from '../protocol/cards.js';
import type { SessionsChange, SessionsSnapshot } from '../protocol/frames.js';
import type { Session } from '../protocol/resources.js';
import type { MaestroRest } from './rest.js';
import type { MaestroSocket, TopicFrame } from './socket.js';

const TOPIC = 'sessions';
const NOTES_KEPT = 20;

/** The list of sessions, newest activity first, kept up to date over the topic `sessions`. */
export class SessionsStore {
  readonly #rest: MaestroRest;
  readonly #socket: MaestroSocket;
  readonly #listeners = new Set<(store: SessionsStore) => void>();
  #sessions: readonly ListedSession[] = [];
  #notes: readonly ActivityNote[] = [];
  #next: string | null = null;
  #isLoaded = false;
  #leave: (() => void) | null = null;

  constructor({ rest, socket }: { rest: MaestroRest; socket: MaestroSocket }) {
    this.#rest = rest;
    this.#socket = socket;
  }

  /** A session that has not changed is the same object as before. */
  get sessions(): readonly ListedSession[] {
    return this.#sessions;
  }
  /** The last notable things that happened, newest first. */
  get notes(): readonly ActivityNote[] {
    return this.#notes;
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
      const { items, next, notes } = frame.data as SessionsSnapshot;
      this.#next = next;
      this.#isLoaded = true;
      this.#notes = notes;
      this.#show(items);
    } else if (frame.op === 'change') {
      this.#change(frame.data as SessionsChange);
    }
  }

  #change(change: SessionsChange): void {
    if (change.type === 'activity.noted') this.#notes = [change.data.note, ...this.#notes].slice(0, NOTES_KEPT);
    this.#show(changed(this.#sessions, change));
  }

  #show(sessions: readonly ListedSession[]): void {
    this.#sessions = sessions.toSorted(byActivity);
    for (const listener of this.#listeners) listener(this);
  }
}

function changed(sessions: readonly ListedSession[], change: SessionsChange): readonly ListedSession[] {
  switch (change.type) {
    case 'session.created':
    case 'session.updated':
      return put(sessions, change.data.session);
    case 'session.deleted':
      return sessions.filter(({ session_id }) => session_id !== change.data.session_id);
    case 'cards.changed':
      return withCards(sessions, change.data.cards);
    default:
      return sessions;
  }
}

/** A change of the row says nothing of the card, which stays as it was. */
function put(sessions: readonly ListedSession[], session: Session | ListedSession): readonly ListedSession[] {
  const index = sessions.findIndex(({ session_id }) => session_id === session.session_id);
  const card = 'card' in session ? session.card : (sessions[index]?.card ?? emptyCard(session.session_id));
  return index < 0 ? [...sessions, { ...session, card }] : sessions.with(index, { ...session, card });
}

function withCards(sessions: readonly ListedSession[], cards: readonly SessionCard[]): readonly ListedSession[] {
  const byId = new Map(cards.map((card) => [card.session_id, card]));
  return sessions.map((session) => {
    const card = byId.get(session.session_id);
    return card ? { ...session, card } : session;
  });
}

/** ISO times in UTC sort as text. */
function byActivity(a: Session, b: Session): number {
  if (a.last_activity_at === b.last_activity_at) return 0;
  return a.last_activity_at < b.last_activity_at ? 1 : -1;
}
