import { type ModelMessage, type Part, ProviderError, text } from '@maestro/core';
import { describeProvider } from '@maestro/core/testing';
import { expect } from 'chai';
import { Type } from 'typebox';
import { account, type Bench, bench, collect, credential, joined, model, sentBody, user } from './support.js';

describeProvider('anthropic', {
  situations: ['text', 'tool_call', 'cut', 'held', 'auth', 'rate_limit', 'overloaded', 'bad_request'],
  async open() {
    const { sim, provider, close } = await bench();
    return {
      provider,
      request: { model, credential: credential() },
      seen: () => sim.requests.length,
      close,
      play(situation) {
        if (situation === 'tool_call') sim.play({ steps: [{ type: 'tool', name: 'look', input: { at: 'it' } }] });
        if (situation === 'cut') sim.fault({ type: 'cut', at: 700 });
        if (situation === 'held') sim.holds.arm('delta:2');
        if (situation === 'auth') sim.fault({ type: 'status', status: 401 });
        if (situation === 'rate_limit') sim.fault({ type: 'status', status: 429, retry_after: '2' });
        if (situation === 'overloaded') sim.fault({ type: 'status', status: 529 });
        if (situation === 'bad_request') sim.fault({ type: 'status', status: 400 });
      },
    };
  },
});

