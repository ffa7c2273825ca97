import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { Web } from '../src/web.js';
import { refusalOf } from './support.js';

describe('a server that speaks HTTP badly', () => {
  let server: Server;
  let web: Web;
  let said: Buffer | string;
  before(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(said));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    web = new Web(new Set(['localhost']));
  });
  afterEach(() => web.close());
  after(() => new Promise((resolve) => server.close(resolve)));

  const { signal } = new AbortController();
  const get = (bytes: Buffer | string) => {
    said = bytes;
    return web.get(new URL(`http://localhost:${(server.address() as AddressInfo).port}/`), { seconds: 5, signal });
  };

  const answers: Record<string, string> = {
    nothing: '',
    'no HTTP': 'SSH-2.0-server\r\n',
    'a head without an end': 'HTTP/1.1 200 OK\r\nX: y\r\n',
    'a head without measure': `HTTP/1.1 200 OK\r\n${'X: yyyyyyyy\r\n'.repeat(10_000)}\r\n`,
    'less than it says': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
    'a broken chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'another protocol': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    'no more than that it goes on': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100),
    'a status nobody knows': 'HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n',
    'a redirect to nowhere': 'HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n',
  };
  for (const [what, answer] of Object.entries(answers))
    it(`is told of as one that sent ${what}`, async () => {
      expect(await refusalOf(get(answer))).to.match(/^web\.(unreachable|status) http:\/\/localhost:\d+\/ /);
    });

  it('harms nobody, whatever it sends', async () => {
    const head = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 301 x\r\nLocation: ');
    const bytes = fc.tuple(head, fc.uint8Array({ maxLength: 200 }));
    await fc.assert(
      fc.asyncProperty(bytes, async ([start, rest]) => {
        const outcome = await get(Buffer.concat([Buffer.from(start), rest])).catch((cause) => cause.code);
        if (typeof outcome === 'string') expect(outcome).to.match(/^web\./);
        else expect(outcome).to.satisfy((each: object) => 'movedTo' in each || 'bytes' in each);
      }),
      { numRuns: 60 },
    );
  });
});
