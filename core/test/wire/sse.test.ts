import { expect } from 'chai';
import fc from 'fast-check';
import { ProviderError } from '../../src/errors.js';
import { type ServerSentEvent, serverSentEvents } from '../../src/wire/sse.js';
import { refusal } from './support.js';

async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

async function events(...parts: Uint8Array[]): Promise<ServerSentEvent[]> {
  const all: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(chunks(...parts))) all.push(event);
  return all;
}

/** Cuts bytes at the given places, in any order. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const text = fc.string({ unit: 'grapheme', maxLength: 30 }).map((value) => value.replace(/[\r\n]/g, ' '));
const lines = fc.array(text, { minLength: 1, maxLength: 3 });
const ending = fc.constantFrom('\n', '\r\n', '\r');
const block = fc.record({
  name: fc.option(fc.constantFrom('message_start', 'ping', 'delta')),
  data: lines,
  comment: fc.option(text),
});

describe('an event stream', () => {
  it('V3: gives the same events whatever the chunks, line ends, comments, byte order mark', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 6 }),
        ending,
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 40 }),
        async (blocks, end, hasMark, places) => {
          const written = blocks.map(({ name, data, comment }) =>
            [
              ...(comment === null ? [] : [`:${comment}`]),
              ...(name === null ? [] : [`event: ${name}`]),
              ...data.map((line) => `data: ${line}`),
              '',
              '',
            ].join(end),
          );
          const bytes = Buffer.from((hasMark ? '\ufeff' : '') + written.join(''));
          const expected = blocks.map(({ name, data }) => ({ event: name ?? undefined, data: data.join('\n') }));
          expect(await events(...cut(bytes, places))).to.deep.equal(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('V3: survives one byte at a time', async () => {
    const bytes = Buffer.from('event: a\r\ndata: ü😀\r\n\r\ndata: b\r\n\r\n');
    expect(await events(...[...bytes].map((byte) => Uint8Array.of(byte)))).to.deep.equal([
      { event: 'a', data: 'ü😀' },
      { event: undefined, data: 'b' },
    ]);
  });

  it('drops an event whose empty line never came', async () => {
    expect(await events(Buffer.from('data: one\n\ndata: two\n'))).to.deep.equal([{ event: undefined, data: 'one' }]);
  });

  it('gives the events before a line that is too large, then fails', async () => {
    const seen: string[] = [];
    const read = async () => {
      const parts = chunks(Buffer.from('data: ok\n\ndata: '), Buffer.alloc(60, 'x'), Buffer.alloc(60, 'x'));
      for await (const { data } of serverSentEvents(parts, { maxEventBytes: 100 })) seen.push(data);
    };
    expect(await refusal(read()))
      .to.be.instanceOf(ProviderError)
      .with.property('kind', 'malformed');
    expect(seen).to.deep.equal(['ok']);
  });

  it('counts an event of many lines as one', async () => {
    const parts = Array.from({ length: 20 }, () => Buffer.from('data: 0123456789\n'));
    const read = async () => {
      for await (const event of serverSentEvents(chunks(...parts), { maxEventBytes: 100 })) return event;
    };
    expect(await refusal(read())).to.have.property('kind', 'malformed');
  });

  it('passes by unknown fields and wrong retry values', async () => {
    expect(await events(Buffer.from('foo: bar\nretry: soon\nid: 4\ndata: x\n\n'))).to.deep.equal([
      { event: undefined, data: 'x' },
    ]);
  });
});
