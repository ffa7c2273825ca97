import { expect } from 'chai';
import fc from 'fast-check';
import { Type } from 'typebox';
import { MaestroError, ProviderError } from '../../src/errors.js';
import type { ModelMessage } from '../../src/extension/provider.js';
import { Tools } from '../../src/extension/registry.js';
import { defineTool } from '../../src/extension/tool.js';
import { type ContentPart, type Message, type Part, text } from '../../src/protocol/messages.js';
import { asStored, assertWellFormed, toModelMessages } from '../../src/session/context.js';
import { DraftWriter } from '../../src/session/draft-writer.js';
import { emitting } from '../../src/session/emitting.js';
import { SESSION_LIMITS } from '../../src/session/limits.js';
import { boundOutput, cutMiddle } from '../../src/session/output.js';
import { lastSentences, previewOf } from '../../src/session/preview.js';
import { parseArguments } from '../../src/session/reply.js';
import { RETRY, retryDelay } from '../../src/session/retry.js';
import { isPassing } from '../../src/session/runner.js';
import { Send } from '../../src/session/send.js';
import { ToolRunner } from '../../src/session/tool-run.js';
import { following, systemClock, untilAborted } from '../../src/session/wait.js';
import type { NewDraft } from '../../src/store/drafts.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { toolCall } from '../../src/testing/tool-call.js';
import { chunks, ListWire } from './rig.js';
import { user, worked } from './support.js';

const assistant = (...parts: Part[]): ModelMessage => ({ role: 'assistant', parts, provider: 'p', model: 'm' });
const called = (id: string): Part => ({ v: 1, type: 'tool_call', id, name: 'n', args: {} });
const answered = (id: string): Part => ({ v: 1, type: 'tool_result', call_id: id, name: 'n', ...worked('') });
const tools = (...parts: Part[]): ModelMessage => ({ role: 'tool', parts, provider: null, model: null });

describe('a history', () => {
  const good: ModelMessage[][] = [
    [user('a')],
    [user('a'), user('b')],
    [user('a'), assistant(text('b')), user('c')],
    [user('a'), assistant(called('1'), called('2')), tools(answered('1'), answered('2'))],
    [user('a'), assistant(called('1')), tools(answered('1')), user('steer')],
  ];
  for (const history of good) {
    it(`may be sent: ${history.map(({ role }) => role).join(', ')}`, () => assertWellFormed(history));
  }

  const bad: [string, ModelMessage[]][] = [
    ['nothing at all', []],
    ['an answer at the end', [user('a'), assistant(text('b'))]],
    ['calls without results', [user('a'), assistant(called('1')), user('b')]],
    ['calls without results at the end', [user('a'), assistant(called('1'))]],
    ['results in another order', [user('a'), assistant(called('1'), called('2')), tools(answered('2'), answered('1'))]],
    ['results of other calls', [user('a'), assistant(called('1')), tools(answered('2'))]],
    ['results of nothing', [user('a'), tools(answered('1'))]],
    ['text among results', [user('a'), assistant(called('1')), tools(text('x'))]],
    ['a call by the user', [{ ...user('a'), parts: [called('1')] }]],
    [
      'a file by the model',
      [user('a'), assistant({ v: 1, type: 'image', media_type: 'image/png', blob: 'b' }), user('b')],
    ],
  ];
  for (const [what, history] of bad) {
    it(`may not be sent with ${what}`, () => {
      expect(() => assertWellFormed(history))
        .to.throw(MaestroError)
        .with.property('code', 'history.broken');
    });
  }

  it('is made of complete messages that say something', () => {
    const message = (given: Partial<Message>) =>
      ({ role: 'assistant', status: 'complete', parts: [text('a')], ...given }) as Message;
    const kept = toModelMessages([
      message({ role: 'user' }),
      message({ status: 'interrupted' }),
      message({ status: 'error' }),
      message({ parts: [] }),
      message({ role: 'system' }),
      message({ provider: 'p', model: 'm' }),
    ]);
    expect(kept.map(({ role, provider }) => [role, provider])).to.deep.equal([
      ['user', undefined],
      ['assistant', 'p'],
    ]);
  });

  it('has the same bytes before and after it was stored', async () => {
    const db = await openTestDatabase();
    try {
      const json = fc.jsonValue({ maxDepth: 4 });
      await fc.assert(
        fc.asyncProperty(fc.dictionary(fc.string(), json), async (value) => {
          const sent = asStored(value);
          const { rows } = await db.query('select $1::jsonb as back', [JSON.stringify(sent)]);
          expect(JSON.stringify(rows[0]?.back)).to.equal(JSON.stringify(sent));
        }),
        { numRuns: 60 },
      );
    } finally {
      await db.drop();
    }
  });
});

