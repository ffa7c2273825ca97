import type { Delta, SessionEvent } from '../protocol/events.js';
import { emptyView, fold, foldDelta, type SessionView, viewOf } from '../protocol/fold.js';
import type { ComposerChange } from '../protocol/frames.js';
import type { Message } from '../protocol/messages.js';
import {
  around,
  atEnd,
  bounded,
  type Reading,
  renewed,
  shownOf,
  withNewerPage,
  withOlderPage,
} from './message-window.js';
import { type MoreToSend, Outbox } from './outbox.js';
import type { Accepted, MaestroRest } from './rest.js';
import { RestError } from './rest-error.js';
import { closedError, type MaestroSocket, type TopicFrame } from './socket.js';

/** `gone`: there is no such session (any more). `failed`: see `error`; it is not tried again. */
export type SessionStoreState = 'loading' | 'ready' | 'gone' | 'failed';

export interface SessionStoreOptions {
  rest: MaestroRest;
  socket: MaestroSocket;
  session_id: string;
  /** Messages a page; 50 as the server's default. */
  pageSize?: number;
  /** Makes client keys. */
  newKey?: () => string;
  /** Milliseconds; the defaults spare the server. */
  times?: Partial<Times>;
}

interface Times {
  /** Shortest time between two rejoins of our own. */
  rejoin: number;
  /** Wait before a snapshot that failed is fetched again. */
  reload: number;
}

type Arrived = { event: SessionEvent } | { delta: Delta };

/** How far back to read again, after a snapshot of a session at work, for what no snapshot tells: tools, retries, errors. */
const REPLAYED = 100;
const defaultTimes: Times = { rejoin: 500, reload: 1_000 };

/**
 * One session, kept up to date: joins its topic, fetches the snapshot, folds what follows, and
 * mends every hole by asking again. `view` is replaced, never changed, on each update.
 */