describe('the Anthropic provider', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(async () => b.close());

  it('puts the six headers of the profile on the wire, in order and casing, between the four of HTTP', async () => {
    await b.reply();
    const { head, body } = b.sim.requests[0]!;
    expect(head.toString('latin1').split('\r\n')).to.deep.equal([
      'POST /v1/messages HTTP/1.1',
      `host: 127.0.0.1:${b.sim.port}`,
      'connection: keep-alive',
      'x-api-key: sk-ant-test-key',
      'anthropic-version: 2023-06-01',
      'anthropic-beta: messages-2023-12-15',
      'User-Agent: llxprt/1.0',
      'Accept: application/json',
      'X-Client-Version: 1.0.0',
      'content-type: application/json',
      `content-length: ${body.length}`,
    ]);
  });

  it('lets the model search where a request says so, and tells the pages it rests on', async () => {
    const pages = [
      { url: 'https://a.example/', title: 'A' },
      { url: 'https://b.example/', title: 'B' },
    ];
    const sources = pages.map((page) => ({ type: 'source', ...page }));
    b.sim.play({
      steps: [
        { type: 'search', query: 'it', pages },
        { type: 'text', text: 'So it is.' },
      ],
    });
    const { events, error } = await b.reply({ webSearch: true });
    expect(error).to.equal(undefined);
    expect(joined(events).filter(({ type }) => type !== 'usage')).to.deep.equal([
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'So it is.' },
      ...sources,
      { type: 'done', reason: 'stop' },
    ]);
    expect(sentBody(b.sim).tools).to.deep.equal([{ type: 'web_search_20250305', name: 'web_search', max_uses: 5 }]);
    b.sim.play({ steps: [{ type: 'search', query: 'it', pages }] });
    const unnamed = await b.reply({ webSearch: true });
    expect(unnamed.events.filter(({ type }) => type === 'source')).to.deep.equal(sources);
    await b.reply();
    expect(sentBody(b.sim)).not.to.have.property('tools');
  });

  it('streams thinking, text and parallel tool calls, usage last counted, then done', async () => {
    b.sim.play({
      steps: [
        { type: 'thinking', text: 'Hm, two of them.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'aGlkZGVu' },
        { type: 'text', text: 'Looking – ä😀.' },
        { type: 'ping' },
        { type: 'event', name: 'new_thing', data: { type: 'new_thing' } },
        { type: 'tool', id: 'toolu_1', name: 'look', input: { at: 'ü' } },
        { type: 'tool', id: 'toolu_2', name: 'list', input: {} },
      ],
      usage: { input_tokens: 10, cache_read_input_tokens: 200, cache_creation_input_tokens: 30, output_tokens: 44 },
    });
    const { events, error } = await b.reply();
    expect(error).to.equal(undefined);
    const counted = { requestTokens: 240, cachedTokens: 200, cacheWriteTokens: 30 };
    expect(joined(events)).to.deep.equal([
      { type: 'usage', usage: { ...counted, responseTokens: 1 } },
      { type: 'start', part: 'thinking' },
      { type: 'delta', text: 'Hm, two of them.' },
      { type: 'signature', signature: 'c2ln' },
      { type: 'start', part: 'thinking', redacted: 'aGlkZGVu' },
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'Looking – ä😀.' },
      { type: 'start', part: 'tool_call', id: 'toolu_1', name: 'look' },
      { type: 'delta', text: '{"at":"ü"}' },
      { type: 'start', part: 'tool_call', id: 'toolu_2', name: 'list' },
      { type: 'delta', text: '{}' },
      { type: 'usage', usage: { ...counted, responseTokens: 44 } },
      { type: 'done', reason: 'tools' },
    ]);
  });

  it('goes on with its own thinking, calls and results so that the server accepts them', async () => {
    const tools = [
      {
        name: 'write_file',
        description: 'Writes',
        parameters: Type.Object({ file_path: Type.String(), content: Type.String() }),
      },
    ];
    const { events } = await b.reply({ messages: [user('write a.txt b.txt')], tools });
    const history = [user('write a.txt b.txt'), asMessage(events, model), results(events), user('and thanks')];
    expect((await b.reply({ messages: history, tools })).error).to.equal(undefined);
    expect(b.sim.rejected).to.deep.equal([]);
    const { messages } = sentBody(b.sim);
    expect(
      messages.map(({ role, content }) => [role, content.map((block) => (block as { type: string }).type)]),
    ).to.deep.equal([
      ['user', ['text']],
      ['assistant', ['thinking', 'text', 'tool_use', 'tool_use']],
      ['user', ['tool_result', 'tool_result', 'text']],
    ]);
  });

  it('drops the thinking of another model, says so once, and is accepted', async () => {
    const { events } = await b.reply({ messages: [user('long 5')], model: 'claude-sonnet-5-5' });
    const foreign = { ...asMessage(events, 'claude-sonnet-5-5') };
    const thought = { v: 1, type: 'thinking', text: 'x', signature: 'other' } as const;
    const first = { ...foreign, parts: [thought, ...foreign.parts] };
    const { error } = await b.reply({ messages: [user('long 5'), first, user('more')] });
    expect(error).to.equal(undefined);
    expect(b.notices.map(([code]) => code)).to.deep.equal(['thinking.dropped']);
    const own = { ...first, model, parts: [text('own')] };
    await b.reply({ messages: [user('long 5'), first, user('more'), own, user('and more')] });
    expect(b.notices).to.have.length(1);
  });

  it('takes the form of the reference once a value is refused, tells of it, and keeps to that for the origin', async () => {
    b.sim.refusedBetas.add('messages-2023-12-15');
    const { error } = await b.reply();
    expect(error).to.be.instanceOf(ProviderError).and.to.include({ kind: 'bad_request', fallback: true, status: 400 });
    expect(b.notices.map(([code]) => code)).to.deep.equal(['wire.fallback']);
    expect(b.notices[0]![1]).to.include('"messages-2023-12-15" in the header anthropic-beta').and.include('"llxprt"');
    for (let turn = 0; turn < 2; turn += 1) expect((await b.reply()).error).to.equal(undefined);
    expect(b.notices).to.have.length(1);
    const agents = b.sim.requests.map(({ headers }) => headers.find(([name]) => name === 'User-Agent')?.[1]);
    expect(agents).to.deep.equal(['llxprt/1.0', 'Anthropic/JS 0.55.1', 'Anthropic/JS 0.55.1']);
  });

  it('with an account speaks the form of the reference, lists tools under its prefix, and calls them by their own name', async () => {
    const tools = [{ name: 'look', description: 'Looks', parameters: Type.Object({}) }];
    b.sim.play({ steps: [{ type: 'tool', id: 'toolu_1', name: 'llxprt_look', input: {} }] });
    const { events, error } = await b.reply({ credential: account(), tools });
    expect(error).to.equal(undefined);
    expect(events.find(({ type }) => type === 'start')).to.include({ part: 'tool_call', name: 'look' });
    const { headers } = b.sim.requests[0]!;
    expect(headers.map(([name]) => name).slice(0, 4)).to.deep.equal([
      'Accept',
      'Authorization',
      'Content-Type',
      'User-Agent',
    ]);
    expect(Object.fromEntries(headers)).to.include({
      Authorization: 'Bearer sk-ant-oat-example',
      'User-Agent': 'llxprt/1.0',
    });
  });

  it('counts the tokens of a request without generating anything, with a key and with an account', async () => {
    for (const each of [credential(), account()]) {
      const request = b.request({ messages: [user('How long is this?')], credential: each });
      expect(await b.provider.countTokens(request)).to.be.greaterThan(3);
      const { path, body } = b.sim.requests.at(-1)!;
      expect(path).to.equal('/v1/messages/count_tokens');
      expect(JSON.parse(body.toString())).not.to.have.any.keys('max_tokens', 'stream');
    }
  });

  it('counts in the form of the reference, too, once a value is refused', async () => {
    b.sim.refusedBetas.add('messages-2023-12-15');
    const error = await b.provider.countTokens(b.request()).catch((cause: unknown) => cause);
    expect(error).to.include({ fallback: true });
    expect(await b.provider.countTokens(b.request())).to.be.greaterThan(0);
    expect((await b.reply()).error).to.equal(undefined);
  });

  it('proves a key or an account with a list of one model', async () => {
    for (const each of [credential(), account()]) {
      expect(await b.provider.verify(each, { send: b.request().send })).to.deep.equal({});
      expect(b.sim.requests.at(-1)!.path).to.equal('/v1/models?limit=1');
    }
    b.sim.fault({ type: 'status', status: 401 });
    const error = await b.provider.verify(credential(), { send: b.request().send }).catch((cause: unknown) => cause);
    expect(error).to.include({ kind: 'auth' });
  });

  it('explains that an account is not served here, and neither tries again nor asks to sign in', async () => {
    const message = 'This credential is only authorized for use with another application.';
    for (const status of [400, 401, 403]) {
      b.sim.fault({ type: 'status', status, message });
      const { error } = await b.reply({ credential: account() });
      expect(error).to.include({ kind: 'refused', permanent: true, fallback: false });
      expect((error as Error).message).to.contain('API key');
    }
    expect(b.notices).to.deep.equal([]);
  });

  it('is accepted with its own history under each profile, with a key and with an account', async () => {
    const tools = [{ name: 'list', description: 'Lists', parameters: Type.Object({}) }];
    for (const profile of ['prd', 'llxprt', 'llxprt-0.9'] as const)
      for (const each of [credential(), account()]) {
        const own = await bench('', { wireProfile: { apiKey: profile, oauth: profile } });
        const listed = profile !== 'prd' && each.kind === 'oauth' ? 'llxprt_list' : 'list';
        own.sim.play({
          steps: [
            { type: 'thinking', text: 'Hm.' },
            { type: 'tool', name: listed, input: {} },
          ],
        });
        const { events } = await own.reply({ tools, credential: each });
        const history = [user('hello'), asMessage(events, model), results(events)];
        expect((await own.reply({ tools, credential: each, messages: history })).error).to.equal(undefined);
        expect(own.sim.rejected, `${profile}, ${each.kind}`).to.deep.equal([]);
        await own.close();
      }
  });

  it('5.2: tells what a reply cost so far, also when it is cut', async () => {
    b.sim.play({ steps: [{ type: 'text', text: 'x'.repeat(500) }], usage: { input_tokens: 77, output_tokens: 9 } });
    b.sim.fault({ type: 'cut', at: 900 });
    const { events, error } = await b.reply();
    expect(error).to.include({ kind: 'interrupted' });
    expect(events[0]).to.have.nested.property('usage.requestTokens', 77);
  });

  it('does not try again for a 400 about anything else', async () => {
    b.sim.fault({ type: 'status', status: 400, message: 'messages: text content blocks must be non-empty' });
    expect((await b.reply()).error).to.include({ kind: 'bad_request', fallback: false });
    expect(b.notices).to.deep.equal([]);
  });

  it('asks for a key before it sends anything', async () => {
    const { error } = await b.reply({ credential: undefined });
    expect(error).to.include({ kind: 'auth' });
    expect((error as Error).message).to.contain('ANTHROPIC_API_KEY');
    expect(b.sim.requests).to.deep.equal([]);
  });

  it('keeps a key out of its errors although the server repeats it', async () => {
    b.sim.fault({ type: 'status', status: 401, message: 'no such key: sk-ant-test-key' });
    const { error } = await b.reply();
    expect((error as Error).message)
      .to.contain('<secret>')
      .and.not.contain('sk-ant-test-key');
  });

  it('keeps a key out of its errors in the middle of an answer, too', async () => {
    const message = 'I heard sk-ant-test-key';
    b.sim.fault({ type: 'error_event', at: 3, message });
    const event = (await b.reply()).error as Error;
    const answer = { status: 200, headers: [['content-type', 'application/json']] as const };
    const body = JSON.stringify({ error: { type: 'api_error', message } });
    const send = async () => ({
      ...answer,
      body: (async function* () {
        yield Buffer.from(body);
      })(),
    });
    const page = (await b.reply({ send })).error as Error;
    for (const error of [event, page]) expect(error.message).to.contain('I heard <secret>');
  });

  it('V5: is done at the terminal event although the socket stays open', async () => {
    b.sim.holds.arm('end');
    const { events, error } = await b.reply();
    expect(error).to.equal(undefined);
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'stop' });
    await b.sim.holds.reached('end');
    expect(b.sim.requests[0]!.state).to.equal('open');
  });

  it('stops at the next word when it is told to', async () => {
    const stop = new AbortController();
    b.sim.holds.arm('delta:3');
    const events: string[] = [];
    const reading = (async () => {
      for await (const event of b.provider.stream(b.request({ signal: stop.signal, messages: [user('long 50')] })))
        events.push(event.type);
    })();
    await b.sim.holds.reached('delta:3');
    stop.abort();
    expect(await reading.catch((error: unknown) => error)).to.include({ kind: 'interrupted' });
    expect(events).not.to.include('done');
  });

  for (const [fault, kind] of [
    [{ type: 'error_event', at: 3 }, 'overloaded'],
    [{ type: 'error_event', at: 3, error_type: 'invalid_request_error', message: 'prompt is too long' }, 'too_long'],
    [{ type: 'malformed', at: 3 }, 'malformed'],
    [{ type: 'huge_line', at: 3, bytes: 5 * 1024 * 1024 }, 'malformed'],
    [{ type: 'reset' }, 'network'],
    [{ type: 'cut', at: 0 }, 'interrupted'],
  ] as const)
    it(`says ${kind} for ${JSON.stringify(fault)}`, async () => {
      b.sim.fault(fault);
      const { events, error } = await b.reply();
      expect(error).to.be.instanceOf(ProviderError).and.to.include({ kind });
      expect(events.some(({ type }) => type === 'done')).to.equal(false);
    });

  it('reaches a gateway under the path of its base URL', async () => {
    const gateway = await bench('/gateway/');
    const { error } = await gateway.reply();
    expect(error).to.include({ kind: 'not_found' });
    expect(gateway.sim.requests[0]!.path).to.equal('/gateway/v1/messages');
    await gateway.close();
  });

  it('calls an answer that is no stream malformed, and says what it holds', async () => {
    const answer = (type: string, words: string) => async () => ({
      status: 200,
      headers: type ? [['content-type', type] as const] : [],
      body: (async function* () {
        yield Buffer.from(words);
      })(),
    });
    const page = await collect(b.provider.stream(b.request({ send: answer('text/html', '<h1>Sign in</h1>') })));
    expect(page.error).to.include({ kind: 'malformed' });
    expect((page.error as Error).message).to.contain('text/html');
    const json = '{"type":"error","error":{"type":"api_error","message":"gone"}}';
    const error = await collect(b.provider.stream(b.request({ send: answer('', json) })));
    expect((error.error as Error).message)
      .to.contain('no content type')
      .and.contain('gone');
  });

  it('lists built-in models, asks the server when told to, says when that fails and keeps what it had', async () => {
    const signal = new AbortController().signal;
    const built = await b.provider.models({ signal, refresh: false });
    expect(built.map(({ id }) => id)).to.include(model);
    expect(built.find(({ id }) => id === model)).to.deep.equal({
      id: model,
      label: 'Claude Opus 5.5',
      contextTokens: 1_000_000,
      outputTokens: 128_000,
      capabilities: { images: true, files: true, thinking: true, tools: true },
    });
    expect(await b.provider.models({ signal, refresh: true })).to.deep.equal(built);
    const asked = await b.provider.models({ signal, refresh: true, credential: credential() });
    expect(asked.map(({ id }) => id)).to.include('claude-haiku-4-5-20251001');
    expect(b.sim.requests[0]!.path).to.equal('/v1/models?limit=1000');
    b.sim.fault({ type: 'status', status: 500 });
    const failed = b.provider.models({ signal, refresh: true, credential: credential() });
    expect(await failed.catch((cause: unknown) => cause)).to.include({ kind: 'unavailable' });
    expect(await b.provider.models({ signal, refresh: false })).to.deep.equal(asked);
  });
});

