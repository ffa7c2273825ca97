import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import type { Dispose } from '../extension/registry.js';
import { composerTopic, type Live } from '../live/port.js';
import type { Logger } from '../log.js';
import type { Delta, SessionEvent } from '../protocol/events.js';
import { CLOSE, type ComposerChange } from '../protocol/frames.js';
import { type Connection, frame } from './connection.js';
import { DeltaFlow, type DeltaReceiver } from './delta-flow.js';
import { RunningText } from './running-text.js';
import type { Engine, EventSource } from './services.js';

const PAGE = 100;
/** Drafts are stored at most this often; what is missing between one and the live text is there after some tries. */
const MEND_EVERY_MS = 200;
const MEND_TRIES = 25;
const CATCH_UP_EVERY_MS = 50;

interface FeedParts {
  log: Logger;
  live: Live;
  events: EventSource;
  engine: Pick<Engine, 'draft'>;
  catalogue: Pick<ModelCatalogue, 'fill'>;
}

/** One connection that follows the conversation under one name of the topic. */
class Member implements DeltaReceiver {
  /** `reading`: what it lacks is read from the log. `behind`: it keeps up with events but not with text. */
  state: 'reading' | 'live' | 'behind' | 'gone' = 'reading';
  /** Something happened while it was reading. */
  hasMissed = false;

  constructor(
    readonly connection: Connection,
    readonly topic: string,
    /** Of the last event it was given. */
    public seq: number,
    private readonly feed: {
      frames(topic: string, deltas: readonly Delta[]): Buffer[];
      fellBehind(member: Member): void;
    },
  ) {}

  isBusy(): boolean {
    return this.connection.isBusy;
  }

  take(deltas: readonly Delta[]): void {
    if (this.connection.isBehind) this.feed.fellBehind(this);
    else for (const bytes of this.feed.frames(this.topic, deltas)) this.connection.send(bytes);
  }
}

/**
 * Those who follow one conversation. Each gets every event once and in order: first from the log, then, from
 * the moment nothing is missing, as it happens; and the running text from its beginning.
 */
export class SessionFeed {
  readonly #members = new Set<Member>();
  readonly #running = new RunningText();
  readonly #flow = new DeltaFlow();
  readonly #unsubscribe: readonly Dispose[];
  readonly #ready: Promise<void>;
  /** Deltas that came before the text in front of them. */
  #early: Delta[] = [];
  #isMending = false;
  #catchUp: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** The bytes of the deltas sent last, by topic: the same for all who get them. */
  #frames: { deltas: readonly Delta[]; byTopic: Map<string, Buffer[]> } = { deltas: [], byTopic: new Map() };

  constructor(
    readonly sessionId: string,
    readonly conversationId: string,
    private readonly parts: FeedParts,
  ) {
    this.#unsubscribe = [
      parts.live.subscribe(`session:${conversationId}`, (message) => this.#heard(message as Delta)),
      parts.live.subscribe(composerTopic(sessionId), (message) => this.#typed(message as ComposerChange['data'])),
    ];
    this.#ready = this.#adopt().then(
      () => undefined,
      (cause) => parts.log.warn('the draft of a conversation cannot be read', { conversationId, cause }),
    );
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Gives the undo. */
  join(connection: Connection, topic: string, after: number, lastSeq: number): () => void {
    const member = new Member(connection, topic, after, {
      frames: (name, deltas) => this.#framesOf(name, deltas),
      fellBehind: (slow) => this.#fellBehind(slow),
    });
    this.#members.add(member);
    connection.say({ op: 'joined', topic, conversation_id: this.conversationId, seq: lastSeq });
    void this.#read(member);
    return () => this.#leave(member);
  }

  /** What the log tells, in order. */
  told(events: readonly SessionEvent[]): void {
    this.#flow.flush();
    for (const event of events) this.#follow(event);
    const cache = new Map<string, Buffer>();
    for (const member of this.#members) this.#tell(member, events, cache);
  }

  /** Another conversation is current, or none: everybody has to begin anew. */
  end(say: (topic: string) => Buffer): void {
    for (const member of this.#members) {
      member.connection.send(say(member.topic));
      this.#leave(member);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const undo of this.#unsubscribe) void undo();
    clearInterval(this.#catchUp);
    this.#flow.close();
    this.#members.clear();
  }

  #leave(member: Member): void {
    member.state = 'gone';
    this.#members.delete(member);
    this.#flow.remove(member);
  }

  #tell(member: Member, events: readonly SessionEvent[], cache: Map<string, Buffer>): void {
    if (member.state === 'reading') {
      member.hasMissed = true;
      return;
    }
    const fresh = events.filter(({ seq }) => seq > member.seq);
    const first = fresh[0];
    if (!first) return;
    if (first.seq !== member.seq + 1) return void this.#read(member);
    const key = `${first.seq} ${member.topic}`;
    const bytes = cache.get(key) ?? this.#eventFrame(member.topic, fresh);
    cache.set(key, bytes);
    member.seq = fresh.at(-1)!.seq;
    member.connection.send(bytes);
  }

  #eventFrame(topic: string, events: readonly SessionEvent[]): Buffer {
    const shown = events.map((event) => this.#shown(event));
    return frame({ op: 'events', topic, conversation_id: this.conversationId, events: shown });
  }

  #shown(event: SessionEvent): SessionEvent {
    if (event.type !== 'session.created' && event.type !== 'session.updated') return event;
    return { ...event, data: { session: this.parts.catalogue.fill(event.data.session) } };
  }

  /** Reads from the log until nothing is missing; from then on the member is live. */
  async #read(member: Member): Promise<void> {
    member.state = 'reading';
    this.#flow.remove(member);
    try {
      await this.#ready;
      let isDone = false;
      while (!isDone && isThere(member)) {
        member.hasMissed = false;
        const events = await this.parts.events.read(this.conversationId, member.seq, PAGE);
        if (!isThere(member)) return;
        if (events.length > 0) {
          member.seq = events.at(-1)!.seq;
          await member.connection.deliver(this.#eventFrame(member.topic, events));
        }
        isDone = events.length < PAGE && !member.hasMissed;
      }
      // Nothing may be awaited between the last look at `hasMissed` and here.
      if (isThere(member)) this.#goLive(member);
    } catch (cause) {
      this.parts.log.warn('events cannot be read for a client', { conversationId: this.conversationId, cause });
      member.connection.close(CLOSE.internal, 'internal');
    }
  }

  #goLive(member: Member): void {
    member.state = 'live';
    this.#flow.add(member);
    for (const bytes of this.#framesOf(member.topic, this.#running.snapshot())) member.connection.send(bytes);
  }

  #framesOf(topic: string, deltas: readonly Delta[]): Buffer[] {
    if (this.#frames.deltas !== deltas) this.#frames = { deltas, byTopic: new Map() };
    const made = this.#frames.byTopic.get(topic) ?? deltas.map((delta) => frame({ op: 'delta', topic, ...delta }));
    this.#frames.byTopic.set(topic, made);
    return made;
  }

  /** No more text for it until its buffer is empty; then all of it at once. */
  #fellBehind(member: Member): void {
    member.state = 'behind';
    this.#flow.remove(member);
    this.#catchUp ??= setInterval(() => this.#lookForCaughtUp(), CATCH_UP_EVERY_MS);
  }

