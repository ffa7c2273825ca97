import { type ModelEvent, ProviderError } from '@maestro/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { modelEvents } from '../src/events.js';
import { collect, fixture } from './support.js';

const stamp = 1_700_000_000_000;

async function* chunks(...parts: Buffer[]) {
  yield* parts;
}

const read = (...parts: Buffer[]) => collect(modelEvents(chunks(...parts), { stamp }));
const isDone = (events: readonly ModelEvent[]) => events.some(({ type }) => type === 'done');
const sse = (...events: unknown[]) => Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
const candidate = (parts: object[], finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
});

const plain = ['text', 'thinking', 'calls', 'text-then-call', 'length', 'refused', 'blocked'];
const streams = [...plain, ...plain.map((name) => `code-assist-${name}`)];

describe('a stream of Gemini', () => {
  for (const name of streams) {
    it(`V2: cut at any byte of "${name}" is interrupted, and complete at the last event alone`, async () => {
      const bytes = fixture(name);
      for (let end = 0; end < bytes.length; end += 1) {
        const { events, error } = await read(bytes.subarray(0, end));
        expect(error, `at ${end}`).to.be.instanceOf(ProviderError).with.property('kind', 'interrupted');
        expect(isDone(events), `at ${end}`).to.equal(false);
      }
      const { events, error } = await read(bytes);
      expect([error, events.at(-1)?.type]).to.deep.equal([undefined, 'done']);
    });

    it(`V3: gives the same for any chunks, line ends, comments and marks in "${name}"`, async () => {
      const bytes = fixture(name);
      const expected = (await read(bytes)).events;
      const change = fc.record({
        places: fc.array(fc.nat(bytes.length), { maxLength: 30 }),
        end: fc.constantFrom('\n', '\r\n', '\r'),
        comment: fc.boolean(),
        mark: fc.boolean(),
        lines: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ places, end, comment, mark, lines }) => {
          const commented = bytes.toString().replaceAll('\n\n', comment ? '\n: hm\n\n' : '\n\n');
          // An event may have several lines of data, which are one text with line ends between them.
          const split = lines ? commented.replaceAll('data: {', 'data: {\ndata:') : commented;
          const changed = Buffer.from((mark ? '\ufeff' : '') + split.replaceAll('\n', end));
          const at = [0, ...places.sort((a, b) => a - b), changed.length];
          const { events, error } = await read(...at.slice(1).map((to, index) => changed.subarray(at[index]!, to)));
          expect(error).to.equal(undefined);
          expect(events).to.deep.equal(expected);
        }),
        { numRuns: 750 },
      );
    });
  }

  it('is the same in the envelopes of Code Assist', async () => {
    for (const name of plain)
      expect((await read(fixture(`code-assist-${name}`))).events, name).to.deep.equal(
        (await read(fixture(name))).events,
      );
  });

  it('ends at the last event without asking for more bytes', async () => {
    let isAskedAgain = false;
    async function* endless() {
      yield fixture('text');
      isAskedAgain = true;
    }
    const { events } = await collect(modelEvents(endless(), { stamp }));
    expect([events.at(-1)?.type, isAskedAgain]).to.deep.equal(['done', false]);
  });

  it('keeps what was thought, and the signature of the call that follows directly before it', async () => {
    const usage = { requestTokens: 311, responseTokens: 70, reasoningTokens: 40 };
    expect((await read(fixture('calls'))).events).to.deep.equal([
      { type: 'start', part: 'thinking' },
      { type: 'delta', text: '**Reading**\n\nBoth files.' },
      { type: 'usage', usage: { ...usage, responseTokens: 40 } },
      { type: 'start', part: 'thinking' },
      { type: 'signature', signature: 'c2lnbmF0dXJl' },
      { type: 'start', part: 'tool_call', id: `read_file_${stamp}_0`, name: 'read_file' },
      { type: 'delta', text: '{"file_path":"a.txt","deep":{"n":[1,2,null],"ü":"😀"}}' },
      { type: 'start', part: 'tool_call', id: `list_directory_${stamp}_1`, name: 'list_directory' },
      { type: 'delta', text: '{}' },
      { type: 'usage', usage },
      { type: 'usage', usage },
      { type: 'done', reason: 'tools' },
    ]);
  });

  it('keeps the id of a call that has one, and the signature of a text after it', async () => {
    const { events } = await read(fixture('text-then-call'));
    expect(events).to.deep.include({ type: 'start', part: 'tool_call', id: 'fc-17', name: 'look' });
    const text = (await read(fixture('thinking'))).events.filter(({ type }) => type !== 'usage');
    expect(text.slice(-3)).to.deep.equal([
      { type: 'start', part: 'thinking' },
      { type: 'signature', signature: 'c2lnbmVkIHRleHQ=' },
      { type: 'done', reason: 'stop' },
    ]);
  });

  it('does not lend the signature of a text to the call after it', async () => {
    const signed = candidate([{ text: 'I look' }]);
    const more = candidate([{ text: '.', thoughtSignature: 'b2Y=' }]);
    const { events } = await read(sse(signed, more, candidate([{ functionCall: { name: 'look' } }], 'STOP')));
    expect(events.map((event) => ('part' in event ? event.part : event.type))).to.deep.equal([
      'text',
      'delta',
      'delta',
      'thinking',
      'signature',
      'text',
      'tool_call',
      'delta',
      'done',
    ]);
  });

  for (const [reason, ours] of [
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'refused'],
    ['RECITATION', 'refused'],
    ['BLOCKLIST', 'refused'],
    ['PROHIBITED_CONTENT', 'refused'],
    ['SPII', 'refused'],
    ['LANGUAGE', 'refused'],
    ['IMAGE_SAFETY', 'refused'],
    ['OTHER', 'stop'],
    ['SOMETHING_NEW', 'stop'],
    ['constructor', 'stop'],
  ] as const)
    it(`takes ${reason} for ${ours}`, async () => {
      const { events } = await read(sse(candidate([{ text: 'So.' }], reason)));
      expect(events.at(-1)).to.deep.equal({ type: 'done', reason: ours });
    });

  it('takes a prompt that was blocked for refused', async () => {
    const { events } = await read(fixture('blocked'));
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'refused' });
  });

  for (const [kind, what, event] of [
    ['malformed', 'a call that could not be read', candidate([], 'MALFORMED_FUNCTION_CALL')],
    ['malformed', 'a call of a tool that is not there', candidate([{ text: 'x' }], 'UNEXPECTED_TOOL_CALL')],
    ['malformed', 'a call without a name', candidate([{ functionCall: { args: {} } }], 'STOP')],
    ['interrupted', 'an end without a word', candidate([], 'STOP')],
    ['interrupted', 'thinking and nothing else', candidate([{ text: 'Hm', thought: true }], 'STOP')],
    ['interrupted', 'a strange end after a call', candidate([{ functionCall: { name: 'x' } }], 'OTHER')],
    ['interrupted', 'an end that says nothing', candidate([{ text: 'x' }], 'FINISH_REASON_UNSPECIFIED')],
    ['unavailable', 'an error inside', { error: { code: 500, message: 'Internal', status: 'INTERNAL' } }],
    ['overloaded', 'an error in a list', [{ error: { code: 503, message: 'The model is overloaded.' } }]],
    ['malformed', 'a word', 'words'],
  ] as const)
    it(`says ${kind} for ${what}`, async () => {
      const { events, error } = await read(sse(event));
      expect(error).to.be.instanceOf(ProviderError).and.to.include({ kind });
      expect(isDone(events)).to.equal(false);
    });

  it('says malformed for what is no JSON, and for an event without end', async () => {
    expect((await read(Buffer.from('data: {"candidates": \n\n'))).error).to.include({ kind: 'malformed' });
    expect((await read(Buffer.from('data: \xff\xfe\n\n', 'latin1'))).error).to.include({ kind: 'malformed' });
    const line = Buffer.alloc(1024 * 1024, 'x');
    expect((await read(Buffer.from('data: '), line, line, line, line, line)).error).to.include({ kind: 'malformed' });
  });

  it('says malformed for arguments that are nested too deeply', async () => {
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const parts = `[{"functionCall":{"name":"x","args":{"a":${deep}}}}]`;
    const event = Buffer.from(`data: {"candidates":[{"content":{"parts":${parts}},"finishReason":"STOP"}]}\n\n`);
    expect((await read(event)).error).to.include({ kind: 'malformed' });
  });

  it('reads events of a megabyte', async () => {
    const words = 'ä'.repeat(512 * 1024);
    const { events, error } = await read(sse(candidate([{ text: words }], 'STOP')));
    expect(error).to.equal(undefined);
    expect(events[1]).to.deep.equal({ type: 'delta', text: words });
  });

  it('gives up when no content comes, whatever else does', async () => {
    async function* comments() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield Buffer.from(': hm\n\n');
      }
    }
    const limits = { stallMs: 20, eventBytes: 1000 };
    expect((await collect(modelEvents(comments(), { stamp, limits }))).error).to.include({ kind: 'timeout' });
  });

  it('passes by what it does not know: other candidates, other parts, fields to come', async () => {
    const event = {
      candidates: [
        { index: 1, content: { parts: [{ text: 'other' }] }, finishReason: 'STOP' },
        {
          index: 0,
          content: { parts: [{ executableCode: {} }, 'x', null, { text: 'one', new: 1 }] },
          finishReason: 'STOP',
        },
      ],
      news: [],
    };
    expect((await read(sse(event))).events).to.deep.equal([
      { type: 'start', part: 'text' },
      { type: 'delta', text: 'one' },
      { type: 'done', reason: 'stop' },
    ]);
  });
});