describe('V1 the wait before another attempt', () => {
  const failed = (retryAfterMs?: number) =>
    new ProviderError('rate_limit', 'slow down', retryAfterMs === undefined ? {} : { retryAfterMs });

  it('grows to a minute, with jitter all the way', () => {
    const least = [0, 1, 2, 3].map((n) => retryDelay(failed(), n, { ...RETRY, random: () => 0 }));
    const most = [0, 1, 2, 3].map((n) => retryDelay(failed(), n, { ...RETRY, random: () => 1 }));
    expect(least).to.deep.equal([1_000, 1_000, 1_000, 1_000]);
    expect(most).to.deep.equal([2_000, 4_000, 8_000, 16_000]);
    expect(retryDelay(failed(), 9, { ...RETRY, retries: 20, random: () => 1 })).to.equal(60_000);
    expect(retryDelay(failed(), 4, RETRY)).to.equal(null);
  });

  it('is what the provider asks for, up to five minutes', () => {
    expect(retryDelay(failed(20_000), 0, RETRY)).to.equal(20_000);
    expect(retryDelay(failed(0), 0, RETRY)).to.equal(1_000);
    expect(retryDelay(failed(5 * 60_000 + 1), 0, RETRY)).to.equal(null);
  });

  it('is none where the provider will send something else', () => {
    const fallback = new ProviderError('bad_request', 'no such beta', { fallback: true });
    expect(retryDelay(fallback, 0, RETRY)).to.equal(0);
    expect(retryDelay(new ProviderError('bad_request', 'no'), 0, RETRY)).to.equal(null);
    expect(retryDelay(new Error('bug'), 0, RETRY)).to.equal(null);
  });

  it('is none for a status that says the request is wrong, whatever the words beside it', () => {
    for (const status of [400, 401, 403, 404, 413, 422]) {
      const error = new ProviderError('unavailable', 'Internal server error', { status });
      expect(retryDelay(error, 0, RETRY), `${status}`).to.equal(null);
    }
  });
});