  #lookForCaughtUp(): void {
    const behind = [...this.#members].filter(({ state }) => state === 'behind');
    const back = behind.filter(({ connection }) => connection.hasCaughtUp);
    for (const member of back) this.#goLive(member);
    if (back.length < behind.length) return;
    clearInterval(this.#catchUp);
    this.#catchUp = undefined;
  }

  /** Said to all, also to who typed: their own are known by `by`. */
  #typed(data: ComposerChange['data']): void {
    const change: ComposerChange = { type: 'composer.changed', data };
    for (const { connection, topic } of this.#members) connection.say({ op: 'change', topic, data: change });
  }

  /** Keeps the running text in step with what is certain. */
  #follow(event: SessionEvent): void {
    switch (event.type) {
      case 'message.added':
        this.#running.drop(event.data.message.id);
        break;
      case 'call.retrying':
        this.#running.drop(event.data.message_id);
        break;
      case 'tool.finished':
        this.#running.dropOutput(event.data.result.call_id);
        break;
      case 'turn.completed':
      case 'turn.failed':
      case 'turn.cancelled':
      case 'turn.interrupted':
        this.#running.clear();
        break;
      default:
    }
  }

  #heard(delta: Delta): void {
    const added = this.#running.add(delta);
    if (added === 'early') {
      this.#early.push(delta);
      if (!this.#isMending) void this.#mend();
    } else if (added !== 'known') {
      this.#flow.push(added);
    }
  }

  /** Fetches the stored text until it reaches what came early, then goes on from there. */
  async #mend(): Promise<void> {
    this.#isMending = true;
    try {
      for (let tries = 0; this.#early.length > 0 && tries < MEND_TRIES && !this.#isClosed; tries += 1) {
        if (tries > 0) await new Promise((resolve) => setTimeout(resolve, MEND_EVERY_MS));
        await this.#adopt();
        this.#addEarly();
      }
    } catch (cause) {
      this.parts.log.warn('running text cannot be completed', { conversationId: this.conversationId, cause });
    } finally {
      this.#early = [];
      this.#isMending = false;
    }
  }

  #addEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const delta of early) {
      const added = this.#running.add(delta);
      if (added === 'early') this.#early.push(delta);
      else if (added !== 'known') this.#flow.push(added);
    }
  }

  async #adopt(): Promise<void> {
    const draft = await this.parts.engine.draft(this.conversationId);
    if (!draft || this.#isClosed) return;
    for (const delta of this.#running.adopt(draft)) this.#flow.push(delta);
  }
}

/** Also where a compiler thinks it knows the state: awaiting lets others change it. */
function isThere(member: Member): boolean {
  return member.state === 'reading' && member.connection.isOpen;
}
