import {
  type Credential,
  Http,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  ProviderError,
  Secret,
  text,
} from '@maestro/core';
import { describeProvider } from '@maestro/core/testing';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { Type } from 'typebox';
import { codeAssistOf, GeminiProvider } from '../src/provider.js';
import { SignIn } from '../src/sign-in.js';
import { asMessage, call, collect, keyCredential, reply, result, results, settings, think, user } from './support.js';

const token = (project = 'sim-project-1'): Credential => ({
  id: '1',
  provider: 'gemini',
  method: 'gemini/oauth',
  kind: 'oauth',
  secrets: { access_token: new Secret('ya29-sim-token'), project: new Secret(project) },
});

const tools: ModelRequest['tools'] = [
  {
    name: 'write_file',
    description: 'Writes',
    parameters: Type.Object({ file_path: Type.String(), content: Type.String() }),
  },
];

/** The provider against the simulator, over the real wire. */
async function bench(change: object = {}) {
  const sim = await startProviderSim({ seed: 'gemini' });
  const http = new Http();
  const oauth = { tokenInfoUrl: `${sim.url}/tokeninfo`, userInfoUrl: `${sim.url}/oauth2/v2/userinfo` };
  const config = settings({ baseUrl: sim.url, codeAssistUrl: sim.url, oauth, ...change });
  const codeAssist = { ...codeAssistOf(config, undefined), pollMs: 1 };
  const provider = new GeminiProvider({ config, codeAssist, http: () => http });
  const signIn = new SignIn({ config: config.oauth, codeAssist });
  const { signal } = new AbortController();
  const send: ModelRequest['send'] = (prepared) => http.send(http.render(prepared), { signal });
  const ask = (asked: Partial<ModelRequest> = {}) =>
    collect(
      provider.stream({
        model: 'gemini-2.5-flash',
        system: 'Be brief.',
        messages: [user('hello')],
        tools: [],
        credential: keyCredential(),
        sessionId: 's',
        conversationId: '00000000-0000-4000-8000-000000000001',
        turnId: '00000000-0000-4000-8000-000000000002',
        effort: null,
        maxTokens: null,
        blob: () => Promise.resolve(Buffer.from('bytes')),
        workingDirectory: '/',
        send,
        notice: () => undefined,
        signal,
        ...asked,
      }),
    );
  const prepare = () => signIn.prepare({ access_token: new Secret('ya29-sim-token') }, { send, signal });
  const close = async () => {
    await http.close();
    await sim.close();
  };
  return { sim, provider, ask, prepare, send, signal, close };
}

for (const [name, model, credential] of [
  ['gemini with a key', 'gemini-2.5-flash', keyCredential()],
  ['gemini 3 with a key', 'gemini-3.8-flash', keyCredential()],
  ['gemini through Code Assist', 'gemini-2.5-flash', token()],
] as const)
  describeProvider(name, {
    situations: ['text', 'tool_call', 'cut', 'held', 'auth', 'rate_limit', 'overloaded', 'bad_request'],
    async open() {
      const { sim, provider, close } = await bench();
      return {
        provider,
        request: { model, credential },
        seen: () => sim.requests.length,
        close,
        play(situation) {
          if (situation === 'tool_call') sim.play({ steps: [{ type: 'tool', name: 'look', input: { at: 'it' } }] });
          if (situation === 'cut') sim.fault({ type: 'cut', at: 300 });
          if (situation === 'held') sim.holds.arm('delta:2');
          if (situation === 'auth') sim.fault({ type: 'status', status: 401 });
          if (situation === 'rate_limit') sim.fault({ type: 'status', status: 429, retry_after: '2' });
          if (situation === 'overloaded') sim.fault({ type: 'status', status: 503 });
          if (situation === 'bad_request') sim.fault({ type: 'status', status: 400 });
        },
      };
    },
  });