describe('sending a request', () => {
  const prepared = {
    profile: { id: 'x/y/z', method: 'POST' as const, path: '/v1', headers: [] },
    origin: 'https://example.com',
    slots: {},
    body: Buffer.from('{"exact": 1}'),
  };
  const make = (wire: ListWire, given: Partial<ConstructorParameters<typeof Send>[0]> = {}) =>
    new Send({
      callId: 'call',
      turnId: 't',
      attempt: 1,
      provider: 'p',
      model: 'm',
      credentialId: null,
      wire,
      signal: new AbortController().signal,
      responseBytes: 100,
      enter: async () => () => undefined,
      commit: async () => undefined,
      ...given,
    });
  const drain = async (body: AsyncIterable<Buffer>) => {
    let all = '';
    for await (const chunk of body) all += chunk.toString();
    return all;
  };

  it('commits the exact bytes first, then sends, and keeps the answer', async () => {
    const wire = new ListWire([{}]);
    const order: string[] = [];
    const send = make(wire, {
      commit: async (call) => {
        order.push(`commit ${call.body} ${wire.sent.length}`);
        expect(call.req_headers).to.deep.equal([
          ['host', 'example'],
          ['x-key', '<redacted:key:1234>'],
        ]);
      },
    });
    expect(send.callId).to.equal(null);
    expect(send.end('failed')).to.deep.equal([]);
    const response = await send.send(prepared);
    expect(await drain(response.body)).to.equal('onetwo');
    expect(order).to.deep.equal(['commit {"exact": 1} 0']);
    const [write] = send.end('done');
    const { end } = write as Extract<typeof write, { write: 'call.end' }>;
    expect(end).to.deep.include({ state: 'done', status: 200, provider_request_id: 'req-1', error: null });
    expect(end.resp?.toString()).to.equal('onetwo');
    expect(end.first_byte_at).to.be.instanceOf(Date);
  });

  it('sends nothing when the commit is refused, and has no call then', async () => {
    const wire = new ListWire([{}]);
    const refused = new MaestroError('fence.lost', 'other owner');
    const send = make(wire, { commit: () => Promise.reject(refused) });
    expect(await send.send(prepared).catch((e: unknown) => e)).to.equal(refused);
    expect(wire.sent).to.deep.equal([]);
    expect(send.callId).to.equal(null);
  });

  it('sends nothing when it was stopped meanwhile', async () => {
    const wire = new ListWire([{}]);
    const abort = new AbortController();
    const send = make(wire, { signal: abort.signal, commit: async () => abort.abort(new Error('stopped')) });
    expect(await send.send(prepared).catch((e: Error) => e.message)).to.equal('stopped');
    expect(wire.sent).to.deep.equal([]);
    expect(send.end('interrupted')).to.have.length(1);
    expect(
      await make(wire, { signal: abort.signal })
        .send(prepared)
        .catch((e: Error) => e.message),
    ).to.equal('stopped');
  });

  it('is done once a reply', async () => {
    const send = make(new ListWire([{}, {}]));
    await send.send(prepared);
    expect(await send.send(prepared).catch((e: unknown) => e)).to.have.property('code', 'provider.sent_twice');
  });

  it('keeps no more of the answer than the limit', async () => {
    const send = make(new ListWire([{ headers: [], body: chunks('12345', '67890') }]), { responseBytes: 7 });
    expect(await drain((await send.send(prepared)).body)).to.equal('1234567890');
    const [write] = send.end('done');
    const { end } = write as Extract<typeof write, { write: 'call.end' }>;
    expect(end.resp?.toString()).to.equal('12345');
    expect(end.provider_request_id).to.equal(null);
  });

  it('records that no answer came', async () => {
    const send = make(new ListWire([new ProviderError('network', 'down')]));
    await send.send(prepared).catch(() => undefined);
    const [write] = send.end('failed', { error: { code: 'provider.network', message: 'down' } });
    const { end } = write as Extract<typeof write, { write: 'call.end' }>;
    expect(end).to.deep.include({ status: null, resp: null, resp_headers: null, first_byte_at: null });
  });
});

