import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { MaestroError, ProviderError } from '../../src/errors.js';
import type { Delta } from '../../src/protocol/events.js';
import type { Session } from '../../src/protocol/resources.js';
import { Secret } from '../../src/secret.js';
import { ActivityNotes } from '../../src/server/activity-notes.js';
import { Connection } from '../../src/server/connection.js';
import { DeltaFlow } from '../../src/server/delta-flow.js';
import { answerFor, isDatabaseDown } from '../../src/server/errors.js';
import { allowedHosts, allowedOrigins } from '../../src/server/gate.js';
import { SessionsFeed } from '../../src/server/list-feeds.js';
import { OneTime } from '../../src/server/one-time.js';
import { RunningText } from '../../src/server/running-text.js';
import { api, NotedLog, newSession, raw, startServer, useServer } from './support.js';

const delta = (offset: number, text: string, more: Partial<Delta> = {}): Delta => ({
  message_id: 'm',
  part: 0,
  kind: 'text',
  offset,
  text,
  ...more,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Keeps what it gets; busy when told to be. */
class Watcher {
  busy = false;
  readonly got: Delta[][] = [];
  isBusy(): boolean {
    return this.busy;
  }
  take(deltas: readonly Delta[]): void {
    this.got.push([...deltas]);
  }
  get text(): string {
    return this.got.flat().reduce((known, { offset, text }) => {
      expect(offset).to.equal(known.length);
      return known + text;
    }, '');
  }
}

describe('the flow of deltas', () => {
  it('delivers on the next turn of the event loop, one frame a delta', async () => {
    const [flow, watcher] = [new DeltaFlow(), new Watcher()];
    flow.add(watcher);
    flow.push(delta(0, 'a'));
    flow.push(delta(1, 'b'));
    expect(watcher.got).to.deep.equal([]);
    await turn();
    expect(watcher.got).to.deep.equal([[delta(0, 'a'), delta(1, 'b')]]);
    flow.close();
  });

  it('merges for those who are busy, and goes back to single frames afterwards', async () => {
    const [flow, quick, busy] = [new DeltaFlow(), new Watcher(), new Watcher()];
    flow.add(quick);
    flow.add(busy);
    busy.busy = true;
    for (const [index, text] of [...'abcdef'].entries()) {
      flow.push(delta(index, text));
      await turn();
    }
    expect(quick.got).to.have.length(6);
    flow.push(delta(0, 'x', { part: 1 }));
    flow.flush();
    expect(busy.got.flat()).to.deep.equal([delta(0, 'abcdef'), delta(0, 'x', { part: 1 })]);
    busy.busy = false;
    flow.flush();
    flow.push(delta(6, 'g'));
    await turn();
    expect(busy.got.at(-1)).to.deep.equal([delta(6, 'g')]);
    flow.close();
  });

  it('gives every watcher the whole text once, whatever becomes busy when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.constantFrom('push', 'turn', 'flush', 'wait')), {
          maxLength: 60,
        }),
        async (steps) => {
          const [flow, one, two] = [new DeltaFlow(), new Watcher(), new Watcher()];
          flow.add(one);
          flow.add(two);
          let length = 0;
          for (const [first, second, act] of steps) {
            [one.busy, two.busy] = [first, second];
            if (act === 'push') flow.push(delta(length++, 'x'));
            else if (act === 'turn') await turn();
            else if (act === 'flush') flow.flush();
            else await new Promise((resolve) => setTimeout(resolve, 5));
          }
          flow.flush();
          flow.flush();
          flow.close();
          expect([one.text.length, two.text.length]).to.deep.equal([length, length]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives nothing to who left', async () => {
    const [flow, watcher] = [new DeltaFlow(), new Watcher()];
    flow.add(watcher);
    flow.remove(watcher);
    flow.push(delta(0, 'a'));
    await turn();
    expect(watcher.got).to.deep.equal([]);
    flow.close();
  });
});

describe('running text', () => {
  it('adds what is new of a delta and says when something is missing', () => {
    const running = new RunningText();
    expect(running.add(delta(1, 'b'))).to.equal('early');
    expect(running.add(delta(0, 'ab'))).to.deep.equal(delta(0, 'ab'));
    expect(running.add(delta(0, 'ab'))).to.equal('known');
    expect(running.add(delta(1, 'bcd'))).to.deep.equal(delta(2, 'cd'));
    expect(running.add(delta(9, 'z'))).to.equal('early');
    expect(running.add(delta(0, 'x', { part: 2 }))).to.equal('early');
    expect(running.snapshot()).to.deep.equal([delta(0, 'abcd')]);
  });

  it('takes over a stored draft, arguments as far as their text is known', () => {
    const running = new RunningText();
    const parts = [
      { v: 1 as const, type: 'thinking' as const, text: 'hm' },
      { v: 1 as const, type: 'tool_call' as const, id: 'c', name: 'look', args: { $invalid: '{"a' } },
    ];
    expect(running.adopt({ message_id: 'm', parts })).to.have.length(2);
    expect(running.snapshot()[1]).to.include({ kind: 'tool_args', text: '{"a', call_id: 'c', name: 'look', offset: 0 });
    const later = [parts[0]!, { ...parts[1]!, args: { a: 1 } }];
    expect(running.adopt({ message_id: 'm', parts: later })).to.deep.equal([
      { message_id: 'm', part: 1, kind: 'tool_args', offset: 3, text: '":1}', call_id: 'c', name: 'look' },
    ]);
    const other = [parts[0]!, { ...parts[1]!, args: {} }];
    expect(running.adopt({ message_id: 'm', parts: other })).to.deep.equal([]);
    expect(
      new RunningText().adopt({
        message_id: 'm',
        parts: [{ v: 1, type: 'image', media_type: 'image/png', blob: 'x' }],
      }),
    ).to.deep.equal([]);
  });

  it('begins anew with another message, and knows what is over', () => {
    const running = new RunningText();
    running.add(delta(0, 'old'));
    running.add(delta(0, 'new', { message_id: 'n' }));
    expect(running.snapshot()).to.deep.equal([delta(0, 'new', { message_id: 'n' })]);
    running.drop('m');
    expect(running.add(delta(3, 'late'))).to.equal('known');
    running.clear();
    expect(running.snapshot()).to.deep.equal([]);
    expect(running.add(delta(3, '', { message_id: 'n' }))).to.equal('known');
  });

  it('keeps live output of tools for those who come later, until the tool is done', () => {
    const running = new RunningText();
    const output = (offset: number, text: string) => delta(offset, text, { kind: 'tool_output', call_id: 'c' });
    expect(running.add(output(5, 'missed'))).to.deep.equal(output(5, 'missed'));
    running.add(output(0, 'one '));
    running.add(output(4, 'two'));
    running.add(output(100, 'a hole stays'));
    expect(running.snapshot()).to.deep.equal([output(0, 'one two')]);
    running.dropOutput('c');
    running.add(delta(0, 'nameless', { kind: 'tool_output' }));
    expect(running.snapshot()).to.have.length(1);
    running.clear();
    expect(running.snapshot()).to.deep.equal([]);
  });
});

describe('secrets that work once', () => {
  it('are forgotten when they are too old or too many, and when their owner lost the right', () => {
    let now = 0;
    const codes = new OneTime<string>(1_000, () => now, 3);
    const [a, b] = [codes.issue('a'), codes.issue('b')];
    expect(codes.redeem(a)).to.equal('a');
    expect(codes.redeem(a)).to.equal(null);
    codes.forget((owner) => owner === 'b');
    expect(codes.redeem(b)).to.equal(null);
    const many = ['c', 'd', 'e', 'f'].map((owner) => codes.issue(owner));
    expect(codes.redeem(many[0]!)).to.equal(null);
    expect(codes.redeem(many[3]!)).to.equal('f');
    now = 1_000;
    expect(codes.redeem(many[2]!)).to.equal(null);
    codes.issue('g');
    expect(codes.redeem(many[1]!)).to.equal(null);
  });
});

describe('a connection', () => {
  class Socket extends EventEmitter {
    readyState = 1;
    bufferedAmount = 0;
    sent = 0;
    pings = 0;
    closed: number | undefined;
    wasTerminated = false;
    send(_bytes: Buffer, _options: object, done?: () => void): void {
      this.sent += 1;
      done?.();
    }
    ping(): void {
      this.pings += 1;
    }
    close(code: number): void {
      this.closed = code;
      this.readyState = 2;
    }
    terminate(): void {
      this.wasTerminated = true;
    }
  }
  const open = () => {
    const socket = new Socket();
    const connection = new Connection(socket as unknown as WebSocket, { id: 'i', name: 'n', kind: 'machine' });
    return { socket, connection, end: () => socket.emit('close') };
  };

  it('is busy with bytes that wait or more than 200 frames a second', () => {
    const { socket, connection, end } = open();
    expect(connection.isBusy).to.equal(false);
    socket.bufferedAmount = 1;
    expect(connection.isBusy).to.equal(true);
    socket.bufferedAmount = 0;
    // Twice as many as it takes: a second may end in between.
    for (let n = 0; n < 402; n += 1) connection.send(Buffer.from('x'));
    expect(connection.isBusy).to.equal(true);
    end();
  });

  it('is not slow for one large frame of ours, but for what is not taken', async () => {
    const { socket, connection, end } = open();
    await connection.deliver(Buffer.alloc(10 * 1_048_576));
    socket.bufferedAmount = 10 * 1_048_576;
    expect(connection.isBehind).to.equal(false);
    connection.send(Buffer.from('x'));
    expect(socket.sent).to.equal(2);
    socket.bufferedAmount = 15 * 1_048_576;
    expect(connection.isBehind).to.equal(true);
    connection.send(Buffer.from('x'));
    expect(socket.closed).to.equal(4008);
    await connection.deliver(Buffer.from('x'));
    expect(socket.sent).to.equal(2);
    end();
  });

  it('is slow when large frames pile up', () => {
    const { socket, connection, end } = open();
    connection.send(Buffer.alloc(2 * 1_048_576));
    socket.bufferedAmount = 2 * 1_048_576;
    for (let n = 0; n < 9 && socket.closed === undefined; n += 1) {
      connection.send(Buffer.alloc(2 * 1_048_576));
      socket.bufferedAmount += 2 * 1_048_576;
    }
    expect(socket.closed).to.equal(4008);
    end();
  });

  it('counts from anew once everything was taken', () => {
    const { socket, connection, end } = open();
    connection.send(Buffer.alloc(10 * 1_048_576));
    connection.send(Buffer.from('x'));
    socket.bufferedAmount = 5 * 1_048_576;
    connection.send(Buffer.from('x'));
    expect(socket.closed).to.equal(4008);
    end();
  });

  it('pings every 25 seconds and ends after 60 of silence', () => {
    const { setInterval: before } = globalThis;
    let beat: () => void = () => undefined;
    globalThis.setInterval = ((act: () => void) => {
      beat = act;
      return before(() => undefined, 1_000_000);
    }) as typeof setInterval;
    const { socket, connection, end } = open();
    globalThis.setInterval = before;
    const { now } = Date;
    const start = now();
    beat();
    Date.now = () => start + 59_000;
    socket.emit('pong');
    Date.now = () => start + 118_000;
    beat();
    expect([socket.pings, socket.wasTerminated]).to.deep.equal([2, false]);
    Date.now = () => start + 120_000;
    beat();
    Date.now = now;
    expect(socket.wasTerminated).to.equal(true);
    connection.terminate();
    end();
  });
});

describe('the list of sessions', () => {
  const session = (title: string) => ({ session_id: 's', title, context: {} }) as unknown as Session;
  const updated = (title: string) => ({ type: 'updated', session: session(title) }) as const;
  const windows = { fill: (session: Session) => session };
  const noCards = { of: async () => [], notes: new ActivityNotes(), onTold: () => () => undefined };

  it('tells changes in the order they happened, also those that come while the snapshot leaves', async () => {
    const list = Promise.withResolvers<{ items: Session[]; next: null }>();
    const feed = new SessionsFeed({ sessions: { list: () => list.promise } as never }, windows, noCards);
    const told: string[] = [];
    const note = (bytes: Buffer) => {
      const { op, data } = JSON.parse(bytes.toString());
      told.push(op === 'change' ? data.data.session.title : op);
    };
    const left = Promise.withResolvers<void>();
    const slow = {
      say: () => undefined,
      send: note,
      deliver: (bytes: Buffer) => {
        note(bytes);
        return left.promise;
      },
    };
    const joined = feed.join(slow as unknown as Connection);
    feed.told(updated('during the read'));
    list.resolve({ items: [], next: null });
    await turn();
    feed.told(updated('while it leaves'));
    left.resolve();
    await joined;
    expect(told).to.deep.equal(['snapshot', 'during the read', 'while it leaves']);
  });

  it('keeps nothing for who could not be given the snapshot', async () => {
    const list = () => Promise.reject(new Error('the database is away'));
    const feed = new SessionsFeed({ sessions: { list } as never }, windows, noCards);
    const failed = await feed.join({ say: () => undefined } as unknown as Connection).catch((error: Error) => error);
    expect(failed).to.have.property('message', 'the database is away');
    expect(feed.isEmpty).to.equal(true);
  });
});

describe('names of this server', () => {
  it('need no port where it is the default one', () => {
    expect([...allowedHosts(80)]).to.include.members(['localhost', 'localhost:80', '[::1]']);
    expect([...allowedOrigins(80, ['M.example'])]).to.include.members(['http://127.0.0.1', 'https://m.example']);
  });
});

describe('errors of the database', () => {
  it('K1 tells no secret that somebody repeated in an error', () => {
    const secret = new Secret('CANARY_token_93be17');
    const error = secret.use((value) => new ProviderError('auth', `${value} is spent`));
    expect(answerFor(error, new NotedLog(), 'a test').body.error.message).to.equal('<redacted> is spent');
  });

  it('are told from others by code, message and cause', () => {
    const coded = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });
    const down = [
      coded('ECONNREFUSED'),
      coded('08006'),
      coded('57P03'),
      coded('57014'),
      coded('40P01'),
      coded('25P03'),
      coded('53300'),
      coded('ENOENT', { syscall: 'connect' }),
      new Error('Connection terminated unexpectedly'),
      new Error('driver', { cause: coded('ECONNRESET') }),
      new AggregateError([coded('ECONNREFUSED')]),
      new MaestroError('database.unreachable', 'x'),
    ];
    for (const error of down) expect(isDatabaseDown(error)).to.equal(true);
    const circle = new Error('round');
    circle.cause = circle;
    const up = [
      coded('ENOENT', { syscall: 'open' }),
      coded('23505'),
      new MaestroError('step.refused', 'x'),
      'text',
      circle,
    ];
    for (const error of [...up, coded('53100')]) expect(isDatabaseDown(error)).to.equal(false);
    const full = answerFor(new Error('driver', { cause: coded('53100') }), new NotedLog(), 'a test');
    expect([full.status, full.body.error.code]).to.deep.equal([507, 'database.full']);
    const late = answerFor(coded('57014'), new NotedLog(), 'a test');
    expect([late.status, late.headers['retry-after']]).to.deep.equal([503, '2']);
  });
});

