import { ProviderError, Secret } from '@maestro/core';
import { expect } from 'chai';
import {
  asMessage,
  bench,
  fixture,
  keyCredential,
  model,
  oauthCredential,
  result,
  results,
  stream,
  user,
} from './support.js';

const error = (code: number, status: string, message: string) => ({ error: { code, status, message } });
const at = (headers: string[], name: string) => headers[headers.indexOf(name) + 1];

describe('the Gemini provider', () => {
  it('1.12: asks the API with a key, in the shape of gemini-cli', async () => {
    const b = await bench({}, stream(fixture('text')));
    const { events, error: none } = await b.ask();
    expect([none, events.at(-1)]).to.deep.equal([undefined, { type: 'done', reason: 'stop' }]);
    const [seen] = b.seen;
    expect(seen!.path).to.equal(`/v1beta/models/${model}:streamGenerateContent?alt=sse`);
    expect(seen!.headers.filter((_, index) => index % 2 === 0)).to.deep.equal([
      'host',
      'connection',
      'User-Agent',
      'x-goog-api-client',
      'Content-Type',
      'x-goog-api-key',
      'accept',
      'accept-language',
      'sec-fetch-mode',
      'accept-encoding',
      'content-length',
    ]);
    expect(at(seen!.headers, 'User-Agent')).to.equal(`GeminiCLI-tui/0.61.0/${model} (linux; x64; terminal)`);
    expect(at(seen!.headers, 'x-goog-api-key')).to.equal('AIza-test-key');
    expect(Object.keys(seen!.body)).to.deep.equal(['contents', 'systemInstruction', 'generationConfig']);
    await b.close();
  });

  it('sends the installation and the key as a bearer where the settings say so', async () => {
    const installationId = '01234567-89ab-4cde-8f01-23456789abcd';
    const b = await bench({ installationId, keyAsBearer: true }, stream(fixture('text')));
    await b.ask();
    const { headers } = b.seen[0]!;
    expect(at(headers, 'Authorization')).to.equal('Bearer AIza-test-key');
    expect(at(headers, 'x-gemini-api-privileged-user-id')).to.equal(installationId);
    await b.close();
  });

  it('1.8: asks Code Assist with a token, with the project that was found or is set', async () => {
    const b = await bench({}, stream(fixture('code-assist-calls')));
    const { events } = await b.ask({ credential: oauthCredential() });
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'tools' });
    const [seen] = b.seen;
    expect(seen!.path).to.equal('/v1internal:streamGenerateContent?alt=sse');
    expect(at(seen!.headers, 'authorization')).to.equal('Bearer ya29-test-token');
    expect(seen!.headers.slice(-4).filter((_, index) => index % 2 === 0)).to.deep.equal(['Host', 'Connection']);
    expect(seen!.body).to.include({ model, project: 'kept-project' });
    await b.close();
    const other = await bench({ project: 'mine' }, stream(fixture('code-assist-text')));
    await other.ask({ credential: oauthCredential() });
    expect(other.seen[0]!.body).to.include({ project: 'mine' });
    await other.close();
  });

  it('writes as the profile of the settings has it', async () => {
    const b = await bench({ wireProfile: { apiKey: 'llxprt', oauth: 'llxprt-0.9' } }, stream(fixture('text')));
    await b.ask();
    await b.ask({ credential: oauthCredential() });
    const [key, oauth] = b.seen;
    expect(at(key!.headers, 'User-Agent')).to.equal('LLxprt-Code/0.11.0 (linux; x64)');
    expect(key!.headers.at(-2)).to.equal('Content-Length');
    expect(Object.keys(key!.body)).to.deep.equal(['contents', 'generationConfig']);
    expect(oauth!.body.user_prompt_id).to.match(/^oauth-session:[0-9a-f-]{36}:[a-z0-9]+$/);
    await b.close();
  });

  it('goes on with its own thinking, calls and results', async () => {
    const b = await bench({}, stream(fixture('calls')), stream(fixture('text')));
    const { events } = await b.ask();
    const message = asMessage(events, model);
    const answers = message.parts.flatMap((part) =>
      part.type === 'tool_call' ? [result(part.id, { name: part.name })] : [],
    );
    await b.ask({ messages: [user('hello'), message, results(...answers)] });
    const { contents } = b.seen[1]!.body as { contents: { role: string; parts: Record<string, unknown>[] }[] };
    expect(contents.map(({ role }) => role)).to.deep.equal(['user', 'model', 'user']);
    const [first, second] = contents[1]!.parts;
    expect(first).to.deep.include({ thoughtSignature: 'c2lnbmF0dXJl' });
    expect(second).to.have.all.keys('functionCall');
    const ids = [first, second].map((part) => (part!.functionCall as { id: string }).id);
    expect(ids[0]).to.match(/^read_file_\d+_0$/);
    expect(contents[2]!.parts.map((part) => (part.functionResponse as { id: string }).id)).to.deep.equal(ids);
    await b.close();
  });

  it('gives no two calls one id, however fast replies follow each other', async () => {
    const b = await bench({}, stream(fixture('calls')));
    const all = await Promise.all([b.ask(), b.ask(), b.ask()]);
    const ids = all.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'start' && event.part === 'tool_call' ? [event.id] : [])),
    );
    expect(new Set(ids).size).to.equal(6);
    await b.close();
  });

  it('takes a model by the name the API lists it under', async () => {
    const b = await bench({}, stream(fixture('text')));
    await b.ask({ model: 'models/gemini-3.8-flash' });
    expect(b.seen[0]!.path).to.contain('/v1beta/models/gemini-3.8-flash:');
    await b.close();
  });

  it('asks for a key before it sends anything', async () => {
    const b = await bench({}, stream(fixture('text')));
    for (const credential of [undefined, { ...keyCredential(), secrets: {} }]) {
      const { error: missing } = await b.ask({ credential });
      expect(missing).to.include({ kind: 'auth' });
      expect((missing as Error).message).to.contain('GEMINI_API_KEY');
    }
    expect(b.seen).to.deep.equal([]);
    await b.close();
  });

  it('keeps key and token out of its errors although the server repeats them', async () => {
    const said = 'no: AIza-test-key ya29-test-token';
    const event = Buffer.from(`data: ${JSON.stringify(error(500, 'INTERNAL', said))}\n\n`);
    for (const answer of [
      { status: 403, body: error(403, 'PERMISSION_DENIED', said) },
      stream(event),
      { body: error(500, 'INTERNAL', said) },
    ]) {
      const b = await bench({}, answer);
      const key = (await b.ask()).error as Error;
      const token = (await b.ask({ credential: oauthCredential() })).error as Error;
      expect(key.message).to.contain('<secret>').and.not.contain('AIza-test-key');
      expect(token.message).to.contain('<secret>').and.not.contain('ya29-test-token');
      await b.close();
    }
  });

  it('calls an answer that is no stream malformed, and says what it is', async () => {
    const b = await bench({}, { type: 'text/html', body: '<h1>Sign in</h1>' });
    const { error: page } = await b.ask();
    expect(page).to.be.instanceOf(ProviderError).and.to.include({ kind: 'malformed' });
    expect((page as Error).message).to.contain('text/html');
    await b.close();
  });

  it('reaches a gateway under the path of its base URL', async () => {
    const b = await bench({}, { status: 404, body: error(404, 'NOT_FOUND', 'x') });
    const gateway = await bench({ baseUrl: `${b.url}/google/`, codeAssistUrl: `${b.url}/assist` }, { body: {} });
    expect((await gateway.ask()).error).to.include({ kind: 'not_found' });
    await gateway.ask({ credential: oauthCredential() });
    expect(b.seen.map(({ path }) => path)).to.deep.equal([
      `/google/v1beta/models/${model}:streamGenerateContent?alt=sse`,
      '/assist/v1internal:streamGenerateContent?alt=sse',
    ]);
    await gateway.close();
    await b.close();
  });

  it('lists built-in models, asks the server for all its pages when told to, and keeps them when that fails', async () => {
    const entry = (name: string, ...supportedGenerationMethods: string[]) => ({
      name: `models/${name}`,
      displayName: name.toUpperCase(),
      inputTokenLimit: 1000,
      outputTokenLimit: 100,
      supportedGenerationMethods,
    });
    const b = await bench(
      {},
      { body: { models: [entry('gemini-9', 'generateContent', 'countTokens')], nextPageToken: 'a b' } },
      { body: { models: [entry('embedding-9', 'embedContent'), entry('gemma-9', 'generateContent')] } },
      { status: 500, body: {} },
    );
    const { signal } = new AbortController();
    const built = await b.provider.models({ signal, refresh: false });
    expect(built.map(({ id }) => id)).to.include(model);
    expect(await b.provider.models({ signal, refresh: true, credential: oauthCredential() })).to.deep.equal(built);
    const asked = await b.provider.models({ signal, refresh: true, credential: keyCredential() });
    expect(asked).to.deep.equal([
      { id: 'gemini-9', label: 'GEMINI-9', contextTokens: 1000, outputTokens: 100, capabilities: { thinking: true } },
      { id: 'gemma-9', label: 'GEMMA-9', contextTokens: 1000, outputTokens: 100, capabilities: { thinking: false } },
    ]);
    expect(b.seen.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'GET /v1beta/models?pageSize=1000',
      'GET /v1beta/models?pageSize=1000&pageToken=a%20b',
    ]);
    const failed = b.provider.models({ signal, refresh: true, credential: keyCredential() });
    expect(await failed.catch((cause: unknown) => cause)).to.include({ kind: 'unavailable' });
    expect(await b.provider.models({ signal, refresh: false })).to.deep.equal(asked);
    await b.close();
  });

  it('has tokens counted by the API and by Code Assist', async () => {
    const b = await bench({}, { body: { totalTokens: 42 } }, { body: { totalTokens: 43 } }, { body: {} });
    const request = () => ({ ...b.request(), send: b.send });
    expect(await b.provider.countTokens(request())).to.equal(42);
    expect(await b.provider.countTokens({ ...request(), credential: oauthCredential() })).to.equal(43);
    expect(await b.provider.countTokens(request()).catch((cause: unknown) => cause)).to.include({ kind: 'malformed' });
    expect(b.seen.map(({ path }) => path)).to.deep.equal([
      `/v1beta/models/${model}:countTokens`,
      '/v1internal:countTokens',
      `/v1beta/models/${model}:countTokens`,
    ]);
    expect(b.seen[1]!.body.request).to.include({ model: `models/${model}` });
    await b.close();
  });

  it('proves a key with the shortest list, and a sign-in with its tier and quota', async () => {
    const tier = { currentTier: { id: 'standard-tier', name: 'Standard' }, cloudaicompanionProject: 'p' };
    const quota = { buckets: [{ modelId: 'gemini-2.5-pro', remainingFraction: 0.5 }] };
    const wrong = { error: { code: 400, message: 'API key not valid.', details: [{ reason: 'API_KEY_INVALID' }] } };
    const b = await bench({}, { body: { models: [] } }, { status: 400, body: wrong }, { body: tier }, { body: quota });
    const options = { send: b.send, signal: new AbortController().signal };
    expect(await b.provider.verify(keyCredential(), options)).to.deep.equal({});
    expect(b.seen[0]!.path).to.equal('/v1beta/models?pageSize=1');
    const refused = await b.provider.verify(keyCredential(), options).catch((cause: unknown) => cause);
    expect(refused).to.include({ kind: 'auth' });
    expect(await b.provider.verify(oauthCredential(), options)).to.deep.equal({
      note: 'Standard; 50 % left for gemini-2.5-pro',
    });
    await b.close();
  });

  it('refuses a header value that holds a line break, before it sends anything', async () => {
    const b = await bench({}, stream(fixture('text')));
    const credential = { ...keyCredential(), secrets: { api_key: new Secret('a\r\nb: c') } };
    expect((await b.ask({ credential })).error).to.include({ kind: 'bad_request' });
    expect(b.seen).to.deep.equal([]);
    await b.close();
  });
});