describe('a conversation with Gemini', () => {
  for (const profile of ['gemini-cli', 'llxprt', 'llxprt-0.9'] as const)
    for (const model of ['gemini-2.5-pro', 'gemini-3.8-flash'])
      for (const auth of ['key', 'account'] as const) {
        const oauth = profile === 'llxprt' ? 'gemini-cli' : profile;
        it(`goes on after parallel calls: ${model}, ${auth}, ${profile}`, async () => {
          const b = await bench({ wireProfile: { apiKey: profile, oauth } });
          const common = { model, tools, credential: auth === 'key' ? keyCredential() : token() };
          const first = await b.ask({ ...common, messages: [user('write a.txt b.txt')] });
          expect(first.error).to.equal(undefined);
          const history = [user('write a.txt b.txt'), asMessage(first.events, model), answers(first.events, model)];
          const second = await b.ask({ ...common, messages: history });
          expect([second.error, words(second.events)]).to.deep.equal([undefined, 'Finished: 2 done. seen | seen']);
          const third = await b.ask({ ...common, messages: [...history, asMessage(second.events, model), user('so')] });
          expect([third.error, words(third.events)]).to.deep.equal([undefined, 'You said: so']);
          expect(b.sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
          await b.close();
        });
      }

  for (const credential of [keyCredential(), token()])
    it(`searches the web where it is asked to, and tells the pages it rests on, with ${credential.kind}`, async () => {
      const b = await bench();
      const { events, error } = await b.ask({ credential, webSearch: true, messages: [user('weather')] });
      expect([error, words(events)]).to.deep.equal([undefined, 'Found 2 pages on: weather']);
      const sources = events.flatMap((event) => (event.type === 'source' ? [event] : []));
      expect(sources.map(({ url, title }) => [new URL(url).hostname, title])).to.deep.equal([
        ['first.example', 'The first page on weather'],
        ['second.example', 'The second page on weather'],
      ]);
      await b.ask({ credential });
      expect(b.sim.requests.slice(-2).map(({ body }) => body.includes('googleSearch'))).to.deep.equal([true, false]);
      await b.close();
    });

  const foreign = (provider: string, model: string): ModelMessage[] => [
    user('look'),
    reply([think('Hm', 'not-of-gemini'), text('I look.'), call('toolu_1'), call('toolu_2')], model, provider),
    results(result('toolu_1'), result('toolu_2', { is_error: true, outcome: 'failed', content: [text('no')] })),
  ];

  for (const credential of [keyCredential(), token()])
    it(`takes over from others in the middle of a turn, with ${credential.kind}`, async () => {
      const b = await bench();
      for (const [provider, by] of [
        ['anthropic', 'claude-opus-5-5'],
        ['gemini', 'gemini-2.5-pro'],
      ] as const)
        for (const model of ['gemini-2.5-flash', 'gemini-3.8-flash']) {
          const { error } = await b.ask({ model, tools, credential, messages: foreign(provider, by) });
          expect(error, `${by} to ${model}`).to.equal(undefined);
        }
      expect(b.sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
      await b.close();
    });

  it('shows pictures and documents, of a person and of a tool', async () => {
    const b = await bench();
    const image = { v: 1, type: 'image', media_type: 'image/png', blob: 'a' } as const;
    const pdf = { v: 1, type: 'file', name: 'a.pdf', media_type: 'application/pdf', blob: 'b' } as const;
    const messages = [
      user('see', image, pdf),
      reply([call('x')], 'm', 'other'),
      results(result('x', { content: [image] })),
    ];
    for (const model of ['gemini-2.5-flash', 'gemini-3.8-flash'])
      expect((await b.ask({ model, messages })).error).to.equal(undefined);
    expect(b.sim.rejected).to.deep.equal([]);
    await b.close();
  });

  it('5.2: counts what the simulator says it used', async () => {
    const b = await bench();
    const usage = {
      input_tokens: 100,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 0,
      output_tokens: 50,
      reasoning_tokens: 20,
      tool_input_tokens: 7,
    };
    for (const credential of [keyCredential(), token()]) {
      b.sim.play({
        steps: [
          { type: 'thinking', text: 'Hm' },
          { type: 'text', text: 'So.' },
        ],
        usage,
      });
      const { events } = await b.ask({ credential });
      expect(events.filter(({ type }) => type === 'usage').at(-1)).to.deep.equal({
        type: 'usage',
        usage: { requestTokens: 147, responseTokens: 50, cachedTokens: 40, reasoningTokens: 20 },
      });
    }
    await b.close();
  });

  it('V5: is done at the last event although the socket stays open', async () => {
    const b = await bench();
    b.sim.holds.arm('end');
    const { events, error } = await b.ask();
    expect([error, events.at(-1)]).to.deep.equal([undefined, { type: 'done', reason: 'stop' }]);
    await b.sim.holds.reached('end');
    await b.close();
  });

  for (const [fault, kind] of [
    [{ type: 'error_event', at: 2 }, 'overloaded'],
    [{ type: 'malformed', at: 1 }, 'malformed'],
    [{ type: 'huge_line', at: 1, bytes: 5 * 1024 * 1024 }, 'malformed'],
    [{ type: 'reset' }, 'network'],
    [{ type: 'cut', at: 0 }, 'interrupted'],
    [{ type: 'status', status: 429, error_type: 'DAILY_QUOTA' }, 'quota'],
    [{ type: 'status', status: 500 }, 'unavailable'],
    [{ type: 'status', status: 404 }, 'not_found'],
  ] as const)
    it(`V1: says ${kind} for ${JSON.stringify(fault)}`, async () => {
      const b = await bench();
      for (const credential of [keyCredential(), token()]) {
        b.sim.fault(fault);
        const { events, error } = await b.ask({ credential });
        expect(error).to.be.instanceOf(ProviderError).and.to.include({ kind });
        expect(events.some(({ type }) => type === 'done')).to.equal(false);
      }
      await b.close();
    });

  it('names a wrong key, and a history that is too long', async () => {
    const b = await bench();
    expect((await b.ask({ credential: keyCredential('invalid-key') })).error).to.include({ kind: 'auth', status: 400 });
    const long = user('x'.repeat(5_000_000));
    expect((await b.ask({ messages: [long] })).error).to.include({ kind: 'too_long' });
    await b.close();
  });

  it('lists models, counts tokens and proves credentials', async () => {
    const b = await bench();
    const { signal, send } = b;
    const models = await b.provider.models({ signal, refresh: true, credential: keyCredential() });
    expect(models.map(({ id }) => id))
      .to.include('gemini-3.8-flash')
      .and.not.include('gemini-embedding-001');
    const { sim, provider } = b;
    const request = { ...countRequest, send, signal };
    for (const [credential, system, messages] of [
      [keyCredential(), '', [user('12345678')]],
      [keyCredential(), 'Be brief.', [user('12345678')]],
      [token(), 'Be brief.', [user('12345678')]],
    ] as const)
      expect(await provider.countTokens({ ...request, credential, system, messages, tools })).to.be.greaterThan(2);
    expect(await provider.verify(keyCredential(), { send, signal })).to.deep.equal({});
    expect((await provider.verify(token(), { send, signal })).note).to.contain('75 % left');
    expect(sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
    await b.close();
  });
});

describe('an account at Code Assist', () => {
  let b: Awaited<ReturnType<typeof bench>>;
  let sim: ProviderSim;
  beforeEach(async () => {
    b = await bench();
    sim = b.sim;
  });
  afterEach(() => b.close());

  it('that is known gives its project', async () => {
    const { secrets, account } = await b.prepare();
    expect([secrets.project?.use((value) => value), account]).to.deep.equal(['sim-project-1', 'ada@example.com']);
    expect(sim.rejected).to.deep.equal([]);
  });

  it('that is new is set up, and asked for until it is', async () => {
    Object.assign(sim.google, { tier: null, onboardingLooks: 3 });
    expect((await b.prepare()).secrets.project?.use((value) => value)).to.equal('sim-project-1');
    expect(sim.requests.filter(({ path }) => path.includes('/operations/'))).to.have.length(3);
    expect(sim.rejected).to.deep.equal([]);
  });

  it('that is private is told to use a key, for good', async () => {
    Object.assign(sim.google, { tier: null, isIneligible: true });
    const error = await b.prepare().catch((cause: unknown) => cause);
    expect(error).to.include({ kind: 'refused', permanent: true });
    expect((error as Error).message)
      .to.contain('no longer supported')
      .and.contain('API key');
    const verified = await b.provider.verify(token(), b).catch((cause: unknown) => cause);
    expect(verified).to.include({ kind: 'refused', permanent: true });
  });
});

const countRequest = {
  model: 'gemini-2.5-flash',
  sessionId: 's',
  conversationId: '00000000-0000-4000-8000-000000000001',
  turnId: '00000000-0000-4000-8000-000000000002',
  effort: null,
  maxTokens: null,
  blob: () => Promise.reject(new Error('there are no images')),
  workingDirectory: '/',
  notice: () => undefined,
};

const answers = (events: readonly ModelEvent[], by: string): ModelMessage =>
  results(
    ...asMessage(events, by).parts.flatMap((part) =>
      part.type === 'tool_call' ? [result(part.id, { name: part.name })] : [],
    ),
  );

const words = (events: readonly ModelEvent[]): string =>
  asMessage(events, '')
    .parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('');
