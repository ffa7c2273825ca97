import { Http, type ModelEvent, type ModelRequest, ProviderError, text } from '@maestro/core';
import { describeProvider } from '@maestro/core/testing';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { Config, type LocalConfig, type ServerConfig } from '../src/config.js';
import { LocalProvider } from '../src/provider.js';
import { type Fake, startFake } from './fake-server.js';
import { fakes } from './fakes.js';

type Kind = keyof typeof fakes;
const kinds = Object.keys(fakes) as Kind[];
const aModel: Readonly<Record<Kind, string>> = {
  ollama: 'qwen3:8b',
  'llama.cpp': '/models/gpt-oss-20b.gguf',
  lmstudio: 'meta/llama-3.1-8b',
  vllm: 'Qwen/Qwen3-32B',
};

/** The provider with these servers. */
function provide(...servers: Partial<ServerConfig>[]) {
  const http = new Http();
  const said: [level: string, message: string][] = [];
  const log = {
    debug: (message: string) => void said.push(['debug', message]),
    warn: (message: string) => void said.push(['warn', message]),
  };
  const config = Value.Default(Config, { servers }) as LocalConfig;
  const provider = new LocalProvider({ config, http: () => http, log });
  const list = (refresh = true) => provider.models({ signal: AbortSignal.timeout(5000), refresh });
  const ask = async (model: string, change: Partial<ModelRequest> = {}) => {
    const signal = AbortSignal.timeout(5000);
    const request: ModelRequest = {
      model,
      system: 'Be brief.',
      messages: [{ role: 'user', parts: [text('hello')], provider: null, model: null }],
      tools: [],
      credential: undefined,
      sessionId: 's',
      conversationId: 'c',
      turnId: 't',
      effort: null,
      maxTokens: null,
      blob: () => Promise.reject(new Error('there are no images')),
      workingDirectory: '/',
      notice: () => undefined,
      signal,
      send: (prepared) => http.send(http.render(prepared), { signal }),
      ...change,
    };
    const events: ModelEvent[] = [];
    try {
      for await (const event of provider.stream(request)) events.push(event);
      return { events, error: undefined };
    } catch (error) {
      return { events, error: error as ProviderError };
    }
  };
  return { provider, list, ask, said, close: () => http.close() };
}

for (const kind of kinds)
  describeProvider(`local, with ${kind}`, {
    situations: [
      'text',
      'tool_call',
      'cut',
      'held',
      'auth',
      'rate_limit',
      'overloaded',
      'bad_request',
      'usage',
      'models',
      'parallel_calls',
      'image',
    ],
    async open() {
      const fake = await startFake(fakes[kind]);
      const { provider, close } = provide({ name: kind, url: fake.url, kind });
      return {
        provider,
        request: { model: `${kind}/${aModel[kind]}` },
        play: fake.play,
        seen: () => fake.seen.length,
        close: async () => {
          await close();
          await fake.close();
        },
      };
    },
  });