export class SessionStore {
  readonly session_id: string;
  readonly topic: string;
  /** What was sent from here and is not acknowledged yet. */
  readonly outbox: Outbox;
  readonly #rest: MaestroRest;
  readonly #socket: MaestroSocket;
  readonly #pageSize: number;
  readonly #times: Times;
  readonly #listeners = new Set<(store: SessionStore) => void>();
  readonly #eventListeners = new Set<(event: SessionEvent) => void>();
  readonly #typingListeners = new Set<(by: string | null) => void>();
  /** Folded in, and to be told once the view shows it. */
  #fresh: SessionEvent[] = [];
  #reading: Reading;
  #shown: { of: Reading; view: SessionView } | null = null;
  #isFollowing = true;
  #state: SessionStoreState = 'loading';
  #error: Error | null = null;
  #leave: (() => void) | null = null;
  /** Counts loads, so that the answer of an overtaken one is dropped. */
  #load = 0;
  /** What arrives while a snapshot is on its way. */
  #early: Arrived[] | null = null;
  #isRejoining = false;
  #rejoinedAt = 0;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor({ rest, socket, session_id, pageSize = 50, newKey, times }: SessionStoreOptions) {
    this.#rest = rest;
    this.#socket = socket;
    this.#pageSize = pageSize;
    this.#times = { ...defaultTimes, ...times };
    this.session_id = session_id;
    this.topic = `session:${session_id}`;
    this.#reading = atEnd(emptyView(''));
    this.outbox = new Outbox({ rest, session_id, changed: () => this.#changed(), ...(newKey && { newKey }) });
  }

  /** The live end of the conversation. */
  get view(): SessionView {
    return this.#reading.view;
  }
  /** What to draw: the view, and for a reader who went elsewhere that place. */
  get shown(): SessionView {
    if (this.#shown?.of !== this.#reading) this.#shown = { of: this.#reading, view: shownOf(this.#reading) };
    return this.#shown.view;
  }
  get state(): SessionStoreState {
    return this.#state;
  }
  get error(): Error | null {
    return this.#error;
  }
  get hasOlder(): boolean {
    return (this.shown.messages[0]?.pos ?? 1) > 1;
  }
  /** Whether what is shown ends before the live end. */
  get hasNewer(): boolean {
    return this.#reading.window !== null;
  }
  /** Whether the reader is at the live end: what is far above may go then. Told by whoever draws. */
  set isFollowing(value: boolean) {
    this.#isFollowing = value;
  }

  /** Called after every change; gives the undo. */
  subscribe(listener: (store: SessionStore) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Called with each event once it is in the view, in order and each once; gives the undo. After the
   * first snapshot, and after a `reset`, it begins with what follows the snapshot, give or take a few that came before.
   */
  onEvent(listener: (event: SessionEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Called when the text in the composer may be another: somebody typed, or it was not heard for a while whether they did. */
  onTyped(listener: (by: string | null) => void): () => void {
    this.#typingListeners.add(listener);
    return () => this.#typingListeners.delete(listener);
  }

  /** Starts following. */
  open(): this {
    const position = () => this.#position();
    this.#leave ??= this.#socket.join(this.topic, { position, frame: (frame) => this.#frame(frame) });
    return this;
  }

  /** Resolves once the first snapshot is there; rejects when there is none to be had. */
  ready(): Promise<this> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const { state, reason } = this.#socket;
        if (this.#state === 'loading' && state !== 'offline') return;
        for (const undo of undos) undo();
        if (this.#state === 'ready') resolve(this);
        else if (this.#state === 'loading') reject(closedError(reason));
        else reject(this.#error ?? new Error(`the session "${this.session_id}" is gone`));
      };
      const undos = [this.subscribe(look), this.#socket.onState(look)];
      look();
    });
  }

  close(): void {
    this.#leave?.();
    this.#leave = null;
    this.#load += 1;
    this.outbox.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Adds the page before the oldest message that is shown. False when there was none. */
  async loadOlder(): Promise<boolean> {
    const [first] = this.shown.messages;
    if (!first || !this.hasOlder) return false;
    const items = await this.#page({ before: first.pos });
    // Whoever jumped meanwhile looks at something else now.
    if (!items || this.shown.messages[0] !== first) return false;
    this.#read(withOlderPage(this.#reading, items));
    return items.length > 0;
  }

  /** Adds the page after the newest message that is shown. False at the live end. */
  async loadNewer(): Promise<boolean> {
    const last = this.shown.messages.at(-1);
    if (!last || !this.hasNewer) return false;
    const items = await this.#page({ after: last.pos });
    if (!items || this.shown.messages.at(-1) !== last) return false;
    this.#read(withNewerPage(this.#reading, items));
    return items.length > 0;
  }

  /** Shows the messages around one. Undefined where the conversation has no such message. */
  async jump(place: number | string): Promise<Message | undefined> {
    const found = () => this.shown.messages.find(({ id, pos }) => id === place || pos === place);
    if (found()) return found();
    const items = await this.#page({ around: place });
    if (items) this.#read(around(this.#reading, items));
    return found();
  }

  /** Back to the live end. */
  toEnd(): void {
    this.#read(atEnd(this.#reading.view));
  }

  /** Resolves when the message is committed. It stands in `outbox` until then, and after a failure. */
  send(text: string, more?: MoreToSend): Promise<Accepted> {
    return this.outbox.send(text, more);
  }
  stop(): Promise<void> {
    return this.#rest.stop(this.session_id);
  }
  retry(): Promise<void> {
    return this.#rest.retry(this.session_id);
  }

  /** A page of messages; null where another conversation began meanwhile. */
  async #page(place: { before?: number; after?: number; around?: number | string }): Promise<Message[] | null> {
    const { conversation_id } = this.view;
    const { items } = await this.#rest.messages(this.session_id, { limit: this.#pageSize, ...place });
    return this.view.conversation_id === conversation_id ? items : null;
  }

  #position(): { conversation_id?: string; after?: number } {
    this.#isRejoining = true;
    if (this.#state !== 'ready') return {};
    return { conversation_id: this.view.conversation_id, after: this.view.seq };
  }

  #frame(frame: TopicFrame): void {
    switch (frame.op) {
      case 'joined':
        this.#joined(frame.conversation_id, frame.seq ?? 0);
        break;
      case 'reset':
        void this.#reload(frame.seq, true);
        break;
      case 'events':
        this.#arrive(frame.events.map((event) => ({ event })));
        break;
      case 'delta':
        this.#arrive([{ delta: frame }]);
        break;
      case 'change':
        this.#typed((frame.data as ComposerChange).data.by);
        break;
      case 'error':
        this.#fail(new RestError(frame.code === 'session.unknown' ? 404 : 400, frame.code, frame.message));
        break;
      default:
    }
  }

  #joined(conversation_id: string | undefined, seq: number): void {
    this.#isRejoining = false;
    const isOther = conversation_id !== undefined && conversation_id !== this.view.conversation_id;
    // A smaller seq than ours: the server's database was restored from a backup.
    if (this.#state !== 'ready' || isOther || seq < this.view.seq) void this.#reload(seq, false);
    if (this.#state === 'ready') this.#typed(null);
  }

  #typed(by: string | null): void {
    for (const listener of this.#typingListeners) listener(by);
  }

  #arrive(arrived: readonly Arrived[]): void {
    if (this.#early) this.#early.push(...arrived);
    else if (this.#state === 'ready') this.#show(this.#folded(this.view, arrived));
  }

  /** Folds as far as it goes; what does not fit is dropped, since the server tells it again after the rejoin. */
  #folded(view: SessionView, arrived: readonly Arrived[]): SessionView {
    let now = view;
    for (const one of arrived) {
      const next = 'event' in one ? fold(now, one.event) : foldDelta(now, one.delta);
      if (next === 'rejoin') this.#rejoin();
      else if ('event' in one && next !== now) this.#fresh.push(one.event);
      if (next !== 'rejoin') now = next;
      if ('event' in one && one.event.type === 'session.deleted') this.#state = 'gone';
    }
    return now;
  }

  #rejoin(): void {
    if (this.#isRejoining) return;
    this.#isRejoining = true;
    const wait = Math.max(0, this.#rejoinedAt + this.#times.rejoin - Date.now());
    this.#later(wait, () => {
      this.#rejoinedAt = Date.now();
      this.#socket.rejoin(this.topic);
    });
  }

  /** Fetches everything anew. What arrives meanwhile waits, and is folded on top. */
  async #reload(seq: number, joinAfter: boolean): Promise<void> {
    this.#load += 1;
    const load = this.#load;
    this.#early = [];
    try {
      const snapshot = await this.#snapshot(seq);
      if (load !== this.#load) return;
      const early = this.#early;
      this.#early = null;
      this.#begin(snapshot, early, joinAfter);
    } catch (error) {
      if (load !== this.#load) return;
      this.#early = null;
      if (error instanceof RestError && error.status > 0 && error.status < 500) this.#fail(error);
      else this.#later(this.#times.reload, () => load === this.#load && void this.#reload(seq, joinAfter));
    }
  }

  async #snapshot(seq: number): Promise<SessionView> {
    const [session, page, queue] = await Promise.all([
      this.#rest.session(this.session_id),
      this.#rest.messages(this.session_id, { limit: this.#pageSize }),
      this.#rest.queue(this.session_id),
    ]);
    const { conversation_id } = session;
    const messages = page.items.filter((message) => message.conversation_id === conversation_id);
    return viewOf({ session, conversation_id, seq, messages, queue: queue.items });
  }

  #begin(snapshot: SessionView, early: readonly Arrived[], joinAfter: boolean): void {
    this.#state = 'ready';
    this.#error = null;
    const isQuiet = snapshot.turn.state === 'idle';
    this.#reading = renewed(
      this.#reading,
      isQuiet ? snapshot : { ...snapshot, seq: Math.max(0, snapshot.seq - REPLAYED) },
      this.#isFollowing,
    );
    if (!isQuiet || joinAfter) this.#socket.rejoin(this.topic);
    this.#reading = { ...this.#reading, view: this.#folded(this.view, early) };
    this.outbox.seen(this.view);
    this.#changed();
  }

  #show(view: SessionView): void {
    if (view === this.view) return;
    this.#reading = bounded({ ...this.#reading, view }, this.#isFollowing);
    this.outbox.seen(view);
    this.#changed();
  }

  #read(reading: Reading): void {
    this.#reading = reading;
    this.#changed();
  }

  #fail(error: RestError): void {
    this.#state = error.status === 404 ? 'gone' : 'failed';
    this.#error = error;
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener(this);
    for (const event of this.#fresh.splice(0)) for (const listener of this.#eventListeners) listener(event);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
