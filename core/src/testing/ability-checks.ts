import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ProviderError } from '../errors.js';
import type { ModelEvent, ModelMessage, TokenUsage, ToolDescription } from '../extension/provider.js';
import type { WireOperation } from '../extension/wire-operation.js';
import { type Part, type ToolCallPart, text } from '../protocol/messages.js';
import type { PreparedRequest } from '../wire/exchange.js';
import { Http } from '../wire/http.js';
import {
  checkOrder,
  checkSecrets,
  isWords,
  type Outcome,
  type ProviderCheck,
  type ProviderHarness,
  reply,
  requestFor,
} from './provider-harness.js';

/** What a provider keeps to where it can do more than talk. */
export const abilityChecks: readonly ProviderCheck[] = [
  {
    title: 'tells calls of one reply apart, and hands their results back so that the server goes on',
    situation: 'parallel_calls',
    async run(harness) {
      const first = await reply(harness, 'parallel_calls');
      assert.equal(first.error, undefined);
      checkOrder(first.events);
      const asked = assistant(harness, first);
      const calls = asked.parts.filter((part) => part.type === 'tool_call');
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2, 'two calls with an id each');
      const tools = calls
        .map(described)
        .filter(({ name }, at, all) => all.findIndex((one) => one.name === name) === at);
      const messages = [user('Hello.'), asked, answers(calls)];
      const second = await reply(harness, 'text', { asks: { messages, tools } });
      assert.equal(second.error, undefined);
      checkOrder(second.events);
    },
  },
  {
    title: 'gives its thinking back to its server with the proof it came with, and to no other model',
    situation: 'thinking',
    async run(harness) {
      const first = await reply(harness, 'thinking');
      assert.equal(first.error, undefined);
      checkOrder(first.events);
      const proofs = first.events.flatMap((event) => {
        if (event.type === 'signature') return [event.signature];
        return event.type === 'start' && event.part === 'thinking' && event.redacted ? [event.redacted] : [];
      });
      assert.ok(proofs.length > 0, 'thinking that is signed or hidden');
      const own = assistant(harness, first);
      const again = await reply(harness, 'thinking', { asks: { messages: [user('Hello.'), own, user('Go on.')] } });
      assert.equal(again.error, undefined);
      for (const proof of proofs) assert.ok(holds(again, proof), 'the proof goes back');
      const foreign = { ...own, provider: 'another', model: 'another' };
      const other = await reply(harness, 'thinking', { asks: { messages: [user('Hello.'), foreign, user('Go on.')] } });
      assert.equal(other.error, undefined);
      for (const proof of proofs) assert.ok(!holds(other, proof), 'the proof of another model stays here');
    },
  },
  {
    title: 'counts what was read and written, and no part is more than the whole',
    situation: 'usage',
    async run(harness) {
      const { events, error } = await reply(harness, 'usage');
      assert.equal(error, undefined);
      const counted = events.filter((event) => event.type === 'usage').at(-1);
      assert.ok(counted, 'usage');
      checkUsage(counted.usage);
    },
  },
  {
    title: 'sends the bytes of an image',
    situation: 'image',
    async run(harness) {
      const bytes = randomBytes(48);
      const image: Part = { v: 1, type: 'image', media_type: 'image/png', blob: 'a'.repeat(64) };
      const messages = [{ ...user('What is this?'), parts: [text('What is this?'), image] }];
      const outcome = await reply(harness, 'image', { asks: { messages, blob: async () => bytes } });
      assert.equal(outcome.error, undefined);
      assert.ok(holds(outcome, bytes.toString('base64')), 'the image in base64');
    },
  },
  {
    title: 'counts the tokens of a request with one exchange',
    situation: 'count',
    async run(harness) {
      const { provider } = harness;
      assert.ok(provider.countTokens, 'countTokens');
      await harness.play('count');
      await exchanging(async (send, sends) => {
        const signal = AbortSignal.timeout(5000);
        const tokens = await provider.countTokens?.(requestFor(harness, { signal, send }));
        assert.ok(Number.isInteger(tokens) && (tokens ?? 0) > 0, 'a whole number of tokens');
        assert.equal(sends(), 1);
      });
    },
  },
  {
    title: 'lists the models of its server when told to ask',
    situation: 'models',
    async run(harness) {
      const { provider, request } = harness;
      await harness.play('models');
      const before = await harness.seen();
      const models = await provider.models({
        signal: AbortSignal.timeout(5000),
        refresh: true,
        credential: request.credential,
      });
      assert.ok((await harness.seen()) > before, 'the server was asked');
      assert.ok(models.length > 0, 'models');
      assert.equal(new Set(models.map(({ id }) => id)).size, models.length, 'each once');
      for (const { id, label, contextTokens } of models) {
        assert.ok(isWords(id) && isWords(label), 'a model has an id and a label');
        assert.ok(contextTokens === null || contextTokens > 0, 'a window that is known or not');
      }
    },
  },
  {
    title: 'proves a credential that works',
    situation: 'verify',
    async run(harness) {
      await harness.play('verify');
      await verify(harness);
    },
  },
  {
    title: 'says of a credential that does not work that it is refused',
    situation: 'verify',
    async run(harness) {
      await harness.play('auth');
      const error = await verify(harness).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof ProviderError, `it gave ${error}`);
      assert.equal(error.kind, 'auth');
      checkSecrets(harness, error);
    },
  },
  {
    title: 'has requests after reference applications that can be written, if it has any',
    situation: 'text',
    async run({ provider }) {
      const operations = provider.wire ?? [];
      for (const operation of operations) checkOperation(operation, operations);
    },
  },
];