describe('the output of a tool', () => {
  it('stays as it is while it fits', () => {
    const content: ContentPart[] = [text('short'), { v: 1, type: 'image', media_type: 'image/png', blob: 'b' }];
    expect(boundOutput(content, 100)).to.deep.equal(content);
  });

  it('keeps head and tail of what is too long', () => {
    expect(cutMiddle('abcdefghij', 4)).to.equal('ab\n[... 6 bytes left out ...]\nij');
    const [cut] = boundOutput([text('abcdefghij')], 4);
    expect(cut).to.deep.equal(text('ab\n[... 6 bytes left out ...]\nij'));
    expect(cutMiddle('abc', 0)).to.equal('\n[... 3 bytes left out ...]\n');
  });

  it('never cuts a character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (value, bytes) => {
        const clean = value.toWellFormed().replaceAll('\ufffd', '');
        const cut = cutMiddle(clean, bytes);
        expect(cut).not.to.contain('\ufffd');
        if (Buffer.byteLength(clean) <= bytes) expect(cut).to.equal(clean);
      }),
    );
  });

  it('counts all parts together, and leaves out a diff that does not fit', () => {
    const diff: ContentPart = {
      v: 1,
      type: 'diff',
      path: 'a.txt',
      hunks: [{ old_start: 1, new_start: 1, lines: ['+abc'] }],
    };
    const bounded = boundOutput([text('12345678'), diff], 10);
    expect(bounded[0]).to.deep.equal(text('12345678'));
    expect(bounded[1]).to.have.property('type', 'text');
    expect(bounded[1]).to.have.property('text').that.contains('a.txt');
  });

  it('keeps head and tail of a terminal, with the stream of each', () => {
    const terminal: ContentPart = {
      v: 1,
      type: 'terminal',
      exit_code: 1,
      chunks: [
        { stream: 'stdout', text: 'aa' },
        { stream: 'stderr', text: 'bbbbbbbbbb' },
        { stream: 'stdout', text: 'cc' },
      ],
    };
    const [bounded] = boundOutput([terminal], 8);
    expect(bounded).to.deep.equal({
      ...terminal,
      chunks: [
        { stream: 'stdout', text: 'aa' },
        { stream: 'stderr', text: 'bb' },
        { stream: 'stderr', text: '\n[... 6 bytes left out ...]\n' },
        { stream: 'stderr', text: 'bb' },
        { stream: 'stdout', text: 'cc' },
      ],
    });
    const [none] = boundOutput([terminal], 0);
    expect(none).to.have.property('chunks').with.length(1);
  });
});

describe('running a tool', () => {
  const runner = (run: () => Promise<unknown>, isOn = true) => {
    const registry = new Tools();
    const parameters = Type.Object({ n: Type.Number() });
    const described = {
      id: 'it',
      title: 'It',
      description: 'It.',
      parameters,
      effects: 'read',
      retry: 'safe',
    } as const;
    registry.add(defineTool({ ...described, run: run as never }), 'test');
    return new ToolRunner({ tools: registry, switches: { disabled: async () => new Set(isOn ? [] : ['it']) } });
  };
  const callOf = (args: unknown, name = 'it') => ({
    id: 'c',
    name,
    args,
    sessionId: 's',
    workingDirectory: '/',
    switches: { tools: {}, servers: {} },
  });
  const going = () => toolCall();

  it('gives the error of one that breaks its contract', async () => {
    for (const output of [undefined, {}, { content: 'text' }]) {
      const end = await runner(async () => output).run(callOf({ n: 1 }), going());
      expect(end).to.deep.include({ outcome: 'failed', is_error: true });
    }
  });

  it('gives what it says when it fails in its own words, or throws whatever', async () => {
    const own = await runner(async () => ({ content: [text('no such file')], is_error: true })).run(
      callOf({ n: 1 }),
      going(),
    );
    expect(own).to.deep.include({ outcome: 'failed', content: [text('no such file')] });
    const thrown = await runner(() => Promise.reject('just a string')).run(callOf({ n: 1 }), going());
    expect(thrown.content).to.deep.equal([text('just a string')]);
    const silent = await runner(() => Promise.reject(new Error(''))).run(callOf({ n: 1 }), going());
    expect(silent.content).to.deep.equal([text('The tool "it" failed.')]);
  });

  it('does not begin when it is stopped already', async () => {
    let ran = false;
    const end = await runner(async () => {
      ran = true;
    }).run(callOf({ n: 1 }), toolCall({ signal: AbortSignal.abort() }));
    expect([ran, end.outcome]).to.deep.equal([false, 'cancelled']);
  });

  it('keeps what a stopped one still says', async () => {
    const abort = new AbortController();
    const late = runner(async () => {
      abort.abort();
      await new Promise((resolve) => setTimeout(resolve, 2));
      return { content: [text('killed by signal')], is_error: true };
    });
    const end = await late.run(callOf({ n: 1 }), toolCall({ signal: abort.signal }));
    expect(end.outcome).to.equal('cancelled');
    expect(end.content[0]).to.deep.equal(text('killed by signal'));
  });

  it('says what is wrong with a call', async () => {
    const ready = runner(async () => undefined);
    expect(await ready.refusal(callOf({ n: 1 }))).to.equal(null);
    expect(await ready.refusal(callOf({}))).to.contain('schema');
    expect(await ready.refusal(callOf({ $invalid: '{' }))).to.contain('no JSON object');
    expect(await ready.refusal(callOf({}, 'that'))).to.contain('Available: it');
    expect(await runner(async () => undefined, false).refusal(callOf({}, 'that'))).to.contain('Available: none');
    expect(ready.traits('that')).to.deep.equal({ runsBeside: false, retry: 'never' });
    expect(ready.traits('it')).to.deep.equal({ runsBeside: true, retry: 'safe' });
  });
});

