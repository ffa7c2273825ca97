import { CLOSE, type ClientFrame, type ServerFrame } from '../protocol/frames.js';
import type { Connect, SocketLike } from './connection.js';
import { RestError } from './rest-error.js';

/** `offline` is for good: closed by us, or the token is not accepted any more. */
export type SocketState = 'online' | 'reconnecting' | 'offline';

export type TopicFrame = Exclude<Extract<ServerFrame, { topic?: string }>, { op: 'error' }> | TopicError;
type TopicError = Extract<ServerFrame, { op: 'error' }> & { topic: string };
export type Acknowledgement = Extract<ServerFrame, { op: 'ack' }>;

/** Who follows a topic. */
export interface Follower {
  /** Asked before each join: from where to resume. Empty: from now on. */
  position(): { conversation_id?: string; after?: number };
  /** Must not throw. */
  frame(frame: TopicFrame): void;
}

export interface SocketOptions {
  connect: Connect;
  /** Milliseconds; the defaults are those of the protocol. */
  times?: Partial<Times>;
  /** 0 to 1, for the jitter. */
  random?: () => number;
}

interface Times {
  /** First and longest wait before a new attempt. */
  reconnectMin: number;
  reconnectMax: number;
  /** How often to ask whether the server is there, and after how long a silence it is not. */
  heartbeat: number;
  dead: number;
  /** After a connection stands, to learn how far the server is: the joins go first. */
  firstPing: number;
}

interface Pending {
  frame: Extract<ClientFrame, { op: 'send' }>;
  resolve(ack: Acknowledgement): void;
  reject(error: Error): void;
}

const defaultTimes: Times = {
  reconnectMin: 500,
  reconnectMax: 15_000,
  heartbeat: 25_000,
  dead: 60_000,
  firstPing: 1000,
};
const OPEN = 1;
/** Refusals that say nothing of a topic: it can be joined once they are over. */
const passing: ReadonlySet<string> = new Set(['database.unreachable', 'server.closing']);

/** The server refused a command or a topic, or the socket was closed before it answered. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * One connection for all topics of a host. It comes back by itself, joins every topic again from
 * where its follower stands, and sends again what was not acknowledged: `client_key` makes that safe.
 */
export class MaestroSocket {
  readonly #connect: Connect;
  readonly #times: Times;
  readonly #random: () => number;
  readonly #followers = new Map<string, Follower>();
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(state: SocketState) => void>();
  #state: SocketState = 'reconnecting';
  #reason: string | null = null;
  #socket: SocketLike | null = null;
  /** Tells callbacks of an earlier connection from those of the current one. */
  #generation = 0;
  /** Whether nothing is under way: before the first attempt and between two. */
  #isWaiting = true;
  #attempts = 0;
  #heardAt = 0;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstPing: ReturnType<typeof setTimeout> | undefined;
  #nextAt = 0;
  #pingedAt = 0;
  #latency: number | null = null;
  readonly #onLatency = new Set<() => void>();
  /** Joins that the server could not look after just now, by topic. */
  readonly #rejoins = new Map<string, ReturnType<typeof setTimeout>>();

