import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type Recording, takeRequest } from './recording.js';
import { readTextFrame } from './text-frame.js';

/** From RFC 6455: a server proves with it that it read the handshake. */
const HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * A socket on this machine in the place of a provider. It keeps what it is sent as bytes, answers every request with
 * an empty object, and agrees to change to WebSocket.
 */
export class Recorder {
  readonly #server: net.Server;
  readonly #sockets = new Set<Socket>();
  #recording = Promise.withResolvers<Recording>();
  #frame = Promise.withResolvers<string>();

  private constructor() {
    this.#server = net.createServer((socket) => this.#serve(socket));
    this.#expect();
  }

  static async listen(): Promise<Recorder> {
    const recorder = new Recorder();
    await once(recorder.#server.listen(0, '127.0.0.1'), 'listening');
    return recorder;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  /** The request that `send` makes: its head and body. One at a time. */
  async record(send: () => Promise<unknown>): Promise<Recording> {
    this.#expect();
    await send();
    return this.#recording.promise;
  }

  /** The text frame that `send` writes to a connection that was upgraded here. One at a time. */
  async recordFrame(send: () => Promise<unknown>): Promise<string> {
    this.#expect();
    await send();
    return this.#frame.promise;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #expect(): void {
    this.#recording = Promise.withResolvers();
    this.#frame = Promise.withResolvers();
    // Whichever nobody waits for may fail unseen.
    for (const { promise } of [this.#recording, this.#frame]) promise.catch(() => undefined);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let bytes: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const taken = this.#take(bytes, socket);
      if (!taken) return;
      bytes = taken.rest;
      this.#recording.resolve(taken.recording);
      const key = taken.recording.headers.find(([name]) => name.toLowerCase() === 'sec-websocket-key')?.[1];
      if (key === undefined)
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
      else this.#upgrade(socket.off('data', read), key);
    };
    socket
      .on('data', read)
      .on('error', () => socket.destroy())
      .on('close', () => this.#sockets.delete(socket));
  }

  #take(bytes: Buffer, socket: Socket) {
    try {
      return takeRequest(bytes);
    } catch (error) {
      this.#recording.reject(error);
      socket.destroy();
      return undefined;
    }
  }

  #upgrade(socket: Socket, key: string): void {
    const { resolve, reject } = this.#frame;
    readTextFrame(socket).then(resolve, reject);
    const accept = createHash('sha1').update(`${key}${HANDSHAKE}`).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
  }
}
