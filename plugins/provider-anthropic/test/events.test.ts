import { type ModelEvent, ProviderError } from '@maestro/core';
import { type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import fc from 'fast-check';
import { modelEvents } from '../src/events.js';
import { collect, joined, model } from './support.js';

const sse = (...events: object[]) =>
  Buffer.from(
    events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );

async function* chunks(...parts: Buffer[]) {
  yield* parts;
}

const read = (...parts: Buffer[]) => collect(modelEvents(chunks(...parts)));
const isDone = (events: readonly ModelEvent[]) => events.some(({ type }) => type === 'done');

const replies: Record<string, Reply> = {
  text: { steps: [{ type: 'text', text: 'Hello, world – ä😀.' }] },
  nothing: { steps: [] },
  thinking: {
    steps: [{ type: 'thinking', text: 'Hm.' }, { type: 'redacted_thinking' }, { type: 'text', text: 'So.' }],
  },
  tools: {
    steps: [
      { type: 'text', text: 'Two.' },
      { type: 'tool', id: 'a', name: 'look', input: { at: 'x', deep: { n: [1, 2] } } },
      { type: 'ping' },
      { type: 'tool', id: 'b', name: 'list', input: {} },
    ],
  },
  'one long word': { steps: [{ type: 'text', text: 'x'.repeat(300), chunk: 300 }] },
  'single letters': { steps: [{ type: 'text', text: 'äö😀 "quoted" \\ and\n\nnew lines', chunk: 1 }] },
  'thinking without text': {
    steps: [
      { type: 'thinking', text: '', signature: 'c2ln' },
      { type: 'text', text: 'So.' },
    ],
  },
  'a call alone': { steps: [{ type: 'tool', id: 'a', name: 'look', input: { at: 'ü', text: 'data: x\n\n' } }] },
  'broken arguments': { steps: [{ type: 'tool', id: 'a', name: 'look', raw: '{"at": ' }] },
  'the limit': { steps: [{ type: 'text', text: 'As far as' }], stop_reason: 'max_tokens' },
  'a refusal': { steps: [{ type: 'text', text: 'No.' }], stop_reason: 'refusal' },
  'events to come': {
    steps: [
      { type: 'event', name: 'new_thing', data: { type: 'new_thing', text: 'x' } },
      { type: 'text', text: 'Still.' },
      { type: 'ping' },
    ],
  },
};

/** Bytes as the simulator puts them on the wire. */
async function recorded(reply: Reply): Promise<Buffer> {
  const sim = await startProviderSim();
  sim.play(reply);
  const response = await fetch(`${sim.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 10, stream: true, messages: [{ role: 'user', content: 'x' }] }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  await sim.close();
  return bytes;
}

describe('a stream of the Messages API', () => {
  const streams: Record<string, Buffer> = {};
  before(async () => {
    for (const [name, reply] of Object.entries(replies)) streams[name] = await recorded(reply);
  });

  for (const name of Object.keys(replies)) {
    it(`V2: cut at any byte of "${name}" is interrupted, and complete at the terminal event alone`, async () => {
      const bytes = streams[name]!;
      for (let end = 0; end < bytes.length; end += 1) {
        const { events, error } = await read(bytes.subarray(0, end));
        expect(error, `at ${end}`).to.be.instanceOf(ProviderError).with.property('kind', 'interrupted');
        expect(isDone(events), `at ${end}`).to.equal(false);
      }
      const { events, error } = await read(bytes);
      expect([error, events.at(-1)?.type]).to.deep.equal([undefined, 'done']);
    });

    it(`V3: gives the same for any chunks, line ends and comments in "${name}"`, async () => {
      const bytes = streams[name]!;
      const expected = (await read(bytes)).events;
      const change = fc.record({
        places: fc.array(fc.nat(bytes.length), { maxLength: 30 }),
        end: fc.constantFrom('\n', '\r\n', '\r'),
        comment: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ places, end, comment }) => {
          const plain = bytes.toString().replaceAll('\n\n', comment ? '\n: hm\n\n' : '\n\n');
          const changed = Buffer.from(plain.replaceAll('\n', end));
          const at = [0, ...places.sort((a, b) => a - b), changed.length];
          const { events, error } = await read(...at.slice(1).map((to, index) => changed.subarray(at[index]!, to)));
          expect(error).to.equal(undefined);
          expect(events).to.deep.equal(expected);
        }),
        { numRuns: 850 },
      );
    });
  }

  it('ends at the terminal event without asking for more bytes', async () => {
    let isAskedAgain = false;
    async function* endless() {
      yield streams.text!;
      isAskedAgain = true;
    }
    const { events } = await collect(modelEvents(endless()));
    expect([events.at(-1)?.type, isAskedAgain]).to.deep.equal(['done', false]);
  });

  const stop = { type: 'message_stop' };
  const open = (content_block: object, index = 0) => ({ type: 'content_block_start', index, content_block });
  const delta = (piece: object, index = 0) => ({ type: 'content_block_delta', index, delta: piece });
  const close = (index = 0) => ({ type: 'content_block_stop', index });

  for (const [reason, ours] of [
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['tool_use', 'tools'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'refused'],
    ['something_new', 'stop'],
    ['constructor', 'stop'],
  ] as const)
    it(`takes ${reason} for ${ours}`, async () => {
      const { events } = await read(sse({ type: 'message_delta', delta: { stop_reason: reason } }, stop));
      expect(events).to.deep.equal([{ type: 'done', reason: ours }]);
    });

  it('tells from the calls why it ended where no reason came', async () => {
    const call = [open({ type: 'tool_use', id: 'a', name: 'b', input: { x: 1 } }), close()];
    expect((await read(sse(...call, stop))).events).to.deep.equal([
      { type: 'start', part: 'tool_call', id: 'a', name: 'b' },
      { type: 'delta', text: '{"x":1}' },
      { type: 'done', reason: 'tools' },
    ]);
    expect((await read(sse(stop))).events).to.deep.equal([{ type: 'done', reason: 'stop' }]);
  });

  it('keeps the last usage, and of a number that is not repeated the last one', async () => {
    const { events } = await read(
      sse(
        {
          type: 'message_start',
          message: { usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 1 } },
        },
        { type: 'message_delta', delta: {}, usage: { input_tokens: null, output_tokens: 9 } },
        stop,
      ),
    );
    expect(events.filter(({ type }) => type === 'usage').at(-1)).to.deep.equal({
      type: 'usage',
      usage: { requestTokens: 7, responseTokens: 9, cachedTokens: 2, cacheWriteTokens: 0 },
    });
  });

  it('takes text that stands in the start of a block, and passes by blocks and deltas it does not know', async () => {
    const { events } = await read(
      sse(
        open({ type: 'text', text: 'Be' }),
        delta({ type: 'text_delta', text: 'gin' }),
        delta({ type: 'citations_delta', citation: {} }),
        close(),
        open({ type: 'server_tool_use', id: 'x', name: 'web' }, 1),
        delta({ type: 'input_json_delta', partial_json: '{}' }, 1),
        close(1),
        { type: 'message_start' },
        stop,
      ),
    );
    expect(joined(events)).to.deep.equal([
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'Begin' },
      { type: 'done', reason: 'stop' },
    ]);
  });

  for (const [what, events] of [
    ['a block inside a block', [open({ type: 'text' }), open({ type: 'text' }, 1)]],
    ['a piece of no block', [delta({ type: 'text_delta', text: 'x' })]],
    ['a piece of another block', [open({ type: 'text' }), delta({ type: 'text_delta', text: 'x' }, 1)]],
    ['the end of no block', [close()]],
    ['the end in the middle of a block', [open({ type: 'text' }), stop]],
    ['a call without a name', [open({ type: 'tool_use', id: 'a' })]],
  ] as const)
    it(`calls ${what} malformed`, async () => {
      expect((await read(sse(...events))).error).to.include({ kind: 'malformed' });
    });

  it('passes by events named like something every object has', async () => {
    for (const type of ['constructor', 'toString', '__proto__'])
      expect(await read(sse({ type }, stop)), type).to.deep.equal({
        events: [{ type: 'done', reason: 'stop' }],
        error: undefined,
      });
  });

  it('calls data that is no JSON object malformed', async () => {
    for (const data of ['{"type":', '7', 'null'])
      expect((await read(Buffer.from(`data: ${data}\n\n`))).error, data).to.include({ kind: 'malformed' });
  });

  it('takes pings without content for a stall', async () => {
    async function* pinging() {
      for (;;) {
        yield sse({ type: 'ping' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    const { error } = await collect(modelEvents(pinging(), { stallMs: 20, eventBytes: 1000 }));
    expect(error).to.include({ kind: 'timeout' });
    expect((error as Error).message).to.contain('no content');
  });
});
