import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

/** A door in front of a server that lets everything through and notes how each request was answered. */
export class Tap {
  /** `METHOD path -> status`, in the order of the answers. */
  readonly answers: string[] = [];

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async open(target: number): Promise<Tap> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const tap = new Tap((server.address() as AddressInfo).port, server);
    server.on('connection', (near) => {
      const far = connect(target, '127.0.0.1');
      const asked: string[] = [];
      near.on('data', (chunk: Buffer) => {
        for (const [, line = ''] of chunk.toString('latin1').matchAll(/^((?:[A-Z]+) \S+) HTTP\/1\.1\r$/gm))
          asked.push(line);
      });
      far.on('data', (chunk: Buffer) => {
        for (const [, status = ''] of chunk.toString('latin1').matchAll(/^HTTP\/1\.1 (\d{3})/gm))
          tap.answers.push(`${asked.shift()} -> ${status}`);
      });
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => socket.destroy());
    });
    return tap;
  }

  close(): void {
    this.server.close();
  }
}
