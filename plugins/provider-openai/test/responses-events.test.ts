import { expect } from 'chai';
import { ResponsesReading } from '../src/responses-events.js';
import { readStream } from '../src/stream.js';
import { responses, responsesStream, responsesStreams } from './streams.js';
import { collect, joined } from './support.js';

async function* chunks(part: Buffer) {
  yield part;
}

const read = async (...events: object[]) => {
  const result = await collect(readStream(chunks(responsesStream(...events)), new ResponsesReading()));
  return { events: joined(result.events), error: result.error };
};
const readBytes = async (bytes: Buffer) => {
  const { events } = await collect(readStream(chunks(bytes), new ResponsesReading()));
  return joined(events);
};
const { completed, functionCall, message, reasoning, response } = responses;

describe('events of the Responses API', () => {
  it('become thinking with its signature, text and counts', async () => {
    expect(await readBytes(responsesStreams.thinking!)).to.deep.equal([
      { type: 'start', part: 'thinking' },
      { type: 'delta', text: '**First** I look.\n\nThen I answer.' },
      { type: 'signature', signature: '"id":"rs_0","encrypted_content":"gAAAA-0-ä"' },
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'So.' },
      {
        type: 'usage',
        usage: {
          requestTokens: 75,
          responseTokens: 125,
          cachedTokens: 32,
          cacheWriteTokens: 8,
          reasoningTokens: 64,
        },
      },
      { type: 'done', reason: 'stop' },
    ]);
  });

  it('become calls under the id that results answer', async () => {
    const events = await readBytes(responsesStreams.tools!);
    expect(events.slice(0, 2)).to.deep.equal([
      { type: 'start', part: 'thinking' },
      { type: 'signature', signature: '"id":"rs_0","encrypted_content":"gAAAA-0-ä"' },
    ]);
    expect(events.slice(4, 8)).to.deep.equal([
      { type: 'start', part: 'tool_call', id: 'call_a', name: 'look' },
      { type: 'delta', text: '{"at":"x","deep":{"n":[1,2]}}' },
      { type: 'start', part: 'tool_call', id: 'call_b', name: 'list' },
      { type: 'delta', text: '{}' },
    ]);
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'tools' });
  });

  it('keep items apart that come interleaved', async () => {
    const [a, b] = [functionCall(0, 'a', 'one', '{"x":1}'), functionCall(1, 'b', 'two', '{"y":', '2}')];
    const { events } = await read(a[0]!, b[0]!, b[1]!, a[1]!, b[2]!, ...b.slice(3), ...a.slice(2), completed);
    expect(events.slice(0, 4)).to.deep.equal([
      { type: 'start', part: 'tool_call', id: 'a', name: 'one' },
      { type: 'delta', text: '{"x":1}' },
      { type: 'start', part: 'tool_call', id: 'b', name: 'two' },
      { type: 'delta', text: '{"y":2}' },
    ]);
  });

  it('may say all of an item at its end', async () => {
    const last = (events: object[]) => events.at(-1)!;
    const { events } = await read(
      last(reasoning(0, 'Hm.')),
      last(message(1, 'Yes.')),
      last(functionCall(2, 'a', 'one', '{"x":1}')),
      last(functionCall(3, 'b', 'two')),
      completed,
    );
    expect(events.map((event) => ('text' in event ? event.text : event.type)).slice(0, 9)).to.deep.equal([
      'start',
      'Hm.',
      'signature',
      'start',
      'Yes.',
      'start',
      '{"x":1}',
      'start',
      '{}',
    ]);
  });

  it('leave no trace of thinking that shows nothing and cannot be sent back', async () => {
    const item = { id: 'rs_0', type: 'reasoning', summary: [] };
    const { events } = await read(
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      ...message(1, 'x'),
      completed,
    );
    expect(events[0]).to.deep.equal({ type: 'start', part: 'text' });
  });

  for (const [reason, ours] of [
    ['max_output_tokens', 'length'],
    ['content_filter', 'refused'],
    ['constructor', 'length'],
  ] as const)
    it(`take an answer that is incomplete for ${reason} as ${ours}`, async () => {
      const end = { type: 'response.incomplete', ...response('incomplete', { incomplete_details: { reason } }) };
      const { events } = await read(...message(0, 'x'), end);
      expect(events.at(-1)).to.deep.equal({ type: 'done', reason: ours });
    });

  it('say refused where the model refuses', async () => {
    const events = await readBytes(responsesStreams.refusal!);
    expect(events[1]).to.deep.equal({ type: 'delta', text: 'I cannot.' });
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'refused' });
  });

  for (const [what, event, kind] of [
    [
      'a failed response',
      { type: 'response.failed', ...response('failed', { error: { code: 'server_error', message: 'oh' } }) },
      'unavailable',
    ],
    [
      'one for too many requests',
      {
        type: 'response.failed',
        ...response('failed', { error: { code: 'rate_limit_exceeded', message: 'Please try again in 1.5s.' } }),
      },
      'rate_limit',
    ],
    [
      'a flat error',
      { type: 'error', code: 'context_length_exceeded', message: 'too long', param: 'input' },
      'too_long',
    ],
    [
      'an error in a field',
      { type: 'error', error: { type: 'invalid_request_error', code: 'insufficient_quota', message: 'no' } },
      'quota',
    ],
    [
      'an overloaded server',
      { type: 'response.failed', ...response('failed', { error: { code: 'server_is_overloaded', message: 'oh' } }) },
      'overloaded',
    ],
  ] as const)
    it(`V1: tell ${what} as ${kind}`, async () => {
      const { events, error } = await read(...message(0, 'x'), event);
      expect(error).to.include({ kind });
      if (kind === 'rate_limit') expect(error).to.include({ retryAfterMs: 1500 });
      expect(events.some(({ type }) => type === 'done')).to.equal(false);
    });

  for (const [what, events] of [
    [
      'a call without a name',
      [{ type: 'response.output_item.added', output_index: 0, item: { type: 'function_call', call_id: 'a' } }],
    ],
    ['arguments of no call', [{ type: 'response.function_call_arguments.delta', output_index: 0, delta: '{}' }]],
    [
      'text for a call',
      [functionCall(0, 'a', 'b')[0]!, { type: 'response.output_text.delta', output_index: 0, delta: 'x' }],
    ],
    ['an item that begins twice', [functionCall(0, 'a', 'b')[0]!, functionCall(0, 'c', 'd')[0]!]],
    ['the end in the middle of a call', [functionCall(0, 'a', 'b')[0]!, completed]],
    [
      'text after its item ended',
      [...message(0, 'x'), { type: 'response.output_text.delta', output_index: 0, delta: 'x' }],
    ],
  ] as const)
    it(`are malformed with ${what}`, async () => {
      expect((await read(...events)).error).to.include({ kind: 'malformed' });
    });

  it('pass by what they do not know, and what is named like something every object has', async () => {
    for (const type of ['response.web_search_call.searching', 'constructor', '__proto__'])
      expect((await read({ type, output_index: 0, delta: 'x' }, completed)).events.at(-1)).to.deep.equal({
        type: 'done',
        reason: 'stop',
      });
  });
});