/** A reply as the engine stores it. */
function asMessage(events: Awaited<ReturnType<Bench['reply']>>['events'], by: string): ModelMessage {
  const parts: Part[] = [];
  let json = '';
  for (const event of joined(events)) {
    if (event.type === 'start' && event.part === 'tool_call')
      parts.push({ v: 1, type: 'tool_call', id: event.id, name: event.name, args: {} });
    if (event.type === 'start' && event.part !== 'tool_call') parts.push({ v: 1, type: event.part, text: '' });
    const last = parts.at(-1);
    if (event.type === 'delta' && last?.type === 'tool_call') {
      json = event.text;
      last.args = JSON.parse(json);
    }
    if (event.type === 'delta' && (last?.type === 'text' || last?.type === 'thinking')) last.text += event.text;
    if (event.type === 'signature' && last?.type === 'thinking') last.signature = event.signature;
  }
  return { role: 'assistant', parts, provider: 'anthropic', model: by };
}

function results(events: Awaited<ReturnType<Bench['reply']>>['events']): ModelMessage {
  const parts = asMessage(events, model).parts.flatMap((part): Part[] =>
    part.type === 'tool_call'
      ? [
          {
            v: 1,
            type: 'tool_result',
            call_id: part.id,
            name: part.name,
            is_error: false,
            outcome: 'succeeded',
            content: [text('ok')],
            duration_ms: 1,
          },
        ]
      : [],
  );
  return { role: 'tool', parts, provider: null, model: null };
}
