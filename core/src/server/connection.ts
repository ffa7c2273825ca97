import { WebSocket } from 'ws';
import { CLOSE, type ServerFrame } from '../protocol/frames.js';
import type { Identity } from './gate.js';

/** Above this a client gets no running text; it is told as a whole once the client has caught up. */
export const BEHIND_BYTES = 1_048_576;
/** Above this a client is let go. */
export const SLOW_BYTES = 4 * 1_048_576;
const CAUGHT_UP_BYTES = 262_144;
const BUSY_FRAMES_PER_SECOND = 200;
const PING_EVERY_MS = 25_000;
const DEAD_AFTER_MS = 60_000;

/** A frame as bytes, made once for all who get it. */
export function frame(content: ServerFrame): Buffer {
  return Buffer.from(JSON.stringify(content));
}

/** One client's socket, and how well it keeps up. */
export class Connection {
  #heardAt = Date.now();
  #heartbeat: NodeJS.Timeout;
  /** Size of the largest frame on its way: one that is large by itself is no sign of slowness, several that pile up are. */
  #allowance = 0;
  #second = 0;
  #framesThisSecond = 0;

  constructor(
    private readonly socket: WebSocket,
    readonly identity: Identity,
  ) {
    socket.on('pong', () => this.heard());
    this.#heartbeat = setInterval(() => this.#beat(), PING_EVERY_MS);
    this.#heartbeat.unref();
    socket.once('close', () => clearInterval(this.#heartbeat));
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }
  get isBusy(): boolean {
    return this.socket.bufferedAmount > 0 || this.#rate() > BUSY_FRAMES_PER_SECOND;
  }
  get isBehind(): boolean {
    return this.socket.bufferedAmount > BEHIND_BYTES + this.#allowance;
  }
  get hasCaughtUp(): boolean {
    return this.socket.bufferedAmount < CAUGHT_UP_BYTES;
  }

  /** Anything from the client shows that it is there. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  send(bytes: Buffer): void {
    if (this.#mayWrite(bytes)) this.socket.send(bytes, { binary: false });
  }

  /** Resolves when the bytes have left this process, or never will: for sending a lot, piece by piece. */
  deliver(bytes: Buffer): Promise<void> {
    if (!this.#mayWrite(bytes)) return Promise.resolve();
    return new Promise((resolve) => this.socket.send(bytes, { binary: false }, () => resolve()));
  }

  say(content: ServerFrame): void {
    this.send(frame(content));
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  terminate(): void {
    this.socket.terminate();
  }

  #mayWrite(bytes: Buffer): boolean {
    if (!this.isOpen) return false;
    const { bufferedAmount } = this.socket;
    if (bufferedAmount > SLOW_BYTES + this.#allowance) {
      this.close(CLOSE.slow, 'too slow');
      return false;
    }
    if (bufferedAmount === 0) this.#allowance = 0;
    if (bytes.length > BEHIND_BYTES) this.#allowance = Math.max(this.#allowance, bytes.length);
    this.#count();
    return true;
  }

  #count(): void {
    const second = Math.floor(performance.now() / 1_000);
    this.#framesThisSecond = second === this.#second ? this.#framesThisSecond + 1 : 1;
    this.#second = second;
  }

  #rate(): number {
    return Math.floor(performance.now() / 1_000) === this.#second ? this.#framesThisSecond : 0;
  }

  #beat(): void {
    if (Date.now() - this.#heardAt >= DEAD_AFTER_MS) this.terminate();
    else if (this.isOpen) this.socket.ping();
  }
}
