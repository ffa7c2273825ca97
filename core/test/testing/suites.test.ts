import { AssertionError } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Type } from 'typebox';
import { MaestroError, ProviderError, type ProviderErrorKind } from '../../src/errors.js';
import type { Credential, ModelEvent, ModelRequest, Provider } from '../../src/extension/provider.js';
import { Secret } from '../../src/secret.js';
import {
  describeProvider,
  type ProviderHarness,
  providerChecks,
  type Situation,
} from '../../src/testing/provider-suite.js';
import { describeTool, type ToolHarness, toolChecks } from '../../src/testing/tool-suite.js';
import type { WireProfile } from '../../src/wire/profile.js';

// The suites are tested by a provider and a tool that keep the contract, and by ones that break it in one point each.

const refusals: Partial<Record<Situation, [status: number, kind: ProviderErrorKind]>> = {
  auth: [401, 'auth'],
  rate_limit: [429, 'rate_limit'],
  overloaded: [529, 'overloaded'],
  bad_request: [400, 'bad_request'],
  quota: [402, 'quota'],
  unavailable: [500, 'unavailable'],
  too_long: [413, 'too_long'],
  not_found: [404, 'not_found'],
  key_echo: [403, 'auth'],
};
const key = 'lines-secret-key';
const signature = 'a proof "of" thinking';
const everything: Situation[] = [
  ...(['text', 'tool_call', 'cut', 'held', 'auth', 'rate_limit', 'overloaded', 'bad_request', 'quota'] as const),
  ...(['unavailable', 'too_long', 'not_found', 'error_event', 'key_echo', 'open_end', 'parallel_calls'] as const),
  ...(['thinking', 'usage', 'image', 'count', 'models', 'verify'] as const),
];

const saying: ModelEvent[] = [
  { type: 'start', part: 'text' },
  { type: 'delta', text: 'hello' },
];
const calling = (id: string): ModelEvent[] => [
  { type: 'start', part: 'tool_call', id, name: 'look' },
  { type: 'delta', text: '{"at":"sky"}' },
];
const answers: Partial<Record<Situation, ModelEvent[]>> = {
  tool_call: [...calling('c1'), { type: 'done', reason: 'tools' }],
  parallel_calls: [...calling('c1'), ...calling('c2'), { type: 'done', reason: 'tools' }],
  thinking: [
    { type: 'start', part: 'thinking' },
    { type: 'delta', text: 'hm' },
    { type: 'signature', signature },
    ...saying,
    { type: 'done', reason: 'stop' },
  ],
  usage: [
    ...saying,
    { type: 'usage', usage: { requestTokens: 10, responseTokens: 2, cachedTokens: 4 } },
    { type: 'done', reason: 'stop' },
  ],
  held: saying,
  cut: saying,
};

