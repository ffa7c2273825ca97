import { once } from 'node:events';
import { MaestroSocket, type SocketLike, socketUrl, type TopicFrame } from '@maestro/core/client';
import type { EventType, SessionEvent } from '@maestro/core/protocol';
import { WebSocket } from 'ws';
import type { MaestroProcess } from './maestro-process.js';

type Of<T extends EventType> = Extract<SessionEvent, { type: T }>;

export interface Heard<T extends EventType = EventType> {
  /** When it came over the socket, by `performance.now()`. */
  at: number;
  event: Of<T>;
}

/** Follows sessions as the terminal does: with the client we ship, over a real socket. */
export class Listener {
  readonly #socket: MaestroSocket;

  private constructor(socket: MaestroSocket) {
    this.#socket = socket;
  }

  static async open({ url, token }: MaestroProcess): Promise<Listener> {
    const raw = new WebSocket(socketUrl(url, '/socket/tui'), { headers: { authorization: `Bearer ${token}` } });
    await once(raw, 'open');
    const socket = new MaestroSocket({ connect: () => raw as unknown as SocketLike });
    socket.open();
    return new Listener(socket);
  }

  /** Resolves once nothing of the session can be missed. */
  async follow(sessionId: string): Promise<Followed> {
    const followed = new Followed(this.#socket, `session:${sessionId}`);
    await followed.joined;
    return followed;
  }

  close(): void {
    this.#socket.close();
  }
}

/** One session as a client hears it. */
export class Followed {
  readonly joined: Promise<void>;
  #heard: Heard[] = [];
  #wake: () => void = () => undefined;

  constructor(
    private readonly socket: MaestroSocket,
    private readonly topic: string,
  ) {
    this.joined = new Promise((resolve) => {
      socket.join(topic, {
        position: () => ({}),
        frame: (frame) => {
          if (frame.op === 'joined') resolve();
          this.#take(frame);
        },
      });
    });
  }

  /** Sends a message, forgets what was heard before it, and gives the moment it was sent. */
  say(text: string): number {
    this.#heard = [];
    const at = performance.now();
    // Whoever listens for what follows finds out if it is refused.
    this.socket.send(this.topic, crypto.randomUUID(), text).catch(() => undefined);
    return at;
  }

  stop(): void {
    this.socket.stop(this.topic);
  }

  /** The first of these since the last `say`, already heard or to come. Undefined after `limitMs`. */
  async perhaps<T extends EventType>(types: readonly T[], limitMs: number): Promise<Heard<T> | undefined> {
    const wanted: ReadonlySet<string> = new Set(types);
    const late = performance.now() + limitMs;
    for (;;) {
      const found = this.#heard.find(({ event }) => wanted.has(event.type));
      if (found) return found as unknown as Heard<T>;
      const left = late - performance.now();
      if (left <= 0) return undefined;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  /** As `perhaps`, and fails when it does not come. */
  async next<T extends EventType>(...types: readonly T[]): Promise<Heard<T>> {
    const found = await this.perhaps(types, 60_000);
    if (found) return found;
    const heard = this.#heard.map(({ event }) => event.type).join(', ');
    throw new Error(`waited a minute for ${types.join(' or ')}; heard ${heard || 'nothing'}`);
  }

  #take(frame: TopicFrame): void {
    if (frame.op !== 'events') return;
    const at = performance.now();
    this.#heard.push(...frame.events.map((event) => ({ at, event }) as Heard));
    this.#wake();
  }
}
