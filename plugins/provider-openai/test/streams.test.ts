import { type ModelEvent, ProviderError } from '@maestro/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { ChatReading } from '../src/chat-events.js';
import { ResponsesReading } from '../src/responses-events.js';
import { type EventLimits, readStream } from '../src/stream.js';
import { chatStreams, responsesStreams } from './streams.js';
import { collect } from './support.js';

async function* chunks(...parts: Buffer[]) {
  yield* parts;
}

const isDone = (events: readonly ModelEvent[]) => events.some(({ type }) => type === 'done');

const grammars = [
  { name: 'Chat Completions', Reading: ChatReading, streams: chatStreams, alive: ': ping\n\n' },
  {
    name: 'the Responses API',
    Reading: ResponsesReading,
    streams: responsesStreams,
    alive: 'event: keepalive\ndata: {"type":"keepalive"}\n\n',
  },
];

for (const { name, Reading, streams, alive } of grammars)
  describe(`a stream of ${name}`, () => {
    const read = (parts: Buffer[], limits?: EventLimits) =>
      collect(readStream(chunks(...parts), new Reading(), limits));

    for (const [title, bytes] of Object.entries(streams)) {
      it(`V2: cut at any byte of "${title}" is interrupted, and complete at the terminal event alone`, async () => {
        for (let end = 0; end < bytes.length; end += 1) {
          const { events, error } = await read([bytes.subarray(0, end)]);
          expect(error, `at ${end}`).to.be.instanceOf(ProviderError).with.property('kind', 'interrupted');
          expect(isDone(events), `at ${end}`).to.equal(false);
        }
        const { events, error } = await read([bytes]);
        expect([error, events.at(-1)?.type]).to.deep.equal([undefined, 'done']);
        expect(events.filter(({ type }) => type === 'done')).to.have.length(1);
      });

      it(`V3: gives the same for any chunks, line ends, comments and a mark of order in "${title}"`, async () => {
        const expected = (await read([bytes])).events;
        const change = fc.record({
          places: fc.array(fc.nat(bytes.length), { maxLength: 30 }),
          end: fc.constantFrom('\n', '\r\n', '\r'),
          comment: fc.boolean(),
          mark: fc.constantFrom('', '\uFEFF'),
        });
        await fc.assert(
          fc.asyncProperty(change, async ({ places, end, comment, mark }) => {
            const plain = mark + bytes.toString().replaceAll('\n\n', comment ? '\n: hm\n\n' : '\n\n');
            const changed = Buffer.from(plain.replaceAll('\n', end));
            const at = [0, ...places.sort((a, b) => a - b), changed.length];
            const { events, error } = await read(at.slice(1).map((to, index) => changed.subarray(at[index]!, to)));
            expect(error).to.equal(undefined);
            expect(events).to.deep.equal(expected);
          }),
          { numRuns: 500 },
        );
      });
    }

    it('ends at the terminal event without asking for more bytes', async () => {
      let isAskedAgain = false;
      async function* endless() {
        yield streams.text!;
        isAskedAgain = true;
      }
      const { events } = await collect(readStream(endless(), new Reading()));
      expect([events.at(-1)?.type, isAskedAgain]).to.deep.equal(['done', false]);
    });

    it('takes signs of life without content for a stall', async () => {
      async function* pinging() {
        for (;;) {
          yield Buffer.from(alive);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      const { error } = await collect(readStream(pinging(), new Reading(), { stallMs: 20, eventBytes: 1000 }));
      expect(error).to.include({ kind: 'timeout' });
    });

    it('calls data that is no JSON object malformed, and an event that is too large', async () => {
      for (const data of ['{"type":', '7', 'null', '[]'])
        expect((await read([Buffer.from(`data: ${data}\n\n`)])).error, data).to.include({ kind: 'malformed' });
      const large = await read([Buffer.from(`data: ${'x'.repeat(2000)}`)], { stallMs: 1000, eventBytes: 1000 });
      expect(large.error).to.include({ kind: 'malformed' });
    });
  });