/** A server that answers with our events as JSON lines. */
async function openServer() {
  let situation: Situation = 'text';
  let seen = 0;
  const server: Server = createServer((request, response) => {
    seen++;
    request.resume();
    const refusal = refusals[situation];
    if (refusal) return response.writeHead(refusal[0], { 'retry-after': '2' }).end();
    for (const event of answers[situation] ?? saying) response.write(`${JSON.stringify(event)}\n`);
    if (situation === 'error_event') response.write('{"error":"busy"}\n');
    if (!answers[situation] && situation !== 'error_event') response.write('{"type":"done","reason":"stop"}\n');
    if (situation !== 'held' && situation !== 'open_end') response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const play = (next: Situation) => {
    situation = next;
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, play, seen: () => seen, close };
}

type Flaw =
  | 'takes a cut answer for complete'
  | 'goes around send'
  | 'sends twice'
  | 'names every failure network'
  | 'forgets how long to wait'
  | 'throws a plain error'
  | 'says done twice'
  | 'says nothing'
  | 'gives deltas without a part'
  | 'gives broken arguments'
  | 'has no models'
  | 'says done when it was stopped'
  | 'waits for the end of the connection'
  | 'takes an error inside an answer for text'
  | 'repeats the key'
  | 'names all calls alike'
  | 'forgets what proves its thinking'
  | 'tells everybody what proves its thinking'
  | 'counts no tokens'
  | 'counts more cached than read'
  | 'leaves out images'
  | 'asks no server for its models'
  | 'proves every credential'
  | 'has a reference request that goes elsewhere';

const secrets = { api_key: new Secret(key) };
const credential: Credential = { id: 'k', provider: 'lines', method: 'lines/key', kind: 'api_key', secrets };
const profile: WireProfile = { id: 'lines/none/plain', method: 'POST', path: '/', headers: [] };

async function openHarness(flaw?: Flaw): Promise<ProviderHarness> {
  const server = await openServer();
  const { origin } = server;
  const provider: Provider = {
    id: 'lines',
    label: 'Lines',
    auth: ['lines/key'],
    async models({ refresh }) {
      if (refresh && flaw !== 'asks no server for its models') await fetch(origin);
      return flaw === 'has no models' ? [] : [{ id: 'm', label: 'M', contextTokens: 10 }];
    },
    stream: (request) => streamLines(origin, request, flaw),
    async countTokens({ send }) {
      await send({ profile, origin, slots: {}, body: Buffer.from('{}') });
      return 7;
    },
    async verify(_, { send }) {
      const { status, headers } = await send({ profile, origin, slots: {}, body: Buffer.from('{}') });
      if (status !== 200 && flaw !== 'proves every credential') throw refusal(status, headers, flaw);
      return {};
    },
    wire: [
      {
        profile,
        reference: { app: 'reference', version: '1' },
        origin: 'https://lines.example',
        samples: (example) => [
          {
            profile,
            origin: flaw === 'has a reference request that goes elsewhere' ? 'https://lines.example' : example.origin,
            slots: {},
            body: Buffer.from('{}'),
          },
        ],
      },
    ],
  };
  const { play, seen, close } = server;
  return { provider, request: { model: 'm', credential }, play, seen, close };
}

/** What is asked, as JSON, with the bytes of its images. */
async function bodyOf({ messages, model, blob }: ModelRequest, flaw?: Flaw): Promise<Buffer> {
  const parts = messages.flatMap((message) =>
    message.parts.map(async (part) => {
      if (part.type === 'image' && flaw !== 'leaves out images') return (await blob(part.blob)).toString('base64');
      if (part.type !== 'thinking' || flaw === 'forgets what proves its thinking') return { type: part.type };
      const isOwn = message.provider === 'lines' && message.model === model;
      return isOwn || flaw === 'tells everybody what proves its thinking' ? part : { type: 'text', text: part.text };
    }),
  );
  return Buffer.from(JSON.stringify(await Promise.all(parts)));
}

async function* streamLines(origin: string, request: ModelRequest, flaw?: Flaw): AsyncGenerator<ModelEvent> {
  try {
    if (flaw === 'goes around send') await fetch(origin, { method: 'POST' });
    const prepared = { profile, origin, slots: {}, body: await bodyOf(request, flaw) };
    const { status, headers, body } = await request.send(prepared);
    if (flaw === 'sends twice') await request.send(prepared);
    if (status !== 200) throw refusal(status, headers, flaw);
    let isDone = false;
    if (flaw === 'gives deltas without a part') yield { type: 'delta', text: 'lost' };
    for await (const chunk of body) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        const event = flawed(JSON.parse(line) as ModelEvent | { error: string }, flaw);
        if (!event) continue;
        if ('error' in event) throw new ProviderError('overloaded', event.error);
        isDone = event.type === 'done';
        if (flaw === 'waits for the end of the connection' && isDone) continue;
        yield event;
        if (isDone && flaw !== 'says done twice') return;
      }
    }
    if (flaw === 'waits for the end of the connection' && isDone) yield { type: 'done', reason: 'stop' };
    else if (flaw === 'takes a cut answer for complete' && !isDone) yield { type: 'done', reason: 'stop' };
    else if (flaw === 'says done twice') yield { type: 'done', reason: 'stop' };
    else if (!isDone) throw new ProviderError('interrupted', 'the answer was cut');
  } catch (error) {
    if (flaw === 'throws a plain error') throw new Error('oh');
    if (flaw === 'says done when it was stopped' && request.signal.aborted) yield { type: 'done', reason: 'stop' };
    else throw error;
  }
}

function flawed(event: ModelEvent | { error: string }, flaw?: Flaw): ModelEvent | { error: string } | null {
  if ('error' in event) return flaw === 'takes an error inside an answer for text' ? null : event;
  if (event.type === 'delta' && flaw === 'says nothing') return null;
  if (event.type === 'delta' && flaw === 'gives broken arguments') return { type: 'delta', text: '{"at":' };
  if (event.type === 'start' && event.part === 'tool_call' && flaw === 'names all calls alike')
    return { ...event, id: 'c' };
  if (event.type !== 'usage') return event;
  if (flaw === 'counts no tokens') return null;
  return flaw === 'counts more cached than read' ? { ...event, usage: { ...event.usage, cachedTokens: 99 } } : event;
}

function refusal(status: number, headers: readonly (readonly [string, string])[], flaw?: Flaw): ProviderError {
  const kind = Object.values(refusals).find(([code]) => code === status)?.[1] ?? 'malformed';
  const wait = Number(headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1]) * 1000;
  const known = flaw === 'names every failure network' ? 'network' : kind;
  const cause = flaw === 'repeats the key' ? { words: `no such key: ${key}` } : undefined;
  return new ProviderError(known, 'refused', flaw === 'forgets how long to wait' ? {} : { retryAfterMs: wait, cause });
}

/** Titles of the checks that fail. */
async function failing<H extends { close(): void | Promise<void> }>(
  checks: readonly { title: string; run(harness: H): Promise<void> }[],
  open: () => Promise<H>,
): Promise<string[]> {
  const failed: string[] = [];
  for (const { title, run } of checks) {
    const harness = await open();
    try {
      await run(harness);
    } catch (error) {
      if (!(error instanceof AssertionError || error instanceof SyntaxError)) throw error;
      failed.push(title);
    } finally {
      await harness.close();
    }
  }
  return failed;
}

