import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Http } from '../../src/wire/http.js';
import type { WireProfile } from '../../src/wire/profile.js';
import { fitsPool } from '../../src/wire/writer.js';
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

type Headers = WireProfile['headers'];

/** The four ways in which HTTP stacks of reference applications order and write a head. */
const shapes: Record<string, { headers: Headers; isPool: boolean }> = {
  'B: sorted names, then Connection, Host, Accept-Encoding, Content-Length': {
    isPool: false,
    headers: [
      ['Accept', 'application/json'],
      ['Content-Type', 'application/json'],
      ['X-Zed', '{name}'],
      ['acme-version', '1'],
      ['Connection', 'keep-alive'],
      ['Host', '{host}'],
      ['Accept-Encoding', 'gzip, deflate, br, zstd'],
      ['Content-Length', '{content_length}'],
    ],
  },
  'U: host and connection first, content-length last': {
    isPool: true,
    headers: [
      ['host', '{host}'],
      ['connection', 'keep-alive'],
      ['X-Zed', '{name}'],
      ['Accept', '*/*'],
      ['Content-Type', 'application/json'],
      ['accept-language', '*'],
      ['content-length', '{content_length}'],
    ],
  },
  'G: lower case and sorted, then Host, Connection': {
    isPool: false,
    headers: [
      ['accept', '*/*'],
      ['content-length', '{content_length}'],
      ['content-type', 'application/json'],
      ['x-zed', '{name}'],
      ['Host', '{host}'],
      ['Connection', 'keep-alive'],
    ],
  },
  'g: order and case of the caller, Content-Length in the middle': {
    isPool: false,
    headers: [
      ['Content-Type', 'application/json'],
      ['X-Zed', '{name}'],
      ['Accept', '*/*'],
      ['Content-Length', '{content_length}'],
      ['Accept-Encoding', 'gzip,deflate'],
      ['Host', '{host}'],
      ['Connection', 'keep-alive'],
    ],
  },
};

