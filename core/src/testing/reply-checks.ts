import assert from 'node:assert/strict';
import { ProviderError } from '../errors.js';
import {
  checkOrder,
  checkSecrets,
  failsWith,
  isDone,
  isWords,
  type ProviderCheck,
  reply,
  textOf,
} from './provider-harness.js';

/** What every reply and every refusal keeps to. */
export const replyChecks: readonly ProviderCheck[] = [
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
    title: 'names a quota that is used up, which waiting a little does not cure',
    situation: 'quota',
    run: (harness) => failsWith(harness, 'quota', 'quota').then(() => undefined),
  },
  {
    title: 'names a server that broke',
    situation: 'unavailable',
    run: (harness) => failsWith(harness, 'unavailable', 'unavailable').then(() => undefined),
  },
  {
    title: 'names a conversation that is too long',
    situation: 'too_long',
    run: (harness) => failsWith(harness, 'too_long', 'too_long').then(() => undefined),
  },
  {
    title: 'names a model that is not there',
    situation: 'not_found',
    run: (harness) => failsWith(harness, 'not_found', 'not_found').then(() => undefined),
  },
  {
    title: 'sees an error inside an answer that began well',
    situation: 'error_event',
    run: (harness) => failsWith(harness, 'error_event', 'overloaded').then(() => undefined),
  },
  {
    title: 'keeps the key out of its errors although the server repeats it',
    situation: 'key_echo',
    async run(harness) {
      assert.ok(harness.request.credential, 'the harness gives a credential to keep');
      const { error } = await reply(harness, 'key_echo');
      assert.ok(error instanceof ProviderError, `it threw ${error}`);
      checkSecrets(harness, error);
    },
  },
  {
    title: 'is done at the end mark, whatever the server does with the connection (V5)',
    situation: 'open_end',
    async run(harness) {
      const stop = new AbortController();
      const tooLate = setTimeout(() => stop.abort(), 1000);
      const { events, error } = await reply(harness, 'open_end', { signal: stop.signal });
      clearTimeout(tooLate);
      assert.deepEqual([stop.signal.aborted, error], [false, undefined], 'the reply ended by itself');
      checkOrder(events);
    },
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
