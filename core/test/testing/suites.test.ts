import { AssertionError } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Type } from 'typebox';
import { MaestroError, ProviderError, type ProviderErrorKind } from '../../src/errors.js';
import type { ModelEvent, ModelRequest, Provider } from '../../src/extension/provider.js';
import {
  describeProvider,
  type ProviderHarness,
  providerChecks,
  type Situation,
} from '../../src/testing/provider-suite.js';
import { describeTool, type ToolHarness, toolChecks } from '../../src/testing/tool-suite.js';

// The suites are tested by a provider and a tool that keep the contract, and by ones that break it in one point each.

const refusals: Partial<Record<Situation, [status: number, kind: ProviderErrorKind]>> = {
  auth: [401, 'auth'],
  rate_limit: [429, 'rate_limit'],
  overloaded: [529, 'overloaded'],
  bad_request: [400, 'bad_request'],
};
const everything: Situation[] = ['text', 'tool_call', 'cut', 'held', 'auth', 'rate_limit', 'overloaded', 'bad_request'];

/** A server that answers with our events as JSON lines. */
async function openServer() {
  let situation: Situation = 'text';
  let seen = 0;
  const server: Server = createServer((request, response) => {
    seen++;
    request.resume();
    const refusal = refusals[situation];
    if (refusal) return response.writeHead(refusal[0], { 'retry-after': '2' }).end();
    const line = (event: ModelEvent) => response.write(`${JSON.stringify(event)}\n`);
    if (situation === 'tool_call') {
      line({ type: 'start', part: 'tool_call', id: 'c1', name: 'look' });
      line({ type: 'delta', text: '{"at":"sky"}' });
      line({ type: 'done', reason: 'tools' });
      return response.end();
    }
    line({ type: 'start', part: 'text' });
    line({ type: 'delta', text: 'hello' });
    if (situation === 'held') return;
    if (situation === 'text') line({ type: 'done', reason: 'stop' });
    response.end();
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
  | 'says done when it was stopped';

async function openHarness(flaw?: Flaw): Promise<ProviderHarness> {
  const server = await openServer();
  const provider: Provider = {
    id: 'lines',
    label: 'Lines',
    auth: [],
    models: async () => (flaw === 'has no models' ? [] : [{ id: 'm', label: 'M', contextTokens: 10 }]),
    stream: (request) => streamLines(server.origin, request, flaw),
  };
  return { provider, request: { model: 'm' }, play: server.play, seen: server.seen, close: server.close };
}

async function* streamLines(origin: string, request: ModelRequest, flaw?: Flaw): AsyncGenerator<ModelEvent> {
  try {
    if (flaw === 'goes around send') await fetch(origin, { method: 'POST' });
    const profile = { id: 'lines/none/plain', method: 'POST' as const, path: '/', headers: [] };
    const prepared = { profile, origin, slots: {}, body: Buffer.from('{}') };
    const { status, headers, body } = await request.send(prepared);
    if (flaw === 'sends twice') await request.send(prepared);
    if (status !== 200) throw refusal(status, headers, flaw);
    let isDone = false;
    if (flaw === 'gives deltas without a part') yield { type: 'delta', text: 'lost' };
    for await (const chunk of body) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        const event = JSON.parse(line) as ModelEvent;
        isDone = event.type === 'done';
        if (flaw === 'says nothing' && event.type === 'delta') continue;
        yield flaw === 'gives broken arguments' && event.type === 'delta' ? { type: 'delta', text: '{"at":' } : event;
      }
    }
    if (flaw === 'takes a cut answer for complete' && !isDone) yield { type: 'done', reason: 'stop' };
    else if (flaw === 'says done twice') yield { type: 'done', reason: 'stop' };
    else if (!isDone) throw new ProviderError('interrupted', 'the answer was cut');
  } catch (error) {
    if (flaw === 'throws a plain error') throw new Error('oh');
    if (flaw === 'says done when it was stopped' && request.signal.aborted) yield { type: 'done', reason: 'stop' };
    else throw error;
  }
}

function refusal(status: number, headers: readonly (readonly [string, string])[], flaw?: Flaw): ProviderError {
  const kind = Object.values(refusals).find(([code]) => code === status)?.[1] ?? 'malformed';
  const wait = Number(headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1]) * 1000;
  const known = flaw === 'names every failure network' ? 'network' : kind;
  return new ProviderError(known, 'refused', flaw === 'forgets how long to wait' ? {} : { retryAfterMs: wait });
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
  };
  for (const [flaw, title] of Object.entries(caught) as [Flaw, string][]) {
    it(`catches a provider that ${flaw}`, async () => {
      expect(await failing(providerChecks, () => openHarness(flaw))).to.include(title);
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