describe('the provider of local models', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  const begin = async (fake: Fake) => {
    const started = await startFake(fake);
    open.push(started);
    return started;
  };
  const local = (...servers: Partial<ServerConfig>[]) => {
    const provided = provide(...servers);
    open.push(provided);
    return provided;
  };

  it('lists the models of all four kinds with their windows, in the order of the settings', async () => {
    const servers = await Promise.all(
      kinds.map(async (kind) => ({ name: kind, kind, url: (await begin(fakes[kind])).url })),
    );
    expect(await local(...servers).list()).to.deep.equal([
      {
        id: 'ollama/qwen3:8b',
        label: 'qwen3:8b',
        contextTokens: 8192,
        capabilities: { images: false, thinking: true, tools: true },
      },
      {
        id: 'ollama/gemma3:4b',
        label: 'gemma3:4b',
        contextTokens: 131_072,
        capabilities: { images: true, thinking: false, tools: false },
      },
      {
        id: 'llama.cpp//models/gpt-oss-20b.gguf',
        label: 'gpt-oss-20b.gguf',
        contextTokens: 16_384,
        capabilities: { images: false },
      },
      { id: 'lmstudio/qwen2-vl-7b', label: 'qwen2-vl-7b', contextTokens: 32_768, capabilities: { images: true } },
      {
        id: 'lmstudio/meta/llama-3.1-8b',
        label: 'meta/llama-3.1-8b',
        contextTokens: 4096,
        capabilities: { images: false, tools: true },
      },
      { id: 'vllm/Qwen/Qwen3-32B', label: 'Qwen/Qwen3-32B', contextTokens: 40_960 },
    ]);
  });

  it('asks each server for its own name of a model, with thinking told apart', async () => {
    const fake = await begin(fakes.vllm);
    const { events } = await local({ name: 'gpu', url: `${fake.url}/proxy`, kind: 'vllm' }).ask('gpu/Qwen/Qwen3-32B');
    expect(fake.seen.map(({ path }) => path)).to.deep.equal(['/proxy/v1/chat/completions']);
    expect(fake.seen[0]?.headers).not.to.have.property('authorization');
    expect(fake.seen[0]?.body).to.deep.equal({
      model: 'Qwen/Qwen3-32B',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hello' },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(events.flatMap((event) => (event.type === 'start' ? [event.part] : []))).to.deep.equal(['thinking', 'text']);
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'stop' });
  });

  it('says nothing of servers that are not there, or are something else', async () => {
    const page = await begin({ ...fakes.vllm, routes: {} });
    const closed = { url: 'http://127.0.0.1:1' };
    const { list, said } = local(...kinds.map((kind) => ({ name: kind, kind, ...closed })), {
      name: 'page',
      url: page.url,
    });
    const began = performance.now();
    expect(await list()).to.deep.equal([]);
    expect(performance.now() - began).to.be.lessThan(2000);
    expect(said.map(([level]) => level)).to.deep.equal(Array(5).fill('debug'));
  });

  it('lists what answers although another server hangs', async () => {
    const good = await begin(fakes.ollama);
    const hung = await begin({ ...fakes.vllm, routes: { 'GET /v1/models': 'hang' } });
    const { list } = local({ name: 'a', url: good.url, kind: 'ollama' }, { name: 'b', url: hung.url, kind: 'vllm' });
    expect(await list()).to.have.length(2);
    expect(hung.seen).to.have.length(1);
  });

  it('keeps its list until it is told to ask again', async () => {
    const fake = await begin(fakes.vllm);
    const { list } = local({ name: 'vllm', url: fake.url, kind: 'vllm' });
    await list(false);
    await list(false);
    expect(fake.seen).to.have.length(1);
    await list();
    expect(fake.seen).to.have.length(2);
  });

  it('takes what an older server does not tell as not known', async () => {
    const noDetails = {
      'GET /api/tags': { models: [{ name: 'old' }, {}] },
      'GET /v1/models': { data: [{ id: 'one' }, { id: 'two' }] },
      'GET /props': { default_generation_settings: { n_ctx: 4096 } },
    };
    const fake = await begin({ ...fakes.ollama, routes: noDetails });
    const { list } = local(
      { name: 'ollama', url: fake.url, kind: 'ollama' },
      { name: 'cpp', url: fake.url, kind: 'llama.cpp' },
      { name: 'any', url: fake.url },
    );
    expect((await list()).map(({ id, contextTokens }) => [id, contextTokens])).to.deep.equal([
      ['ollama/old', null],
      ['cpp/one', null],
      ['cpp/two', null],
      ['any/one', null],
      ['any/two', null],
    ]);
  });

  it('sends the key of a server that wants one, and never shows it', async () => {
    const repeats = (_: number, message: string) => ({ error: { message: `${message}: sk-local-secret` } });
    const fake = await begin({ ...fakes.vllm, error: repeats });
    const { ask, list } = local({ name: 'vllm', url: fake.url, kind: 'vllm', apiKey: 'sk-local-secret' });
    await list();
    fake.play('auth');
    const { error } = await ask('vllm/x');
    expect(fake.seen.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer sk-local-secret',
      'Bearer sk-local-secret',
    ]);
    expect(error?.message).to.contain('Invalid API Key: <secret>').and.to.contain('apiKey');
  });

  it('warns of a server that wants a key it does not have', async () => {
    const fake = await begin({ ...fakes.vllm, routes: { 'GET /v1/models': 401 } });
    const { list, said } = local({ name: 'vllm', url: fake.url, kind: 'vllm' });
    expect(await list()).to.deep.equal([]);
    expect(said).to.deep.equal([['warn', `vllm (${fake.url}) wants a key: set its apiKey`]]);
  });

  it('names the server and what to do when it fails', async () => {
    const fake = await begin(fakes['llama.cpp']);
    const { ask } = local(
      { name: 'cpp', url: fake.url, kind: 'llama.cpp' },
      { name: 'gone', url: 'http://127.0.0.1:1' },
    );
    fake.play('overloaded');
    const loading = await ask('cpp/x');
    expect(loading.error).to.be.instanceOf(ProviderError);
    expect(loading.error?.message).to.equal(
      `cpp (${fake.url}) answered 503: Loading model; wait until it has loaded its model or finished what it does`,
    );
    const gone = await ask('gone/x');
    expect(gone.error).to.have.property('kind', 'network');
    expect(gone.error?.message).to.equal(
      'gone (http://127.0.0.1:1) refuses connections; start it, or correct its url in the settings of @maestro/provider-local',
    );
    for (const model of ['llama3', 'lmstudio/x', 'cpp']) {
      const { error } = await ask(model);
      expect(error).to.have.property('kind', 'not_found');
      expect(error?.message).to.contain('cpp/..., gone/...');
    }
  });

  it('does not take a page for an answer', async () => {
    const fake = await begin(fakes.vllm);
    const { ask } = local({ name: 'vllm', url: fake.url, kind: 'vllm' });
    const send: ModelRequest['send'] = async () => ({
      status: 200,
      headers: [['content-type', 'text/html']],
      body: (async function* () {
        yield Buffer.from('<html>');
      })(),
    });
    const { error } = await ask('vllm/x', { send });
    expect(error).to.have.property('kind', 'malformed');
    expect(error?.message).not.to.contain('OpenAI');
  });
});