describe('pages', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maestro-pages-'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><html lang="en"><head><title>M</title></head></html>');
    await writeFile(join(folder, 'icon.svg'), `<svg>${'<g/>'.repeat(1_000)}</svg>`);
    await writeFile(join(folder, 'data.bin'), 'x');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('give the application at every route of it, with a nonce of its own each time', async () => {
    const server = await startServer({ pages: folder });
    const nonces = new Set<string>();
    for (const path of ['/', '/index.html', '/s/0123abcd', '/settings/credentials']) {
      const response = await fetch(`${server.url}${path}`);
      const nonce = /<meta name="csp-nonce" content="([^"]+)">/.exec(await response.text())?.[1];
      const policy = response.headers.get('content-security-policy');
      expect(policy).to.contain(`style-src 'self' 'nonce-${nonce}'`);
      expect(policy).to.contain(`connect-src 'self' ws://127.0.0.1:${server.port}`);
      expect(response.headers.get('cache-control')).to.equal('no-store');
      nonces.add(nonce!);
    }
    expect(nonces.size).to.equal(4);
    await server.close();
  });

  it('are compressed for who takes it, and answered with 304 for who has them', async () => {
    const server = await startServer({ pages: folder });
    const get = (encoding: string, more = '') =>
      raw(
        server.port,
        `GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAccept-Encoding: ${encoding}\r\n${more}\r\n`,
      );
    const plain = await get('identity');
    expect(plain.headers['content-encoding']).to.equal(undefined);
    const [br, gzip] = [await get('br, gzip'), await get('gzip')];
    expect(brotliDecompressSync(Buffer.from(br.body, 'latin1')).toString()).to.equal(plain.body);
    expect(gunzipSync(Buffer.from(gzip.body, 'latin1')).toString()).to.equal(plain.body);
    expect(br.headers['content-type']).to.equal('image/svg+xml');
    expect(br.headers.vary).to.contain('Accept-Encoding');
    const again = await get('br', `If-None-Match: ${plain.headers.etag}\r\n`);
    expect(again.status).to.equal(304);
    await writeFile(join(folder, 'icon.svg'), '<svg/>');
    expect((await get('br', `If-None-Match: ${plain.headers.etag}\r\n`)).body).to.equal('<svg/>');
    const other = await fetch(`${server.url}/data.bin`);
    expect(other.headers.get('content-type')).to.equal('application/octet-stream');
    await server.close();
  });

  it('say that they are not built', async () => {
    for (const pages of [null, join(folder, 'nothing')]) {
      const server = await startServer({ pages });
      const response = await fetch(server.url);
      const { error } = (await response.json()) as { error: { code: string } };
      expect([response.status, error.code]).to.deep.equal([404, 'pages.missing']);
      expect((await fetch(`${server.url}/icon.svg`)).status).to.equal(404);
      await server.close();
    }
  });
});

