import assert from 'node:assert/strict';
import { ProviderError, type ProviderErrorKind } from '../errors.js';
import type { ModelEvent, ModelRequest, PreparedRequest, Provider, ProviderResponse } from '../extension/provider.js';
import { text } from '../protocol/messages.js';
import { Http } from '../wire/http.js';

/** What the server behind a provider can be told to do with the next request. */
export type Situation =
  /** Answers with text, then its end mark. */
  | 'text'
  /** Answers with a tool call, then its end mark. */
  | 'tool_call'
  /** Answers with some text, then closes the connection without an end mark. */
  | 'cut'
  /** Answers with some text, then says nothing more and keeps the connection. */
  | 'held'
  /** Refuses as it refuses a wrong key. */
  | 'auth'
  /** Refuses for too many requests and asks to wait two seconds. */
  | 'rate_limit'
  | 'overloaded'
  | 'bad_request';

/** A provider with the server it talks to: the simulator, or nothing for one that needs no network. */
export interface ProviderHarness {
  provider: Provider;
  /** What a request needs to be accepted: model, credential. */
  request: Partial<ModelRequest>;
  play(situation: Situation): void | Promise<void>;
  /** How many requests the server has seen so far. */
  seen(): number | Promise<number>;
  close(): void | Promise<void>;
}

export interface ProviderSuite {
  /** Those its server can play; `text` always. A provider with a wire plays all. */
  situations: readonly Situation[];
  open(): Promise<ProviderHarness>;
}

/** Says in a mocha suite that a provider keeps the contract of `Provider`. */
export function describeProvider(name: string, suite: ProviderSuite): void {
  describe(`provider ${name}`, () => {
    for (const check of providerChecks) {
      if (!suite.situations.includes(check.situation)) continue;
      it(check.title, async () => {
        const harness = await suite.open();
        try {
          await check.run(harness);
        } finally {
          await harness.close();
        }
      });
    }
  });
}

export interface ProviderCheck {
  title: string;
  situation: Situation;
  run(harness: ProviderHarness): Promise<void>;
}

/** The contract, sentence by sentence. */
export const providerChecks: readonly ProviderCheck[] = [
  {
    title: 'has an id, a label and models, also without a network',
    situation: 'text',
    async run({ provider }) {
      assert.match(provider.id, /^[A-Za-z0-9][A-Za-z0-9._-]*$/);
      assert.ok(isWords(provider.label), 'a label');
      const models = await provider.models({ signal: AbortSignal.timeout(5000), refresh: false });
      assert.ok(models.length > 0, 'models');
      for (const { id, label } of models) assert.ok(isWords(id) && isWords(label), 'a model has an id and a label');
    },
  },
  {
    title: 'gives text and ends with one `done`',
    situation: 'text',
    async run(harness) {
      const { events, error } = await reply(harness, 'text');
      assert.equal(error, undefined);
      checkOrder(events);
      assert.ok(isWords(textOf(events)), 'text');
    },
  },
  {
    title: 'gives a tool call with an id, a name and arguments in JSON, and says that it stopped for it',
    situation: 'tool_call',
    async run(harness) {
      const { events, error } = await reply(harness, 'tool_call');
      assert.equal(error, undefined);
      checkOrder(events);
      assert.deepEqual(events.at(-1), { type: 'done', reason: 'tools' });
      const at = events.findIndex((event) => event.type === 'start' && event.part === 'tool_call');
      const call = events[at] as { id?: unknown; name?: unknown } | undefined;
      assert.ok(isWords(call?.id) && isWords(call?.name), 'id and name of the call');
      const rest = events.slice(at + 1);
      const end = rest.findIndex((event) => event.type === 'start' || event.type === 'done');
      const args: unknown = JSON.parse(textOf(rest.slice(0, end)) || '{}');
      assert.ok(typeof args === 'object' && args !== null, 'arguments that are an object');
    },
  },
  {
    title: 'does not take an answer that was cut for a complete one',
    situation: 'cut',
    run: (harness) => failsWith(harness, 'cut', 'interrupted').then(() => undefined),
  },
  {
    title: 'names a refused key',
    situation: 'auth',
    run: (harness) => failsWith(harness, 'auth', 'auth').then(() => undefined),
  },
  {
    title: 'names too many requests and passes on how long to wait',
    situation: 'rate_limit',
    async run(harness) {
      const error = await failsWith(harness, 'rate_limit', 'rate_limit');
      assert.equal(error.retryAfterMs, 2000);
    },
  },
  {
    title: 'names a server with too much to do',
    situation: 'overloaded',
    run: (harness) => failsWith(harness, 'overloaded', 'overloaded').then(() => undefined),
  },
  {
    title: 'names a request that was refused',
    situation: 'bad_request',
    run: (harness) => failsWith(harness, 'bad_request', 'bad_request').then(() => undefined),
  },
  {
    title: 'stops when it is told to, in the middle of an answer',
    situation: 'held',
    async run(harness) {
      const stop = new AbortController();
      const { events } = await reply(harness, 'held', {
        // Also told to stop when it gives no text to wait for.
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(2000)]),
        onEvent: (event) => event.type === 'delta' && stop.abort(),
      });
      assert.ok(!isDone(events), 'no done after a stop');
    },
  },
  {
    title: 'sends nothing when it is told to stop before it begins',
    situation: 'text',
    async run(harness) {
      const { events, sends } = await reply(harness, 'text', { signal: AbortSignal.abort() });
      assert.deepEqual([isDone(events), sends], [false, 0]);
    },
  },
];