  constructor({ connect, times, random = Math.random }: SocketOptions) {
    this.#connect = connect;
    this.#times = { ...defaultTimes, ...times };
    this.#random = random;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Why it is offline: `closed`, `revoked`, `unauthorized` (401) or `refused` (403). */
  get reason(): string | null {
    return this.#reason;
  }

  /** Milliseconds the server took to answer the last ping; null before the first answer of a connection. */
  get latency(): number | null {
    return this.#latency;
  }

  /** Which attempt comes next and when, between two attempts. */
  get next(): { attempt: number; at: number } | null {
    return this.#state === 'reconnecting' && this.#isWaiting && this.#attempts > 0
      ? { attempt: this.#attempts, at: this.#nextAt }
      : null;
  }

  /** The listener is called on each measurement of `latency`; gives the undo. */
  onLatency(listener: () => void): () => void {
    this.#onLatency.add(listener);
    return () => this.#onLatency.delete(listener);
  }

  /** Starts connecting. Calling it again while it waits tries at once, for `online` events of a browser. */
  open(): void {
    if (this.#isWaiting) this.#attempt();
  }

  /** Ends it for good; sends that wait are rejected. */
  close(): void {
    this.#end('closed');
  }

  /** The listener is called on each change of `state`; gives the undo. */
  onState(listener: (state: SocketState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows a topic until the function it gives is called. One follower a topic. */
  join(topic: string, follower: Follower): () => void {
    this.#followers.set(topic, follower);
    this.#join(topic, follower);
    return () => {
      if (this.#followers.get(topic) !== follower) return;
      this.#followers.delete(topic);
      this.#write({ op: 'leave', topic });
    };
  }

  /** Joins again from where the follower stands now. */
  rejoin(topic: string): void {
    const follower = this.#followers.get(topic);
    if (follower) this.#join(topic, follower);
  }

  /** Resolves once the server has committed the message. Sent again after each reconnect until then. */
  send(topic: string, client_key: string, text: string, mode?: 'queue' | 'steer'): Promise<Acknowledgement> {
    if (this.#state === 'offline') return Promise.reject(closedError(this.#reason));
    const frame: Pending['frame'] = { op: 'send', topic, client_key, text, ...(mode && { mode }) };
    return new Promise((resolve, reject) => {
      this.#pending.set(client_key, { frame, resolve, reject });
      this.#write(frame);
    });
  }

  /** Asks to stop the running turn; it is not repeated when the connection is down. */
  stop(topic: string): boolean {
    return this.#write({ op: 'stop', topic });
  }

  #join(topic: string, follower: Follower): void {
    this.#write({ op: 'join', topic, ...follower.position() });
  }

  #write(frame: ClientFrame): boolean {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #attempt(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    this.#drop();
    try {
      const socket = await this.#connect();
      // `close` follows every error and is what we act on; without a listener `ws` would throw.
      socket.onerror = () => undefined;
      if (generation === this.#generation) this.#listen(socket, generation);
      else socket.close();
    } catch (error) {
      if (generation !== this.#generation) return;
      const status = error instanceof RestError ? error.status : 0;
      if (status === 401) this.#end('unauthorized');
      else if (status === 403) this.#end('refused');
      else this.#later();
    }
  }

  #listen(socket: SocketLike, generation: number): void {
    const current = () => generation === this.#generation;
    this.#socket = socket;
    this.#heardAt = Date.now();
    this.#heartbeat = setInterval(() => this.#beat(), this.#times.heartbeat);
    socket.onopen = () => {
      if (current()) this.#opened();
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (current()) this.#heard(String(event.data));
    };
    socket.onclose = (event: { code: number }) => {
      if (!current()) return;
      if (event.code === CLOSE.revoked) this.#end('revoked');
      else this.#later();
    };
    if (socket.readyState === OPEN) this.#opened();
  }

  #opened(): void {
    this.#become('online');
    for (const [topic, follower] of this.#followers) this.#join(topic, follower);
    for (const { frame } of this.#pending.values()) this.#write(frame);
    this.#firstPing = setTimeout(() => this.#ping(), this.#times.firstPing);
  }

  #ping(): void {
    if (this.#write({ op: 'ping' })) this.#pingedAt = Date.now();
  }

  #measured(latency: number | null): void {
    this.#latency = latency;
    for (const listener of this.#onLatency) listener();
  }

  #heard(text: string): void {
    this.#heardAt = Date.now();
    this.#attempts = 0;
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.op === 'pong') {
      this.#measured(Date.now() - this.#pingedAt);
    } else if (frame.op === 'ack') {
      this.#settle(frame.client_key, (pending) => pending.resolve(frame));
    } else if (frame.op === 'error' && frame.client_key !== undefined) {
      const error = new SocketError(frame.code, frame.message);
      this.#settle(frame.client_key, (pending) => pending.reject(error));
    } else if (frame.op === 'error' && frame.topic !== undefined && passing.has(frame.code)) {
      this.#rejoinLater(frame.topic);
    } else if ('topic' in frame && frame.topic !== undefined) {
      this.#followers.get(frame.topic)?.frame(frame as TopicFrame);
    }
  }

  #settle(client_key: string, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(client_key);
    this.#pending.delete(client_key);
    if (pending) settle(pending);
  }

  #rejoinLater(topic: string): void {
    const { reconnectMin, reconnectMax } = this.#times;
    const wait = Math.min(reconnectMax, 4 * reconnectMin) * (0.5 + this.#random() / 2);
    clearTimeout(this.#rejoins.get(topic));
    this.#rejoins.set(
      topic,
      setTimeout(() => this.rejoin(topic), wait),
    );
  }

  #beat(): void {
    if (Date.now() - this.#heardAt >= this.#times.dead) this.#later();
    else this.#ping();
  }

  /** Waits 0.5 s at first, then up to twice as long each time, and never all clients at once. */
  #later(): void {
    this.#generation += 1;
    this.#isWaiting = true;
    this.#drop();
    this.#become('reconnecting');
    const { reconnectMin, reconnectMax } = this.#times;
    const ceiling = Math.min(reconnectMax, reconnectMin * 2 ** (this.#attempts + 1));
    this.#attempts += 1;
    const wait = reconnectMin + this.#random() * (ceiling - reconnectMin);
    this.#nextAt = Date.now() + wait;
    this.#timer = setTimeout(() => this.#attempt(), wait);
  }

  #end(reason: string): void {
    if (this.#state === 'offline') return;
    this.#generation += 1;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    this.#drop();
    this.#reason = reason;
    this.#become('offline');
    for (const { reject } of this.#pending.values()) reject(closedError(reason));
    this.#pending.clear();
  }

  #drop(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#firstPing);
    for (const timer of this.#rejoins.values()) clearTimeout(timer);
    this.#rejoins.clear();
    this.#socket?.close();
    this.#socket = null;
    if (this.#latency !== null) this.#measured(null);
  }

  #become(state: SocketState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** Why nothing comes any more. */
export function closedError(reason: string | null): SocketError {
  return new SocketError('socket.closed', `the connection is closed (${reason ?? 'closed'}); sign in or connect again`);
}
