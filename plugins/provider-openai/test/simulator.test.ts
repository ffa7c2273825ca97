import { Http, type ModelEvent, type ModelMessage, type ModelRequest, type Part, text } from '@maestro/core';
import { describeProvider, type Situation } from '@maestro/core/testing';
import { type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { Type } from 'typebox';
import { OpenAiProvider } from '../src/provider.js';
import { bench, collect, config, keyed, signedIn, user } from './support.js';

const ways = [
  { name: 'over the Responses API', api: 'responses', model: 'gpt-6-sol', credential: keyed(), cannot: [] },
  { name: 'over Chat Completions', api: 'chat', model: 'gpt-4o', credential: keyed(), cannot: ['thinking', 'count'] },
  {
    name: 'with a ChatGPT account',
    api: 'auto',
    model: 'gpt-6-sol',
    credential: signedIn(),
    cannot: ['count', 'models'],
  },
] as const;

const look = { type: 'tool', name: 'look', input: { at: 'it' } } as const;
const hello = { type: 'text', text: 'Hello to you, and to all.' } as const;

function play(sim: ProviderSim, situation: Situation): void {
  const refuse = (status: number, more: object = {}) => sim.fault({ type: 'status', status, ...more });
  const plays: Partial<Record<Situation, () => void>> = {
    text: () => sim.play({ steps: [hello] }),
    tool_call: () => sim.play({ steps: [look] }),
    parallel_calls: () => sim.play({ steps: [look, { ...look, name: 'list' }] }),
    thinking: () => sim.play({ steps: [{ type: 'thinking', text: 'Hm.' }, hello] }),
    cut: () => sim.fault({ type: 'cut', at: 700 }),
    held: () => sim.holds.arm('delta:2'),
    error_event: () => sim.fault({ type: 'error_event', at: 3 }),
    auth: () => refuse(401),
    rate_limit: () => refuse(429, { retry_after: '2', error_type: 'requests' }),
    quota: () => refuse(429, { error_type: 'insufficient_quota' }),
    overloaded: () => refuse(503),
    unavailable: () => refuse(500),
    not_found: () => refuse(404, { message: 'The model does not exist', details: { code: 'model_not_found' } }),
    too_long: () => refuse(400, { details: { code: 'context_length_exceeded' } }),
    bad_request: () => refuse(400),
    key_echo: () => refuse(401, { message: 'Wrong: sk-test-key-1234, access-token-1, account-1' }),
  };
  plays[situation]?.();
}

const situations: readonly Situation[] = [
  'text',
  'tool_call',
  'parallel_calls',
  'thinking',
  'usage',
  'cut',
  'held',
  'error_event',
  'auth',
  'rate_limit',
  'quota',
  'overloaded',
  'unavailable',
  'not_found',
  'too_long',
  'bad_request',
  'key_echo',
  'count',
  'models',
  'verify',
];

for (const { name, api, model, credential, cannot } of ways) {
  const start = async () => {
    const sim = await startProviderSim({ seed: 'openai' });
    const http = new Http();
    const provider = new OpenAiProvider({
      config: config({ api, baseUrl: sim.url, chatgptUrl: sim.url }),
      http: () => http,
    });
    const close = async () => {
      await http.close();
      await sim.close();
    };
    return { sim, http, provider, close };
  };

  describeProvider(`openai ${name}, at the simulator`, {
    situations: situations.filter((each) => !(cannot as readonly string[]).includes(each)),
    async open() {
      const { sim, provider, close } = await start();
      return {
        provider,
        request: { model, credential, effort: model === 'gpt-4o' ? null : 'high' },
        seen: () => sim.requests.length,
        play: (situation) => play(sim, situation),
        close,
      };
    },
  });

  describe(`a conversation ${name}`, () => {
    let open: Awaited<ReturnType<typeof start>>;
    beforeEach(async () => {
      open = await start();
    });
    afterEach(() => open.close());

    const ask = (messages: ModelMessage[], notices: string[] = [], webSearch = false) => {
      const { http, provider } = open;
      const signal = AbortSignal.timeout(5000);
      const request: ModelRequest = {
        model,
        system: 'Be brief.',
        maxTokens: null,
        webSearch,
        messages,
        tools: (webSearch ? [] : ['look', 'list']).map((tool) => ({
          name: tool,
          description: tool,
          parameters: Type.Object({ at: Type.Optional(Type.String()) }),
        })),
        credential,
        sessionId: 's',
        conversationId: '00000000-0000-4000-8000-000000000001',
        turnId: 't',
        effort: model === 'gpt-4o' ? null : 'high',
        workingDirectory: '/',
        signal,
        send: (prepared) => http.send(http.render(prepared), { signal }),
        blob: async () => PNG,
        notice: (code) => void notices.push(code),
      };
      return collect(provider.stream(request));
    };

    it('searches the web where its API does, and tells the pages it rests on', async () => {
      const isAble = api !== 'chat';
      expect(open.provider.searchesWeb(model, credential)).to.equal(isAble);
      if (!isAble) return;
      const { events, error } = await ask([user('weather')], [], true);
      expect(error).to.equal(undefined);
      const sources = events.flatMap((event) => (event.type === 'source' ? [event.url] : []));
      expect(sources.map((url) => new URL(url).hostname)).to.deep.equal(['first.example', 'second.example']);
      expect(open.sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
      await ask([user('hello')]);
      expect(open.sim.requests.map(({ body }) => body.includes('web_search'))).to.deep.equal([true, false]);
    });

    it('goes on over parallel calls, a failure, an image and its own thinking, and no rule is broken', async () => {
      const { sim } = open;
      const first: Reply = {
        steps: [{ type: 'thinking', text: 'Two.' }, hello, look, { ...look, name: 'list', input: {} }],
      };
      sim.play(first, { steps: [hello] }, { steps: [hello] });
      const image: Part = { v: 1, type: 'image', media_type: 'image/png', blob: 'a' };
      const asked = { ...user('look'), parts: [text('look'), image] };
      const calls = await ask([asked]);
      expect(calls.error).to.equal(undefined);
      const reply = asMessage(calls.events, model);
      const messages = [asked, reply, resultsOf(reply, image)];
      const second = await ask(messages);
      expect(second.error).to.equal(undefined);
      expect(second.events.at(-1)).to.deep.equal({ type: 'done', reason: 'stop' });
      const third = await ask([...messages, asMessage(second.events, model), user('again')]);
      expect([third.error, sim.rejected]).to.deep.equal([undefined, []]);
    });

    it('takes over the history of another provider, and tells what it does not show', async () => {
      const notices: string[] = [];
      const id = 'toolu/of another:kind';
      const theirs: ModelMessage = {
        role: 'assistant',
        parts: [
          { v: 1, type: 'thinking', text: 'Secret thought.', signature: 'c2ln' },
          { v: 1, type: 'tool_call', id, name: 'look', args: { at: 'x' } },
          { v: 1, type: 'tool_call', id: `${id}2`, name: 'look', args: { $invalid: '{"at":' } },
        ],
        provider: 'anthropic',
        model: 'claude-opus-5-5',
      };
      const { error } = await ask([user('look'), theirs, resultsOf(theirs)], notices);
      expect([error, open.sim.rejected]).to.deep.equal([undefined, []]);
      expect(notices).to.include('thinking.dropped');
      expect(open.sim.requests[0]!.body.toString()).to.not.contain('Secret thought');
    });
  });
}

describe('every wire profile', () => {
  for (const name of ['prd', 'llxprt', 'llxprt-0.9', 'llxprt-vercel'] as const)
    for (const api of ['responses', 'chat'] as const)
      it(`is understood by the server: ${name} over ${api}`, async () => {
        const sim = await startProviderSim({ seed: 'profiles' });
        const started = await bench({ baseUrl: sim.url, api, wireProfile: { apiKey: name } });
        sim.play({ steps: [look] }, { steps: [hello] });
        const given = { model: 'gpt-4.1', tools: [tool] };
        const first = await started.reply(given);
        const reply = asMessage(first.events, 'gpt-4.1');
        const { error } = await started.reply({ ...given, messages: [user('look'), reply, resultsOf(reply)] });
        expect([first.error, error, sim.rejected]).to.deep.equal([undefined, undefined, []]);
        await started.close();
        await sim.close();
      });

  it('1.11: prd gives way to the reference where a server knows no such beta', async () => {
    const sim = await startProviderSim({ seed: 'profiles', refusedBetas: ['assistants v2'] });
    const started = await bench({ baseUrl: sim.url });
    expect((await started.reply()).error).to.include({ fallback: true });
    expect((await started.reply()).error).to.equal(undefined);
    expect(started.notices.map(([code]) => code)).to.deep.equal(['wire.fallback']);
    await started.close();
    await sim.close();
  });
});

const tool = { name: 'look', description: 'Looks.', parameters: Type.Object({ at: Type.String() }) };

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** A reply as it stands in a history. */
function asMessage(events: readonly ModelEvent[], model: string): ModelMessage {
  const parts: Part[] = [];
  let json = '';
  const parsed = () => {
    const last = parts.at(-1);
    if (last?.type === 'tool_call') last.args = JSON.parse(json || '{}');
    json = '';
  };
  for (const event of events) {
    const last = parts.at(-1);
    if (event.type === 'start' || event.type === 'done') parsed();
    if (event.type === 'start' && event.part === 'tool_call')
      parts.push({ v: 1, type: 'tool_call', id: event.id, name: event.name, args: {} });
    if (event.type === 'start' && event.part !== 'tool_call') parts.push({ v: 1, type: event.part, text: '' });
    if (event.type === 'delta' && last?.type === 'tool_call') json += event.text;
    if (event.type === 'delta' && (last?.type === 'text' || last?.type === 'thinking')) last.text += event.text;
    if (event.type === 'signature' && last?.type === 'thinking') last.signature = event.signature;
  }
  return { role: 'assistant', parts, provider: 'openai', model };
}

/** One that went well, with what is given, and others that failed. */
function resultsOf({ parts }: ModelMessage, ...more: Part[]): ModelMessage {
  const results = parts
    .filter((part) => part.type === 'tool_call')
    .map(({ id, name }, index) => ({
      v: 1 as const,
      type: 'tool_result' as const,
      call_id: id,
      name,
      is_error: index > 0,
      outcome: index > 0 ? ('failed' as const) : ('succeeded' as const),
      content: index > 0 ? [] : [text('one'), ...more.filter((part) => part.type === 'image')],
      duration_ms: 1,
    }));
  return { role: 'tool', parts: results, provider: null, model: null };
}
