import type { Socket } from 'node:net';

const WINDOW_MS = 60_000;

/** How often a connection gave a wrong token lately. A browser goes on using a connection after its person signed in again. */
export class WrongTokens {
  readonly #counts = new WeakMap<Socket, { count: number; until: number }>();

  constructor(private readonly now: () => number) {}

  count(socket: Socket): number {
    const entry = this.#counts.get(socket);
    return entry && entry.until > this.now() ? entry.count : 0;
  }

  add(socket: Socket): void {
    const count = this.count(socket) + 1;
    const until = count === 1 ? this.now() + WINDOW_MS : this.#counts.get(socket)!.until;
    this.#counts.set(socket, { count, until });
  }
}
