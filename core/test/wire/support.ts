import { once } from 'node:events';
import net from 'node:net';
import { Secret } from '../../src/secret.js';
import type { PreparedRequest } from '../../src/wire/exchange.js';
import type { WireProfile } from '../../src/wire/profile.js';

export const profile: WireProfile = {
  id: 'acme/api_key/plain',
  method: 'POST',
  path: '/v1/{kind}/replies',
  headers: [
    ['X-Key', '{key}'],
    ['acme-version', '2020-01-01'],
    ['Authorization', 'Bearer {token}'],
    ['ACME-Beta', '{beta}'],
    ['Accept', 'application/json'],
  ],
};

/** A whole head that the pool of the client library cannot write: names, order and places are its own. */
export const flatProfile: WireProfile = {
  ...profile,
  id: 'acme/api_key/flat',
  headers: [
    ...profile.headers,
    ['Connection', 'keep-alive'],
    ['Host', '{host}'],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
    ['Content-Length', '{content_length}'],
  ],
};

export const key = new Secret('sk-very-secret-value');

export function prepared(change: Partial<PreparedRequest> = {}): PreparedRequest {
  return {
    profile,
    origin: 'http://127.0.0.1:1',
    slots: { kind: 'chat', key, token: new Secret('token-value'), beta: 'one-2020' },
    body: Buffer.from('{"a":"ü"}'),
    ...change,
  };
}

export interface RawServer {
  origin: string;
  /** All bytes received so far, per connection. */
  received: Buffer[];
  close(): Promise<void>;
}

/** A TCP server that keeps what it is sent and answers each request by hand. `answer` runs once a head is complete. */
export async function rawServer(answer: (socket: net.Socket, connection: number) => void): Promise<RawServer> {
  const received: Buffer[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const index = received.push(Buffer.alloc(0)) - 1;
    let answered = 0;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received[index] = Buffer.concat([received[index]!, chunk]);
      const heads = received[index].toString('latin1').split('\r\n\r\n').length - 1;
      if (heads > answered) answer(socket, index);
      answered = heads;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A whole answer with a length. */
export function whole(body: string | Buffer, status = '200 OK', headers: string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const head = [`HTTP/1.1 ${status}`, `Content-Length: ${bytes.length}`, ...headers, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a promise was refused with. */
export async function refusal(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error('nothing was thrown');
}

/** Waits for something that must come about; the runner's time limit says when it did not. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