describeProvider('that keeps the contract', { situations: everything, open: openHarness });
describeProvider('that plays one situation only', { situations: ['text'], open: openHarness });

const thinkingTitle = 'gives its thinking back to its server with the proof it came with, and to no other model';
const countingTitle = 'counts what was read and written, and no part is more than the whole';

describe('describeProvider', () => {
  const caught: Record<Flaw, string> = {
    'takes a cut answer for complete': 'does not take an answer that was cut for a complete one',
    'goes around send': 'gives text and ends with one `done`',
    'sends twice': 'gives text and ends with one `done`',
    'names every failure network': 'names a refused key',
    'forgets how long to wait': 'names too many requests and passes on how long to wait',
    'throws a plain error': 'names a request that was refused',
    'says done twice': 'gives text and ends with one `done`',
    'says nothing': 'gives text and ends with one `done`',
    'gives deltas without a part': 'gives text and ends with one `done`',
    'gives broken arguments':
      'gives a tool call with an id, a name and arguments in JSON, and says that it stopped for it',
    'has no models': 'has an id, a label and models, also without a network',
    'says done when it was stopped': 'stops when it is told to, in the middle of an answer',
    'waits for the end of the connection': 'is done at the end mark, whatever the server does with the connection (V5)',
    'takes an error inside an answer for text': 'sees an error inside an answer that began well',
    'repeats the key': 'keeps the key out of its errors although the server repeats it',
    'names all calls alike': 'tells calls of one reply apart, and hands their results back so that the server goes on',
    'forgets what proves its thinking': thinkingTitle,
    'tells everybody what proves its thinking': thinkingTitle,
    'counts no tokens': countingTitle,
    'counts more cached than read': countingTitle,
    'leaves out images': 'sends the bytes of an image',
    'asks no server for its models': 'lists the models of its server when told to ask',
    'proves every credential': 'says of a credential that does not work that it is refused',
    'has a reference request that goes elsewhere':
      'has requests after reference applications that can be written, if it has any',
  };
  for (const [flaw, title] of Object.entries(caught) as [Flaw, string][]) {
    it(`catches a provider that ${flaw}`, async () => {
      const checks = providerChecks.filter((check) => check.title === title);
      expect(await failing(checks, () => openHarness(flaw))).to.deep.equal([title]);
    });
  }
});

const goodTool = {
  id: 'measure',
  title: 'Measure',
  description: 'Measures something.',
  parameters: Type.Object({ length: Type.Number() }),
  effects: 'read' as const,
  retry: 'safe' as 'safe' | 'never',
  async run({ length }: { length: number }) {
    if (length < 0) return { content: [{ v: 1 as const, type: 'text' as const, text: 'no' }], is_error: true };
    return { content: [{ v: 1 as const, type: 'text' as const, text: String(length) }] };
  },
};
const toolHarness = (change: object = {}): ToolHarness => ({
  tool: { ...goodTool, ...change } as ToolHarness['tool'],
  workingDirectory: process.cwd(),
  good: { length: 2 },
  failing: { length: -1 },
  unfit: [{}, { length: 'long' }],
  close: () => undefined,
});

describeTool('that keeps the contract', async () => toolHarness());
describeTool('that may not run again and cannot fail', async () => ({
  ...toolHarness({
    retry: 'never',
    run: async () => ({ content: [{ v: 1, type: 'text', text: `${Math.random()}` }] }),
  }),
  failing: undefined,
}));
describeTool('that throws what the model shall read', async () =>
  toolHarness({
    async run({ length }: { length: number }) {
      if (length < 0) throw new MaestroError('path.outside', 'no');
      return { content: [{ v: 1, type: 'text', text: 'yes' }] };
    },
  }),
);

describe('describeTool', () => {
  let runs = 0;
  const flaws: Record<string, [change: object, title: string]> = {
    'has a name no model may use': [{ id: 'a b' }, 'describes itself to people and models'],
    'does not say what it is for': [{ description: ' ' }, 'describes itself to people and models'],
    'takes anything': [
      { parameters: Type.Object({}) },
      'has parameters that are a JSON schema of an object and survive JSON',
    ],
    'gives no part': [{ run: async () => ({ content: [] }) }, 'gives parts that can be stored and shown'],
    'gives parts without a version': [
      { run: async () => ({ content: [{ type: 'text', text: 'x' }] }) },
      'gives parts that can be stored and shown',
    ],
    'gives what JSON changes': [
      { run: async () => ({ content: [{ v: 1, type: 'text', text: 'x', at: new Date(0) }] }) },
      'gives parts that can be stored and shown',
    ],
    'succeeds where it must fail': [
      { run: async () => ({ content: [{ v: 1, type: 'text', text: 'fine' }] }) },
      'tells the model what went wrong instead of breaking',
    ],
    'is not safe to run again': [
      { run: async () => ({ content: [{ v: 1, type: 'text', text: `${++runs}` }] }) },
      'may be run again where it says so',
    ],
  };
  for (const [flaw, [change, title]] of Object.entries(flaws)) {
    it(`catches a tool that ${flaw}`, async () => {
      expect(await failing(toolChecks, async () => toolHarness(change))).to.include(title);
    });
  }
});