const user = (words: string): ModelMessage => ({ role: 'user', parts: [text(words)], provider: null, model: null });

/** A reply as it comes back in the history. */
function assistant({ provider, request }: ProviderHarness, { events }: Outcome): ModelMessage {
  const parts: Part[] = [];
  for (const event of events) take(parts, event);
  const whole = parts.map((part) =>
    part.type === 'tool_call' ? { ...part, args: JSON.parse(`${part.args}` || '{}') } : part,
  );
  return { role: 'assistant', parts: whole, provider: provider.id, model: request.model ?? null };
}

function take(parts: Part[], event: ModelEvent): void {
  if (event.type === 'start') {
    if (event.part === 'text') parts.push(text(''));
    else if (event.part === 'tool_call')
      parts.push({ v: 1, type: 'tool_call', id: event.id, name: event.name, args: '' });
    else
      parts.push({
        v: 1,
        type: 'thinking',
        text: '',
        ...(event.redacted !== undefined && { redacted: event.redacted }),
      });
  }
  const part = parts.at(-1);
  if (event.type === 'delta' && part?.type === 'tool_call') part.args = `${part.args}${event.text}`;
  else if (event.type === 'delta' && part && 'text' in part) part.text += event.text;
  if (event.type === 'signature') {
    const thought = parts.findLast((one) => one.type === 'thinking');
    if (thought) thought.signature = event.signature;
  }
}

function answers(calls: readonly ToolCallPart[]): ModelMessage {
  const parts = calls.map(({ id: call_id, name }, index): Part => {
    const ended = index === 0 ? ({ is_error: false, outcome: 'succeeded' } as const) : failed;
    return { v: 1, type: 'tool_result', call_id, name, ...ended, content: [text('fine')], duration_ms: 1 };
  });
  return { role: 'tool', parts, provider: null, model: null };
}

const failed = { is_error: true, outcome: 'failed' } as const;

const described = ({ name }: ToolCallPart): ToolDescription => ({
  name,
  description: `The tool ${name}.`,
  parameters: { type: 'object', properties: {} },
});

/** Whether a text went out: as it is or as JSON writes it. */
function holds({ bodies }: Outcome, words: string): boolean {
  return bodies.some((body) => body.includes(words) || body.includes(JSON.stringify(words).slice(1, -1)));
}

function checkUsage(usage: TokenUsage): void {
  const { requestTokens, responseTokens, cachedTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
  for (const count of Object.values(usage)) assert.ok(Number.isInteger(count) && count >= 0, 'whole numbers');
  assert.ok(requestTokens > 0 && responseTokens > 0, 'tokens read and written');
  assert.ok(cachedTokens + cacheWriteTokens <= requestTokens, 'the cached are a part of the read');
  assert.ok(reasoningTokens <= responseTokens, 'the thinking is a part of the written');
  assert.ok((usage.cacheWriteHourTokens ?? 0) <= cacheWriteTokens, 'those for an hour are a part of the cached');
}

async function verify(harness: ProviderHarness): Promise<void> {
  const { provider, request } = harness;
  const { credential } = request;
  assert.ok(provider.verify && credential, 'verify, and a credential to prove');
  await exchanging(async (send) => {
    await provider.verify?.(credential, { send, signal: AbortSignal.timeout(5000) });
  });
}

/** Exchanges over the real wire, counted. */
async function exchanging(
  work: (send: (prepared: PreparedRequest) => ReturnType<Http['send']>, sends: () => number) => Promise<void>,
): Promise<void> {
  const http = new Http();
  let sent = 0;
  const send = (prepared: PreparedRequest) => {
    sent += 1;
    return http.send(http.render(prepared), { signal: AbortSignal.timeout(5000) });
  };
  try {
    await work(send, () => sent);
  } finally {
    await http.close();
  }
}

function checkOperation(operation: WireOperation, all: readonly WireOperation[]): void {
  const { profile, reference, frameOf } = operation;
  assert.ok(isWords(reference.app) && isWords(reference.version), `${profile.id}: whose request it is`);
  assert.ok(URL.canParse(operation.origin), `${profile.id}: where it goes`);
  if (frameOf !== undefined)
    assert.ok(
      all.some((other) => other.profile.id === frameOf),
      `${profile.id}: of which connection`,
    );
  const path = Object.fromEntries([...profile.path.matchAll(/\{(\w+)\}/g)].map(([, slot]) => [slot, 'example']));
  const example = { origin: 'http://127.0.0.1:9', path, model: 'example', system: 'Be brief.' };
  const samples = operation.samples({ ...example, messages: [user('Hello.')], tools: [] });
  assert.ok(samples.length > 0, `${profile.id}: a sample`);
  if (frameOf !== undefined) return;
  const http = new Http();
  for (const sample of samples) {
    const { url } = http.render(sample);
    assert.ok(url.startsWith(`${example.origin}/`), `${profile.id}: a sample goes where it is told to`);
  }
}