describe('arguments of a tool call', () => {
  it('are a JSON object, or marked as none', () => {
    expect(parseArguments('', 64)).to.deep.equal({});
    expect(parseArguments('{"a":[1]}', 64)).to.deep.equal({ a: [1] });
    for (const raw of ['[1]', '"a"', 'null', '{"a":', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`]) {
      expect(parseArguments(raw, 64)).to.deep.equal({ $invalid: raw });
    }
  });
});

describe('code that reports as it works', () => {
  const collect = async <T, R>(items: AsyncGenerator<T, R, void>) => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  it('waits for its reader at every item, from every branch', async () => {
    const done: string[] = [];
    const items = emitting<string, void>(async (emit) => {
      await Promise.all(
        ['a', 'b'].map(async (name) => {
          await emit(name);
          done.push(name);
        }),
      );
    });
    expect((await items.next()).value).to.equal('a');
    expect(done).to.deep.equal([]);
    expect((await items.next()).value).to.equal('b');
    expect(await items.next()).to.deep.equal({ done: true, value: undefined });
    expect(done).to.deep.equal(['a', 'b']);
  });

  it('is told of the error of its own item only', async () => {
    const items = emitting<string, string>(async (emit) => {
      const [a, b] = await Promise.allSettled([emit('a'), emit('b')]);
      return `${a?.status} ${b?.status}`;
    });
    await items.next();
    expect((await items.throw(new Error('no'))).value).to.equal('b');
    expect(await items.next()).to.deep.equal({ done: true, value: 'rejected fulfilled' });
  });

  it('throws what it ends with', async () => {
    const error = await collect(emitting(() => Promise.reject(new Error('broken')))).catch((e: Error) => e.message);
    expect(error).to.equal('broken');
  });

  it('is turned away when its reader has left', async () => {
    let said: unknown;
    const items = emitting<number, void>(async (emit) => {
      const first = emit(1).catch((error: Error) => error.message);
      const second = emit(2).catch((error: Error) => error.message);
      said = [await first, await second, await emit(3).catch((error: Error) => error.message)];
    });
    await items.next();
    await items.return();
    const gone = 'nobody reads what happens here any more';
    expect(said).to.deep.equal([gone, gone, gone]);
  });
});

describe('waiting', () => {
  it('ends with the reason of the stop', async () => {
    const reason = new Error('stop');
    const sleeping = systemClock.sleep(60_000, AbortSignal.timeout(1)).catch((error: Error) => error.name);
    expect(await sleeping).to.equal('TimeoutError');
    const late = untilAborted(Promise.reject(new Error('late')), AbortSignal.abort(reason));
    expect(await late.catch((error: unknown) => error)).to.equal(reason);
    await systemClock.sleep(1, new AbortController().signal);
  });

  it('follows a signal until it is released', () => {
    expect(following(AbortSignal.abort('x')).controller.signal.reason).to.equal('x');
    const abort = new AbortController();
    const { controller, release } = following(abort.signal);
    release();
    abort.abort();
    expect(controller.signal.aborted).to.equal(false);
  });
});

describe('a draft', () => {
  const delta = (given: object) => ({ message_id: 'm', part: 0, kind: 'text' as const, offset: 0, text: '', ...given });
  const writer = (save: (draft: NewDraft) => Promise<void>, draftMs = 60_000) =>
    new DraftWriter('t', { ...SESSION_LIMITS, draftMs, draftBytes: 10 }, save);

  it('is saved after so much text, and not again before it is saved', async () => {
    const saved: string[] = [];
    let release: () => void = () => undefined;
    const slow = writer(
      (draft) =>
        new Promise((resolve) => {
          saved.push(JSON.stringify(draft.parts));
          release = resolve;
        }),
    );
    slow.push(delta({ text: '0123456789' }));
    slow.push(delta({ text: '0123456789' }));
    expect(saved).to.have.length(1);
    release();
    await slow.close();
    expect(saved).to.have.length(1);
    expect(slow.current).to.equal(null);
  });

  it('holds all kinds of parts, and no output of tools', async () => {
    const saved: NewDraft[] = [];
    const quick = writer(async (draft) => {
      saved.push(draft);
    }, 1);
    quick.push(delta({ kind: 'thinking', text: 'hm' }));
    quick.push(delta({ part: 1, kind: 'tool_args', text: '{"a', call_id: 'c', name: 'n' }));
    quick.push(delta({ part: 1, kind: 'tool_output', text: 'noise' }));
    await quick.flush();
    await quick.flush();
    expect(saved).to.deep.equal([
      {
        message_id: 'm',
        turn_id: 't',
        parts: [
          { v: 1, type: 'thinking', text: 'hm' },
          { v: 1, type: 'tool_call', id: 'c', name: 'n', args: { $invalid: '{"a' } },
        ],
      },
    ]);
    quick.push(delta({ message_id: 'next', text: 'x' }));
    expect(quick.current?.message_id).to.equal('next');
    await quick.close();
  });

  it('that cannot be saved is no misfortune', async () => {
    const broken = writer(() => Promise.reject(new Error('database away')));
    broken.push(delta({ text: '0123456789' }));
    await broken.flush();
    await broken.close();
  });
});

describe('small things', () => {
  it('a preview is one line of whole characters', () => {
    expect(previewOf(' a\n\n b ')).to.equal('a b');
    const long = previewOf(`${'x'.repeat(158)}🎈tail`);
    expect(long).to.equal(`${'x'.repeat(158)}…`);
  });

  it('the end of a text is told in whole sentences', () => {
    expect(lastSentences('Backoff is in. Jitter now draws from the full interval. Running the')).to.equal(
      'Backoff is in. Jitter now draws from the full interval.',
    );
    expect(lastSentences('Not yet')).to.equal('');
    expect(lastSentences('- one line\n- anoth')).to.equal('- one line');
    expect(lastSentences('Version 1.5 is out (really!) and')).to.equal('Version 1.5 is out (really!)');
    expect(lastSentences(`${'a '.repeat(200)}end. Short one. And`)).to.equal('Short one.');
    expect(lastSentences(`${'word '.repeat(100)}end.`))
      .to.match(/^word .*…$/)
      .and.have.lengthOf(160);
  });

  it('an error of the database passes when it says that the database is away', () => {
    const coded = (code: string) => Object.assign(new Error('x'), { code });
    for (const code of ['57P01', '08006', '40001', '53300', 'ECONNREFUSED'])
      expect(isPassing(coded(code)), code).to.equal(true);
    expect(isPassing(new Error('Connection terminated unexpectedly'))).to.equal(true);
    for (const error of [coded('42601'), new MaestroError('a.b', 'x'), new TypeError('x'), 'x'])
      expect(isPassing(error)).to.equal(false);
  });
});
