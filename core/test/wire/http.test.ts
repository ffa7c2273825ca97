import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import { headerOf } from '../../src/wire/exchange.js';
import { Http } from '../../src/wire/http.js';
import type { WireLimits } from '../../src/wire/limits.js';
import {
  collect,
  flatProfile,
  prepared,
  profile,
  type RawServer,
  rawServer,
  refusal,
  until,
  whole,
} from './support.js';

for (const [writer, shape] of [
  ['the pool', profile],
  ['a flat list', flatProfile],
] as const)
  describe(`http to a provider, a head written by ${writer}`, () => {
    let http: Http;
    let server: RawServer | undefined;
    beforeEach(() => {
      http = new Http();
    });
    afterEach(async () => {
      await http.close();
      await server?.close();
      server = undefined;
    });

    const call = async (
      answer: (socket: Socket, connection: number) => void,
      limits: Partial<WireLimits> = {},
      signal = new AbortController().signal,
    ) => {
      server ??= await rawServer(answer);
      return http.send(http.render(prepared({ profile: shape, origin: server.origin })), { signal, limits });
    };
    const body = async (...args: Parameters<typeof call>) => collect((await call(...args)).body);

    it('gives status, headers in order and casing, and the time of the first byte', async () => {
      const before = Date.now();
      const response = await call((socket) => socket.write(whole('busy', '529 Overloaded', ['X-One: 1', 'x-one: 2'])));
      expect(response.status).to.equal(529);
      expect(response.headers).to.deep.equal([
        ['Content-Length', '4'],
        ['X-One', '1'],
        ['x-one', '2'],
      ]);
      expect(headerOf(response.headers, 'x-ONE')).to.equal('1');
      expect(response.firstByteAt.getTime()).to.be.at.least(before);
      expect((await collect(response.body)).toString()).to.equal('busy');
    });

    it('hands on each chunk as it arrives', async () => {
      let socket: Socket | undefined;
      const response = await call((opened) => {
        socket = opened;
        opened.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      });
      const chunks = response.body[Symbol.asyncIterator]();
      for (const word of ['one', 'two']) {
        socket!.write(`3\r\n${word}\r\n`);
        expect((await chunks.next()).value?.toString()).to.equal(word);
      }
      socket!.write('0\r\n\r\n');
      expect((await chunks.next()).done).to.equal(true);
    });

    it('tells when it has a connection, a new one or one that was used before', async () => {
      for (const connections of [1, 1]) {
        server ??= await rawServer((socket) => socket.write(whole('ok')));
        let told = 0;
        const rendered = http.render(prepared({ profile: shape, origin: server.origin }));
        const { signal } = new AbortController();
        const response = await http.send(rendered, { signal, onConnected: () => (told += 1) });
        expect((await collect(response.body)).toString()).to.equal('ok');
        expect([told, server.received.length]).to.deep.equal([1, connections]);
        await until(() => http.pools()[0]!.free === 1);
      }
    });

    it('uses one connection again, also after a reader that stopped at its last event', async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        const response = await call((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\n');
          setImmediate(() => socket.write('0\r\n\r\n'));
        });
        for await (const chunk of response.body) if (chunk.toString() === 'last') break;
        await until(() => http.pools()[0]!.free === 1);
      }
      expect(server!.received).to.have.length(1);
      expect(http.pools()[0]).to.include({ origin: server!.origin, requests: 3, failures: 0, running: 0 });
      expect(http.pools()[0]!.receivedBytes).to.equal(12);
    });

    it('V5: lets a reader go on although the server holds the socket open after the last event', async () => {
      let isClosed = false;
      const response = await call((socket) => {
        socket.on('close', () => {
          isClosed = true;
        });
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\n');
      });
      for await (const chunk of response.body) if (chunk.toString() === 'last') break;
      expect(isClosed).to.equal(false);
      await until(() => isClosed);
    });

    it('cuts off a server that goes on talking after the reader left', async () => {
      let isClosed = false;
      const response = await call((socket) => {
        socket.on('close', () => {
          isClosed = true;
        });
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n');
        socket.write(Buffer.alloc(500_000));
      });
      for await (const chunk of response.body) if (chunk.length > 0) break;
      await until(() => isClosed);
    });

    it('V9: follows no redirect', async () => {
      const answer = (socket: Socket) =>
        socket.write(whole('', '307 Temporary Redirect', [`Location: ${server!.origin}/elsewhere`]));
      expect((await call(answer)).status).to.equal(307);
      expect(server!.received.join('')).not.to.contain('elsewhere');
    });

    describe('and compressed answers', () => {
      const text = 'data: hello\n\n'.repeat(500);
      const compressed = {
        gzip: gzipSync(text),
        deflate: deflateSync(text),
        br: brotliCompressSync(text),
        zstd: zstdCompressSync(text),
      };
      for (const [encoding, bytes] of Object.entries(compressed)) {
        it(`reads ${encoding}`, async () => {
          const answer = (socket: Socket) => socket.write(whole(bytes, '200 OK', [`Content-Encoding: ${encoding}`]));
          expect((await body(answer)).toString()).to.equal(text);
        });
        it(`says interrupted or malformed where ${encoding} is cut or broken`, async () => {
          const half = (socket: Socket) =>
            socket.write(whole(bytes.subarray(0, bytes.length - 9), '200 OK', [`content-encoding: ${encoding}`]));
          expect(await refusal(body(half)))
            .to.be.instanceOf(ProviderError)
            .with.property('kind')
            .that.is.oneOf(['interrupted', 'malformed']);
        });
      }

      it('takes identity for none', async () => {
        const answer = (socket: Socket) => socket.write(whole('plain', '200 OK', ['Content-Encoding: identity']));
        expect((await body(answer)).toString()).to.equal('plain');
      });

      it('refuses layers and encodings it does not know', async () => {
        for (const encoding of ['gzip, gzip', 'compress']) {
          const answer = (socket: Socket) => socket.write(whole('x', '200 OK', [`Content-Encoding: ${encoding}`]));
          expect(await refusal(call(answer))).to.have.property('kind', 'malformed');
          await server!.close();
          server = undefined;
        }
      });

      it('stops a small answer that becomes a huge one', async () => {
        const bomb = gzipSync(Buffer.alloc(4_000_000));
        const answer = (socket: Socket) => socket.write(whole(bomb, '200 OK', ['Content-Encoding: gzip']));
        expect(await refusal(body(answer, { responseBytes: 100_000 }))).to.have.property('kind', 'malformed');
      });

      it('calls bytes that do not decompress malformed', async () => {
        const answer = (socket: Socket) => socket.write(whole('not gzip at all', '200 OK', ['Content-Encoding: gzip']));
        expect(await refusal(body(answer))).to.have.property('kind', 'malformed');
      });
    });

    describe('V4 and limits', () => {
      it('keeps the first 16 KiB of an error, and throws for a good answer that is too large', async () => {
        const error = (socket: Socket) => socket.write(whole('x'.repeat(100_000), '500 No'));
        expect(await body(error)).to.have.length(16 * 1024);
        await server!.close();
        server = undefined;
        const large = (socket: Socket) => socket.write(whole('x'.repeat(100_000)));
        expect(await refusal(body(large, { responseBytes: 99_999 }))).to.have.property('kind', 'malformed');
      });

      it('gives up on a head that drips', async () => {
        const drip = (socket: Socket) => {
          socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
          const timer = setInterval(() => socket.write('a'), 10);
          socket.on('close', () => clearInterval(timer));
        };
        const error = await refusal(call(drip, { headersMs: 120 }));
        expect(error).to.have.property('kind', 'timeout');
        expect(error.message).to.contain('did not begin to answer within 0.12 s');
      });

      it('gives up on silence in an answer and on an answer without end', async () => {
        const silent = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
        expect(await refusal(body(silent, { idleMs: 50 }))).to.have.property('kind', 'timeout');
        await server!.close();
        server = undefined;
        const endless = (socket: Socket) => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n');
          const timer = setInterval(() => socket.write('a'), 10);
          socket.on('close', () => clearInterval(timer));
        };
        const error = await refusal(body(endless, { totalMs: 120 }));
        expect(error).to.have.property('kind', 'timeout');
        expect(error.message).to.contain('did not finish');
      });

      it('refuses a head larger than 16 KiB', async () => {
        const flood = (socket: Socket) => socket.write(whole('x', '200 OK', [`X-Flood: ${'y'.repeat(20_000)}`]));
        expect(await refusal(call(flood))).to.have.property('kind', 'malformed');
      });
    });

    describe('and failures', () => {
      it('says network where nobody listens or nobody has that name', async () => {
        const closed = await rawServer(() => undefined);
        await closed.close();
        for (const origin of [closed.origin, 'http://nowhere.invalid']) {
          const sent = http.send(http.render(prepared({ profile: shape, origin })), {
            signal: new AbortController().signal,
          });
          const error = await refusal(sent);
          expect(error).to.have.property('kind', 'network');
          expect(error.message).to.contain(origin);
        }
        expect(http.pools().map(({ failures }) => failures)).to.deep.equal([1, 1]);
      });

      it('says network where the connection ends before a head, malformed where the answer is not HTTP', async () => {
        expect(await refusal(call((socket) => socket.destroy()))).to.have.property('kind', 'network');
        await server!.close();
        server = undefined;
        expect(await refusal(call((socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n')))).to.have.property(
          'kind',
          'malformed',
        );
      });

      it('says interrupted where the answer ends early, with a length or in chunks', async () => {
        for (const framing of ['Content-Length: 9\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\n9\r\nhalf']) {
          const cut = (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\n${framing}`);
          expect(await refusal(body(cut)), framing).to.have.property('kind', 'interrupted');
          await server!.close();
          server = undefined;
        }
      });

      it('keeps the status of an error whose body ends early, falls silent or does not decompress', async () => {
        const answers: [head: string, rest: string][] = [
          ['Content-Length: 9', 'half'],
          ['Transfer-Encoding: chunked', '9\r\nhalf'],
          ['Content-Length: 4\r\nContent-Encoding: gzip', 'half'],
        ];
        for (const isOpen of [false, true]) {
          for (const [head, rest] of answers) {
            const answer = (socket: Socket) => {
              socket.write(`HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n${head}\r\n\r\n${rest}`);
              if (!isOpen) socket.end();
            };
            const response = await call(answer, { idleMs: 50 });
            const chunks: Buffer[] = [];
            for await (const chunk of response.body) chunks.push(chunk);
            expect(response.status).to.equal(429);
            expect('half').to.contain(Buffer.concat(chunks).toString());
            await server!.close();
            server = undefined;
          }
        }
      });

      it('stops at once when the caller does, before the head and in the middle of an answer', async () => {
        for (const head of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf']) {
          const stop = new AbortController();
          const answer = (socket: Socket) => {
            socket.write(head);
            setTimeout(() => stop.abort(new Error('by hand')), 20);
          };
          const error = await refusal(body(answer, {}, stop.signal));
          expect(error).to.have.property('kind', 'interrupted');
          expect(error.cause).to.be.instanceOf(Error).with.property('message', 'by hand');
          await server!.close();
          server = undefined;
        }
      });

      it('opens nothing for a caller who stopped before, nor once it is closed', async () => {
        server = await rawServer((socket) => socket.write(whole('ok')));
        const request = http.render(prepared({ profile: shape, origin: server.origin }));
        expect(await refusal(http.send(request, { signal: AbortSignal.abort() }))).to.have.property(
          'kind',
          'interrupted',
        );
        await http.close();
        const late = http.send(request, { signal: new AbortController().signal });
        expect(await refusal(late)).to.have.property('kind', 'network');
        expect(server.received).to.deep.equal([]);
      });

      it('ends running answers as it closes', async () => {
        const response = await call((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'));
        const reading = refusal(collect(response.body));
        await http.close();
        expect(await reading).to.have.property('kind', 'interrupted');
      });
    });
  });
