import { expect } from 'chai';
import { ChatReading } from '../src/chat-events.js';
import { readStream } from '../src/stream.js';
import { chat, chatStream, chatStreams } from './streams.js';
import { collect, joined } from './support.js';

async function* chunks(part: Buffer) {
  yield part;
}

const read = async (bytes: Buffer) => {
  const { events, error } = await collect(readStream(chunks(bytes), new ChatReading()));
  return { events: joined(events), error };
};
const { delta, call, args, chunk } = chat;

describe('chunks of Chat Completions', () => {
  it('become text, calls and counts', async () => {
    const { events } = await read(chatStreams.tools!);
    expect(events).to.deep.equal([
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'Two.' },
      { type: 'start', part: 'tool_call', id: 'call_a', name: 'look' },
      { type: 'delta', text: '{"at": "x", "deep": {"n": [1, 2]}}' },
      { type: 'start', part: 'tool_call', id: 'call_b', name: 'list' },
      { type: 'delta', text: '{}' },
      {
        type: 'usage',
        usage: { requestTokens: 40, responseTokens: 12, cachedTokens: 16, reasoningTokens: 4 },
      },
      { type: 'done', reason: 'tools' },
    ]);
  });

  it('become thinking, then text', async () => {
    const { events } = await read(chatStreams.thinking!);
    expect(events.slice(0, 4)).to.deep.equal([
      { type: 'start', part: 'thinking' },
      { type: 'delta', text: 'Hm, so.' },
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'Yes.' },
    ]);
    const other = await read(chatStream(delta({ reasoning: 'Hm' }), delta({ content: 'x' }, 'stop')));
    expect(other.events[0]).to.deep.equal({ type: 'start', part: 'thinking' });
  });

  it('keep arguments of calls apart that come interleaved', async () => {
    const { events } = await read(
      chatStream(
        delta(call(0, 'a', 'one')),
        delta(call(1, 'b', 'two')),
        delta(args(0, '{"x"')),
        delta(args(1, '{"y"')),
        delta(args(0, ':1}')),
        delta(args(1, ':2}'), 'tool_calls'),
      ),
    );
    expect(events).to.deep.equal([
      { type: 'start', part: 'tool_call', id: 'a', name: 'one' },
      { type: 'delta', text: '{"x":1}' },
      { type: 'start', part: 'tool_call', id: 'b', name: 'two' },
      { type: 'delta', text: '{"y":2}' },
      { type: 'done', reason: 'tools' },
    ]);
  });

  it('may hold whole calls, without index, id or arguments', async () => {
    const whole = (id: string | undefined, given: unknown) => ({
      tool_calls: [{ ...(id && { id }), function: { name: 'look', arguments: given } }],
    });
    const { events } = await read(chatStream(delta(whole('a', '{"x":1}')), delta(whole('b', { x: 2 }), 'stop')));
    expect(events.filter(({ type }) => type === 'delta')).to.deep.equal([
      { type: 'delta', text: '{"x":1}' },
      { type: 'delta', text: '{"x":2}' },
    ]);
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'tools' });
    const message = { message: whole(undefined, ''), finish_reason: 'tool_calls' };
    const bare = await read(chatStream(chunk([message])));
    expect(bare.events[0]).to.include({ part: 'tool_call', name: 'look' });
    expect(bare.events[0])
      .to.have.property('id')
      .that.matches(/^call_[\w-]{36}$/);
    expect(bare.events[1]).to.deep.equal({ type: 'delta', text: '{}' });
  });

  for (const [said, ours] of [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'refused'],
    ['something_new', 'stop'],
    ['constructor', 'stop'],
  ] as const)
    it(`take ${said} for ${ours}`, async () => {
      const { events } = await read(chatStream(delta({ content: 'x' }, said)));
      expect(events.at(-1)).to.deep.equal({ type: 'done', reason: ours });
    });

  it('say refused where the model refuses', async () => {
    const { events } = await read(chatStreams.refusal!);
    expect(events).to.deep.equal([
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'I cannot help with that.' },
      { type: 'done', reason: 'refused' },
    ]);
  });

  it('V2: without a reason to end they are cut, whatever `[DONE]` says', async () => {
    const { events, error } = await read(chatStream(delta(call(0, 'a', 'one')), delta(args(0, '{}'))));
    expect(error).to.include({ kind: 'interrupted' });
    expect(events.some(({ type }) => type === 'done')).to.equal(false);
  });

  it('V1: hold an error that ends the answer', async () => {
    const error = { message: 'The server had an error', type: 'server_error', param: null, code: null };
    const { error: thrown } = await read(chatStream(delta({ content: 'x' }), { error }));
    expect(thrown).to.include({ kind: 'unavailable' });
    expect((thrown as Error).message).to.contain('The server had an error');
  });

  for (const [what, bytes] of [
    ['a call without a name', chatStream(delta({ tool_calls: [{ index: 0, id: 'a' }] }))],
    [
      'arguments of a call that was over',
      chatStream(delta(call(0, 'a', 'b')), delta(args(0, '{}')), delta(call(1, 'c', 'd')), delta(args(0, '{}'))),
    ],
  ] as const)
    it(`are malformed with ${what}`, async () => {
      expect((await read(bytes)).error).to.include({ kind: 'malformed' });
    });
});