describe('the OpenAPI document', () => {
  const server = useServer();

  it('is valid OpenAPI 3.1 to an independent validator', async () => {
    const { body } = await api(server, 'GET', '/openapi.json');
    const validator = new Validator();
    expect(await validator.validate(body)).to.deep.equal({ valid: true });
    expect(validator.version).to.equal('3.1');
    // It would notice.
    const broken = { ...body, paths: { sessions: {} } };
    expect((await new Validator().validate(broken)).valid).to.equal(false);
  });

  it('describes every route with what it takes', async () => {
    const { status, body } = await api(server, 'GET', '/openapi.json');
    expect(status).to.equal(200);
    expect(body.openapi).to.equal('3.1.0');
    expect(body.info).to.include({ title: 'The Maestro', version: '1.2.3' });
    const ids = new Set<string>();
    for (const route of server.server.routes.table) {
      const operation = body.paths[route.path.replace(/:(\w+)/g, '{$1}')][route.method.toLowerCase()];
      ids.add(operation.operationId);
      expect(operation.summary).to.be.a('string').that.is.not.empty;
      expect(Object.keys(operation.responses)).to.deep.equal([String(route.status), 'default']);
      const inPath = operation.parameters.filter((parameter: { in: string }) => parameter.in === 'path');
      expect(inPath.map(({ name }: { name: string }) => `:${name}`)).to.deep.equal(route.path.match(/:\w+/g) ?? []);
    }
    expect(ids.size).to.equal(server.server.routes.table.length);
    const created = body.paths['/sessions'].post.requestBody.content['application/json'].schema;
    expect(created.properties.tools).to.include({ type: 'object' });
    expect(body.paths['/auth/exchange'].post.security).to.deep.equal([]);
    expect(body.components.responses.Error.content['application/json'].schema.$ref).to.equal(
      '#/components/schemas/Error',
    );
    expect(body.paths['/sessions'].get.parameters.map(({ name }: { name: string }) => name)).to.deep.equal([
      'limit',
      'cursor',
      'q',
      'parent',
      'status',
    ]);
  });
});

