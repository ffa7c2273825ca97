import { createHash } from 'node:crypto';
import type { ProviderError } from '@maestro/core';
import { expect } from 'chai';
import { apiOf, targetOf } from '../src/target.js';
import { chatStreams, responsesStreams } from './streams.js';
import { type Bench, bench, config, keyed, type Seen, signedIn } from './support.js';

const refusal = (error: object, status = 400) => ({
  status,
  body: JSON.stringify({ error: { type: 'invalid_request_error', param: null, code: null, ...error } }),
});
const betaRefused = refusal({ message: "Unknown beta requested: 'assistants v2'.", code: 'invalid_beta' });

describe('the provider', () => {
  let open: Bench[] = [];
  const start = async (...given: Parameters<typeof bench>) => {
    const started = await bench(...given);
    open.push(started);
    return started;
  };
  afterEach(async () => {
    await Promise.all(open.map((each) => each.close()));
    open = [];
  });

  it('1.5: sends the headers of the requirements in their order, before them and after them only what HTTP needs', async () => {
    const { reply, seen } = await start({ organization: 'org-1' });
    const { events, error } = await reply();
    expect([error, events.at(-1)]).to.deep.equal([undefined, { type: 'done', reason: 'stop' }]);
    const [request] = seen as [Seen];
    expect(request).to.include({ method: 'POST', path: '/v1/responses' });
    expect(request.headers).to.deep.equal([
      ['host', request.headers[0]![1]],
      ['connection', 'keep-alive'],
      ['Authorization', 'Bearer sk-test-key-1234'],
      ['OpenAI-Organization', 'org-1'],
      ['OpenAI-Beta', 'assistants v2'],
      ['User-Agent', 'llxprt/1.0'],
      ['Accept', 'application/json'],
      ['X-Client-Version', '1.0.0'],
      ['content-type', 'application/json'],
      ['content-length', String(Buffer.byteLength(request.body))],
    ]);
  });

  it('1.5: leaves the organization out where there is none', async () => {
    const { reply, seen } = await start();
    await reply();
    expect(seen[0]!.headers.map(([name]) => name)).to.not.include.members(['OpenAI-Organization', 'OpenAI-Project']);
  });

  it('speaks Chat Completions with servers that are not OpenAI, below any path', async () => {
    const { reply, seen } = await start({ api: 'auto', path: '/openai/api/v1/' }, { body: chatStreams.text! });
    const { events } = await reply();
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'stop' });
    expect(seen[0]!.path).to.equal('/openai/api/v1/chat/completions');
    expect(JSON.parse(seen[0]!.body)).to.not.have.property('prompt_cache_key');
  });

  for (const [baseUrl, path] of [
    ['https://api.openai.com', '/v1/responses'],
    ['https://host/v1', '/v1/responses'],
    ['https://host/gateway/', '/gateway/v1/responses'],
    ['https://host/v1beta/openai', '/v1beta/openai/responses'],
    ['https://host/api/paas/v4', '/api/paas/v4/responses'],
  ] as const)
    it(`reaches ${path} at ${baseUrl}`, () => {
      const profile = { id: 'x', method: 'POST', path: '/v1/responses', headers: [] } as const;
      expect(targetOf(baseUrl).at(profile).path).to.equal(path);
    });

  for (const [baseUrl, model, api] of [
    ['https://api.openai.com', 'gpt-6-sol', 'responses'],
    ['https://eu.api.openai.com/v1', 'o3', 'responses'],
    ['https://api.openai.com', 'gpt-4o', 'chat'],
    ['https://api.openai.com', 'ft:gpt-4.1:acme::1', 'chat'],
    ['https://api.openai.com.evil.example', 'gpt-6-sol', 'chat'],
    ['http://localhost:11434/v1', 'gpt-oss-120b', 'chat'],
  ] as const)
    it(`speaks ${api} for ${model} at ${baseUrl} by itself`, () => {
      expect(apiOf({ api: 'auto', baseUrl }, model)).to.equal(api);
      expect(apiOf({ api: 'responses', baseUrl }, model)).to.equal('responses');
    });

  it('1.11: goes on under the reference profile where a server refuses a header of prd, says so, and remembers', async () => {
    const { reply, seen, notices } = await start({ organization: 'org-1' }, betaRefused, {
      body: responsesStreams.text!,
    });
    const { error } = await reply();
    expect(error).to.include({ kind: 'bad_request', status: 400, fallback: true });
    expect(notices.map(([code]) => code)).to.deep.equal(['wire.fallback']);
    for (let again = 0; again < 2; again += 1) expect((await reply()).error).to.equal(undefined);
    expect(seen).to.have.length(3);
    for (const { headers, body } of seen.slice(1)) {
      expect(JSON.parse(body)).to.include({ store: false });
      expect(headers[0]).to.deep.equal(['Authorization', 'Bearer sk-test-key-1234']);
      expect(headers.map(([name]) => name))
        .to.include('OpenAI-Organization')
        .and.not.include('OpenAI-Beta');
    }
    expect(notices).to.have.length(1);
  });

  it('takes a complaint about anything else for what it is', async () => {
    const { reply, notices } = await start({}, refusal({ message: 'Content-Type must be application/json' }));
    expect((await reply()).error).to.include({ kind: 'bad_request', fallback: false });
    expect(notices).to.deep.equal([]);
  });

  it('does not fall back twice: the second refusal is the answer', async () => {
    const { reply } = await start({}, betaRefused);
    expect((await reply()).error).to.include({ fallback: true });
    expect((await reply()).error).to.include({ fallback: false });
  });

  it('asks for no summaries where the organization may not have them', async () => {
    const unverified = refusal({ message: 'Your organization must be verified', param: 'reasoning.summary' });
    const { reply, seen } = await start({}, unverified, { body: responsesStreams.text! });
    expect((await reply()).error).to.include({ fallback: true });
    expect((await reply()).error).to.equal(undefined);
    expect(JSON.parse(seen[1]!.body)).to.not.have.property('reasoning');
  });

  it('leaves thinking of another account out of a conversation that it spoils', async () => {
    const foreign = refusal({
      message: 'The encrypted content could not be verified.',
      code: 'invalid_encrypted_content',
    });
    const { reply, seen, notices } = await start({}, foreign, { body: responsesStreams.text! });
    const signature = '"id":"rs_1","encrypted_content":"gAAAA"';
    const thought = { v: 1 as const, type: 'thinking' as const, text: '', signature };
    const words = { v: 1 as const, type: 'text' as const, text: 'x' };
    const messages = [
      { role: 'user' as const, parts: [words], provider: null, model: null },
      { role: 'assistant' as const, parts: [thought, words], provider: 'openai', model: 'gpt-5.5' },
      { role: 'user' as const, parts: [words], provider: null, model: null },
    ];
    expect((await reply({ messages })).error).to.include({ fallback: true });
    expect((await reply({ messages })).error).to.equal(undefined);
    expect(seen.map(({ body }) => body.includes('gAAAA'))).to.deep.equal([true, false]);
    expect(notices.map(([code]) => code)).to.deep.equal(['thinking.dropped']);
  });

  it('calls with a ChatGPT account go where those go, and keep nothing there', async () => {
    const { reply, seen } = await start({ api: 'chat', oauth: { originator: 'my-own/2.0' } });
    const { error } = await reply({ credential: signedIn() });
    expect(error).to.equal(undefined);
    const [request] = seen as [Seen];
    expect(request.path).to.equal('/backend-api/codex/responses');
    expect(request.headers.slice(0, 5)).to.deep.equal([
      ['Authorization', 'Bearer access-token-1'],
      ['ChatGPT-Account-ID', 'account-1'],
      ['Content-Type', 'application/json'],
      ['originator', 'my-own/2.0'],
      ['session_id', '00000000-0000-4000-8000-000000000001'],
    ]);
    expect(JSON.parse(request.body)).to.include({ store: false });
    expect(request.body + JSON.stringify(request.headers)).to.not.match(/codex_cli/i);
  });

  it('names another product in nothing it sends by default', () => {
    expect(config().oauth.originator).to.equal('llxprt/1.0');
  });

  it('K1: echoes no key, whatever a server says', async () => {
    const echo = refusal({ message: 'Incorrect API key provided: sk-test-key-1234', code: 'invalid_api_key' }, 401);
    const { reply } = await start({}, echo);
    const { error } = await reply();
    expect(error).to.include({ kind: 'auth', status: 401 });
    expect((error as Error).message).to.not.contain('sk-test-key-1234');
    const inStream = `data: ${JSON.stringify({ type: 'error', message: 'sk-test-key-1234 is wrong' })}\n\n`;
    const other = await start({}, { body: inStream });
    expect(((await other.reply()).error as Error).message)
      .to.contain('<secret>')
      .and.not.contain('sk-test-key-1234');
  });

  it('wants a credential, and says which', async () => {
    const { reply, seen } = await start();
    expect((await reply({ credential: undefined })).error).to.include({ kind: 'auth' });
    const empty = { ...signedIn(), secrets: {} };
    expect(((await reply({ credential: empty })).error as Error).message).to.contain('sign in anew');
    expect(seen).to.have.length(0);
  });

  it('calls an answer malformed that is no stream', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' };
    const whole = { headers: { 'content-type': 'application/json' }, body: '{"error":{"message":"no streams here"}}' };
    const { reply } = await start({}, page, whole);
    expect((await reply()).error).to.include({ kind: 'malformed' });
    const { error } = await reply();
    expect(error).to.include({ kind: 'malformed' });
    expect((error as Error).message).to.contain('no streams here');
  });

  it('sends the images a message has', async () => {
    const png = Buffer.from('png');
    const blob = createHash('sha256').update(png).digest('hex');
    const { reply, seen } = await start();
    const parts = [{ v: 1 as const, type: 'image' as const, media_type: 'image/png', blob }];
    await reply({ messages: [{ role: 'user', parts, provider: null, model: null }], blob: async () => png });
    expect(seen[0]!.body).to.contain(`data:image/png;base64,${png.toString('base64')}`);
  });

  describe('models', () => {
    const signal = new AbortController().signal;
    const list = {
      status: 200,
      body: JSON.stringify({
        object: 'list',
        data: [
          { id: 'gpt-6-sol', object: 'model' },
          { id: 'gpt-4o-realtime-preview', object: 'model' },
          { id: 'text-embedding-3-large', object: 'model' },
          { id: 'whisper-1', object: 'model' },
          { id: 'gpt-image-2', object: 'model' },
          { id: 'local/llama', object: 'model', name: 'Llama', context_length: 8192 },
          { id: 7 },
        ],
      }),
    };

    it('are known without asking, with their sizes', async () => {
      const { provider, seen } = await start();
      const models = await provider.models({ signal, refresh: false });
      expect(models.find(({ id }) => id === 'gpt-6-sol')).to.deep.include({
        label: 'GPT-6 Sol',
        contextTokens: 1_050_000,
        outputTokens: 128_000,
      });
      expect(seen).to.have.length(0);
    });

    it('are asked for anew, those one can talk to', async () => {
      const { provider, seen } = await start({}, list);
      const models = await provider.models({ signal, refresh: true, credential: keyed() });
      expect(models.map(({ id, label, contextTokens }) => [id, label, contextTokens])).to.deep.equal([
        ['gpt-6-sol', 'GPT-6 Sol', 1_050_000],
        ['local/llama', 'Llama', 8192],
      ]);
      expect(seen[0]).to.include({ method: 'GET', path: '/v1/models', body: '' });
      expect(await provider.models({ signal, refresh: false })).to.deep.equal(models);
    });

    it('are the built-in ones when the server could not be asked, which whoever asked is told', async () => {
      const { provider } = await start({}, refusal({ message: 'no' }, 500));
      const failed = provider.models({ signal, refresh: true, credential: keyed() });
      expect(await failed.catch((cause: unknown) => cause)).to.include({ kind: 'unavailable' });
      expect(await provider.models({ signal, refresh: false })).to.have.length.greaterThan(10);
    });

    it('of a ChatGPT account are those it is known to offer, with its window', async () => {
      const { provider, seen } = await start();
      const models = await provider.models({ signal, refresh: true, credential: signedIn() });
      expect(models.every(({ contextTokens }) => contextTokens === 272_000)).to.equal(true);
      expect(models.map(({ id }) => id))
        .to.include('gpt-6-sol')
        .and.not.include('gpt-4o');
      expect(seen).to.have.length(0);
    });
  });

  describe('verification', () => {
    const signal = new AbortController().signal;
    const verify = ({ provider, send }: Bench, credential = keyed()) => provider.verify(credential, { send, signal });

    it('proves a key by the list of models', async () => {
      const started = await start({}, { status: 200, body: '{"object":"list","data":[]}' });
      expect(await verify(started)).to.deep.equal({});
      expect(started.seen[0]).to.include({ method: 'GET', path: '/v1/models' });
    });

    it('fails as a call would', async () => {
      const started = await start({}, refusal({ message: 'no', code: 'invalid_api_key' }, 401));
      const error = await verify(started).then(
        () => undefined,
        (thrown: ProviderError) => thrown,
      );
      expect(error).to.include({ kind: 'auth', status: 401 });
    });

    it('tells what is left of a plan, as far as the server tells it', async () => {
      const usage = { plan_type: 'plus', rate_limit: { primary_window: { used_percent: 12 } } };
      const started = await start({}, { status: 200, body: JSON.stringify(usage) }, { status: 404, body: '{}' });
      expect(await verify(started, signedIn())).to.deep.equal({ note: 'plan "plus", 12 % used' });
      expect((await verify(started, signedIn())).note).to.contain('not checked');
      expect(started.seen[0]!.headers).to.deep.include(['ChatGPT-Account-ID', 'account-1']);
    });
  });

  describe('counting', () => {
    it('asks the Responses API, without generating anything', async () => {
      const body = '{"object":"response.input_tokens","input_tokens":123}';
      const { provider, request, seen } = await start({}, { status: 200, body });
      expect(await provider.countTokens(request())).to.equal(123);
      expect(seen[0]!.path).to.equal('/v1/responses/input_tokens');
      expect(Object.keys(JSON.parse(seen[0]!.body))).to.deep.equal(['model', 'input', 'instructions']);
    });

    it('is not offered over Chat Completions', async () => {
      const { provider, request, seen } = await start({ api: 'chat' });
      const error = await provider.countTokens(request()).then(
        () => undefined,
        (thrown: ProviderError) => thrown,
      );
      expect(error).to.include({ kind: 'not_found' });
      expect(seen).to.have.length(0);
    });
  });
});