interface Outcome {
  events: ModelEvent[];
  error: unknown;
  sends: number;
}

interface ReplyOptions {
  signal?: AbortSignal;
  onEvent?(event: ModelEvent): unknown;
}

/** One reply, over the real wire; every request the server saw must have gone through `send`. */
async function reply(harness: ProviderHarness, situation: Situation, options: ReplyOptions = {}): Promise<Outcome> {
  await harness.play(situation);
  const http = new Http();
  const before = await harness.seen();
  const outcome: Outcome = { events: [], error: undefined, sends: 0 };
  const signal = options.signal ?? new AbortController().signal;
  const send = async (prepared: PreparedRequest): Promise<ProviderResponse> => {
    signal.throwIfAborted();
    outcome.sends++;
    return http.send(http.render(prepared), { signal });
  };
  try {
    for await (const event of harness.provider.stream(requestFor(harness, signal, send))) {
      outcome.events.push(event);
      options.onEvent?.(event);
    }
  } catch (error) {
    outcome.error = error;
  } finally {
    await http.close();
  }
  assert.equal(
    await harness.seen(),
    before + outcome.sends,
    'the server saw a request that was not sent through `send`',
  );
  assert.ok(outcome.sends <= 1, 'one reply called `send` more than once');
  return outcome;
}

function requestFor(harness: ProviderHarness, signal: AbortSignal, send: ModelRequest['send']): ModelRequest {
  return {
    model: 'set by the harness',
    system: 'You are being tested.',
    messages: [{ role: 'user', parts: [text('Hello.')], provider: null, model: null }],
    tools: [],
    credential: undefined,
    sessionId: 'suite',
    workingDirectory: process.cwd(),
    notice: () => undefined,
    ...harness.request,
    signal,
    send,
  };
}

async function failsWith(
  harness: ProviderHarness,
  situation: Situation,
  kind: ProviderErrorKind,
): Promise<ProviderError> {
  const { events, error } = await reply(harness, situation);
  assert.ok(!isDone(events), 'a reply that failed ended with done');
  assert.ok(error instanceof ProviderError, `it threw ${error}`);
  assert.equal(error.kind, kind);
  return error;
}

/** A `done` at the end and nowhere else; deltas and signatures belong to a part that was opened. */
function checkOrder(events: readonly ModelEvent[]): void {
  const ends = events.filter(({ type }) => type === 'done').length;
  assert.deepEqual([ends, events.at(-1)?.type], [1, 'done']);
  let open: string | undefined;
  for (const event of events) {
    if (event.type === 'start') open = event.part;
    if (event.type === 'delta') assert.ok(open, 'a delta belongs to no part');
    if (event.type === 'signature') assert.equal(open, 'thinking', 'only thinking is signed');
  }
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
}

function isDone(events: readonly ModelEvent[]): boolean {
  return events.some(({ type }) => type === 'done');
}

function isWords(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