describe('bodies nobody would send', () => {
  const server = useServer();
  const strange = fc.oneof(
    fc.constantFrom('', '\u0000', '\ud800', '__proto__', 'constructor', '\u202e', '../..', '~', 'NaN', '1e999'),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.integer(),
    fc.double(),
    fc.constantFrom(null, true, [], {}, 2 ** 53 + 1),
  );

  it('never make the server fail', async () => {
    const { session_id } = await newSession(server);
    const params: Record<string, string> = { id: session_id, message_id: 'x', name: 'look' };
    const targets = server.server.routes.table.filter(({ body }) => body === 'json');
    expect(targets.length).to.be.greaterThan(10);
    const fields = [
      'agent_name',
      'provider',
      'model',
      'working_directory',
      'system_prompt',
      'tools',
      'client_key',
      'text',
      'title',
      'code',
    ];
    const more = [
      'attachments',
      'mode',
      'ord',
      'method',
      'fields',
      'name',
      'is_enabled',
      'credential_id',
      '__proto__',
      'label',
      'q',
    ];
    const object = fc.dictionary(
      fc.constantFrom(...fields, ...more),
      fc.oneof(strange, fc.dictionary(fc.string({ unit: 'binary' }), strange)),
      {
        maxKeys: 6,
      },
    );
    const body = fc.oneof(
      object.map((content) => JSON.stringify(content)),
      object.map((content) => JSON.stringify({ client_key: 'k', text: 'x', ...content })),
      fc.json(),
      fc.constant(`{"attachments":${'['.repeat(5_000)}${']'.repeat(5_000)},"text":"x"}`),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...targets), body, async (target, content) => {
        const path = target.path.replace(/:(\w+)/g, (_, name: string) => params[name]!);
        const { status, body: answer } = await api(server, target.method, path, content);
        expect(status, JSON.stringify(answer)).to.be.lessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  it('nor do paths and queries', async () => {
    const reads = server.server.routes.table.filter(({ method }) => method === 'GET');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...reads),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        async (target, value, query) => {
          const path = target.path.replace(/:\w+/g, encodeURIComponent(value.toWellFormed()) || 'x');
          const names = ['limit', 'cursor', 'q', 'parent', 'status', 'before', 'path', 'refresh'];
          const { status } = await api(
            server,
            'GET',
            `${path}?${names[query.length % names.length]}=${encodeURIComponent(query.toWellFormed())}`,
          );
          expect(status).to.be.lessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  });
});
