import assert from 'node:assert/strict';
import { inspect } from 'node:util';
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
  | 'bad_request'
  /** Refuses because too much was used in a longer while: nothing that waiting a little cures. */
  | 'quota'
  /** Breaks with an internal error, before any answer. */
  | 'unavailable'
  /** Refuses a conversation that does not fit the model's window. */
  | 'too_long'
  /** Refuses a model that it does not have. */
  | 'not_found'
  /** Answers with some text, then says inside the answer that it has too much to do. */
  | 'error_event'
  /** Refuses and repeats the key it was sent in its words. */
  | 'key_echo'
  /** Answers with text and its end mark, and keeps the connection open. */
  | 'open_end'
  /** Answers with two tool calls, then its end mark. */
  | 'parallel_calls'
  /** Answers with thinking that it can prove to be its own, then text and its end mark; checks such proof it is sent. */
  | 'thinking'
  /** Answers with text and says how many tokens were read and written. */
  | 'usage'
  /** Reads images and answers with text. */
  | 'image'
  /** Counts the tokens of a request. */
  | 'count'
  /** Lists its models. */
  | 'models'
  /** Lets a credential be proved. */
  | 'verify';

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

export interface ProviderCheck {
  title: string;
  situation: Situation;
  run(harness: ProviderHarness): Promise<void>;
}

export interface Outcome {
  events: ModelEvent[];
  error: unknown;
  sends: number;
  /** The bodies that were sent. */
  bodies: string[];
}

export interface ReplyOptions {
  signal?: AbortSignal;
  /** What is asked besides, or instead of a plain hello. */
  asks?: Partial<Pick<ModelRequest, 'messages' | 'tools' | 'blob'>>;
  onEvent?(event: ModelEvent): unknown;
}

/** One reply, over the real wire; every request the server saw must have gone through `send`. */
export async function reply(
  harness: ProviderHarness,
  situation: Situation,
  options: ReplyOptions = {},
): Promise<Outcome> {
  await harness.play(situation);
  const http = new Http();
  const before = await harness.seen();
  const outcome: Outcome = { events: [], error: undefined, sends: 0, bodies: [] };
  const signal = options.signal ?? new AbortController().signal;
  const send = async (prepared: PreparedRequest): Promise<ProviderResponse> => {
    signal.throwIfAborted();
    outcome.sends++;
    outcome.bodies.push(prepared.body.toString());
    return http.send(http.render(prepared), { signal });
  };
  try {
    for await (const event of harness.provider.stream(requestFor(harness, { signal, send, ...options.asks }))) {
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

export function requestFor(
  harness: ProviderHarness,
  asked: Pick<ModelRequest, 'signal' | 'send'> & Partial<ModelRequest>,
): ModelRequest {
  return {
    model: 'set by the harness',
    system: 'You are being tested.',
    messages: [{ role: 'user', parts: [text('Hello.')], provider: null, model: null }],
    tools: [],
    credential: undefined,
    sessionId: 'suite',
    conversationId: '00000000-0000-4000-8000-000000000001',
    turnId: '00000000-0000-4000-8000-000000000002',
    effort: null,
    maxTokens: null,
    blob: () => Promise.reject(new Error('the suite has no images')),
    workingDirectory: process.cwd(),
    notice: () => undefined,
    ...harness.request,
    ...asked,
  };
}

export async function failsWith(
  harness: ProviderHarness,
  situation: Situation,
  kind: ProviderErrorKind,
): Promise<ProviderError> {
  const { events, error } = await reply(harness, situation);
  assert.ok(!isDone(events), 'a reply that failed ended with done');
  assert.ok(error instanceof ProviderError, `it threw ${error}`);
  assert.equal(error.kind, kind);
  checkSecrets(harness, error);
  return error;
}

/** Nothing an error carries may hold what proves who we are. */
export function checkSecrets({ request }: ProviderHarness, error: unknown): void {
  const said = inspect(error, { depth: 12 });
  for (const [name, secret] of Object.entries(request.credential?.secrets ?? {}))
    secret.use((value) => assert.ok(!said.includes(value), `an error holds the secret "${name}"`));
}

/** A `done` at the end and nowhere else; deltas and signatures belong to a part that was opened. */
export function checkOrder(events: readonly ModelEvent[]): void {
  const ends = events.filter(({ type }) => type === 'done').length;
  assert.deepEqual([ends, events.at(-1)?.type], [1, 'done']);
  let open: string | undefined;
  for (const event of events) {
    if (event.type === 'start') open = event.part;
    if (event.type === 'delta') assert.ok(open, 'a delta belongs to no part');
    if (event.type === 'signature') assert.equal(open, 'thinking', 'only thinking is signed');
  }
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
}

export function isDone(events: readonly ModelEvent[]): boolean {
  return events.some(({ type }) => type === 'done');
}

export function isWords(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
