import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that is slow both ways: everybody on it shares its rate, and whatever is sent arrives later. */
export class SlowLink {
  readonly #sockets = new Set<Socket>();
  #bytes = 0;

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  /** @param bitsPerSecond of each direction; @param roundTripMs half of it each way */
  static async open(target: number, bitsPerSecond: number, roundTripMs: number): Promise<SlowLink> {
    const server = createServer({ noDelay: true });
    const up = new Direction(bitsPerSecond / 8_000, roundTripMs / 2);
    const down = new Direction(bitsPerSecond / 8_000, roundTripMs / 2);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = new SlowLink((server.address() as AddressInfo).port, server);
    server.on('connection', (near) => {
      const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
      link.#keep(near, far);
      up.carry(near, far);
      down.carry(far, near, (bytes) => {
        link.#bytes += bytes;
      });
    });
    return link;
  }

  /** What the server has sent over it so far. */
  get bytesDown(): number {
    return this.#bytes;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #keep(...pair: Socket[]): void {
    for (const socket of pair) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const other of pair) other.destroySoon();
      });
    }
  }
}

/** Packets are as small as those of a network, so that one large answer does not hold up a small one for long. */
const packetBytes = 1_400;

class Direction {
  /** When the line is free again, by `performance.now()`. */
  #free = 0;

  constructor(
    private readonly bytesPerMs: number,
    private readonly delayMs: number,
  ) {}

  carry(from: Socket, to: Socket, count: (bytes: number) => void = () => undefined): void {
    let last = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      from.pause();
      const pieces: Buffer[] = [];
      for (let at = 0; at < chunk.length; at += packetBytes) pieces.push(chunk.subarray(at, at + packetBytes));
      last = last.then(async () => {
        for (const piece of pieces) {
          await this.#slot(piece.length);
          count(piece.length);
          setTimeout(() => to.writable && to.write(piece), this.delayMs);
        }
        from.resume();
      });
    });
    from.on('end', () => void last.then(() => setTimeout(() => to.end(), this.delayMs)));
  }

  /** Resolves when so many bytes have gone onto the line. */
  async #slot(bytes: number): Promise<void> {
    this.#free = Math.max(this.#free, performance.now()) + bytes / this.bytesPerMs;
    const wait = this.#free - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