describe('1.11 a head on the wire', () => {
  let http: Http;
  let server: RawServer;
  beforeEach(async () => {
    http = new Http();
    server = await rawServer((socket) => socket.write(whole('ok')));
  });
  afterEach(async () => {
    await http.close();
    await server.close();
  });

  const send = async (wire: Partial<WireProfile>, body = Buffer.from('{"a":"ü"}')) => {
    const rendered = http.render({
      profile: { id: 'acme/x', method: 'POST', path: '/v1/x?alt=sse&b=1', headers: [], ...wire },
      origin: server.origin,
      slots: { name: 'Zoë' },
      body,
    });
    await collect((await http.send(rendered, { signal: new AbortController().signal })).body);
    return { rendered, raw: server.received.map((bytes) => bytes.toString('latin1')) };
  };
  const text = (method: string, headers: Headers, body: Buffer | string = Buffer.from('{"a":"ü"}')) =>
    [
      `${method} /v1/x?alt=sse&b=1 HTTP/1.1`,
      ...headers.map(([name, value]) => `${name}: ${fill(value, Buffer.byteLength(body))}`),
      '',
      Buffer.from(body).toString('latin1'),
    ].join('\r\n');
  const fill = (value: string, length: number) =>
    value
      .replace('{host}', server.origin.slice('http://'.length))
      .replace('{name}', 'Zoë')
      .replace('{content_length}', String(length));

  for (const [name, { headers, isPool }] of Object.entries(shapes)) {
    it(`goes out byte for byte in shape ${name}`, async () => {
      const { rendered, raw } = await send({ headers });
      expect(raw).to.deep.equal([text('POST', headers)]);
      expect(fitsPool(rendered)).to.equal(isPool);
    });

    it(`uses one connection again in shape ${name}`, async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await send({ headers });
        await until(() => http.pools()[0]!.free === 1);
      }
      expect(server.received).to.have.length(1);
      expect(http.pools()).to.deep.equal([
        {
          origin: server.origin,
          connected: 1,
          free: 1,
          running: 0,
          queued: 0,
          requests: 3,
          failures: 0,
          receivedBytes: 6,
        },
      ]);
    });

    it(`ends with a GET without a body in shape ${name}`, async () => {
      const { raw } = await send({ headers, method: 'GET' }, Buffer.alloc(0));
      const without = headers.filter(([, value]) => value !== '{content_length}');
      expect(raw).to.deep.equal([text('GET', without, '')]);
    });

    it(`says a length of nothing for a POST without a body in shape ${name}`, async () => {
      expect((await send({ headers }, Buffer.alloc(0))).raw).to.deep.equal([text('POST', headers, '')]);
    });
  }

  it('counts both writers of an origin as one pool', async () => {
    for (const one of [profile, flatProfile]) {
      const rendered = http.render(prepared({ profile: one, origin: server.origin }));
      await collect((await http.send(rendered, { signal: new AbortController().signal })).body);
    }
    await until(() => http.pools()[0]!.free === 2);
    expect(http.pools()).to.have.length(1);
    expect(http.pools()[0]).to.include({ connected: 2, running: 0, requests: 2, receivedBytes: 4 });
  });

  it('carries what a compressed answer holds, told or not', async () => {
    await server.close();
    server = await rawServer((socket) => socket.write(whole(gzipSync('hello'), '200 OK', ['Content-Encoding: gzip'])));
    const rendered = http.render(prepared({ profile: flatProfile, origin: server.origin }));
    const { body } = await http.send(rendered, { signal: new AbortController().signal });
    expect((await collect(body)).toString()).to.equal('hello');
  });

  it('keeps further exchanges waiting where one origin has enough, and ends those too as it closes', async () => {
    const narrow = new Http({ connectionsPerOrigin: 1 });
    const silent = await rawServer(() => undefined);
    const rendered = narrow.render(prepared({ profile: flatProfile, origin: silent.origin }));
    const options = { signal: new AbortController().signal };
    const both = [narrow.send(rendered, options), narrow.send(rendered, options)].map(refusal);
    await until(() => silent.received.length === 1);
    expect(narrow.pools()[0]).to.include({ running: 1, queued: 1 });
    await narrow.close();
    for (const error of await Promise.all(both)) expect(error).to.have.property('kind', 'network');
    expect(silent.received).to.have.length(1);
    await silent.close();
  });

  it('lets an answer that nobody reads be stopped', async () => {
    const half = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'));
    const stop = new AbortController();
    const rendered = http.render(prepared({ profile: flatProfile, origin: half.origin }));
    const { body } = await http.send(rendered, { signal: stop.signal });
    stop.abort(new Error('by hand'));
    await new Promise(setImmediate);
    expect(await refusal(collect(body))).to.have.property('kind', 'interrupted');
    await half.close();
  });

  it('V5: waits for a slow reader as long as it takes', async () => {
    const parts = await rawServer((socket) => socket.write(whole(Buffer.alloc(3_000_000))));
    const rendered = http.render(prepared({ profile: flatProfile, origin: parts.origin }));
    const { body } = await http.send(rendered, { signal: new AbortController().signal, limits: { idleMs: 40 } });
    const chunks = body[Symbol.asyncIterator]();
    let size = (await chunks.next()).value!.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) size += chunk.length;
    expect(size).to.equal(3_000_000);
    await parts.close();
  });

  it('asks for another protocol and hands over the connection, or says that the server will not', async () => {
    const upgrade: Headers = [
      ['Host', '{host}'],
      ['Connection', 'Upgrade'],
      ['Upgrade', 'echo'],
    ];
    const ask = async (answer: (socket: Socket) => void) => {
      await server.close();
      server = await rawServer(answer);
      const wire: WireProfile = { id: 'acme/up', method: 'GET', path: '/', headers: upgrade };
      const rendered = http.render({ profile: wire, origin: server.origin, slots: {}, body: Buffer.alloc(0) });
      return http.upgrade(rendered, { signal: new AbortController().signal });
    };
    const connection = await ask((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'),
    );
    connection.write('more');
    await until(() => server.received[0]!.toString().endsWith('\r\n\r\nmore'));
    connection.destroy();
    expect(await refusal(ask((socket) => socket.write(whole('no', '403 No'))))).to.have.property('kind', 'refused');
  });
});
