import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { ProviderError } from '../../src/errors.js';
import type { Delta } from '../../src/protocol/events.js';
import { DraftWriter } from '../../src/session/draft-writer.js';
import { GrowingText } from '../../src/session/growing-text.js';
import { SESSION_LIMITS } from '../../src/session/limits.js';
import { MergedDeltas } from '../../src/session/merged-deltas.js';
import { Reply } from '../../src/session/reply.js';

const delta = (given: Partial<Delta>): Delta => ({
  message_id: 'm',
  part: 0,
  kind: 'text',
  offset: 0,
  text: '',
  ...given,
});

/** Pieces of one text as a reply gives them. */
function* inPieces(pieces: readonly string[], part = 0): Generator<Delta> {
  let offset = 0;
  for (const text of pieces) {
    yield delta({ part, offset, text });
    offset += text.length;
  }
}

describe('a text that grows', () => {
  it('is its pieces joined, whenever it is looked at', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 2_000 }), fc.nat(2_000), (pieces, looks) => {
        const growing = new GrowingText();
        let all = '';
        for (const [index, piece] of pieces.entries()) {
          growing.append(piece);
          all += piece;
          if (index === looks) expect(growing.toString()).to.equal(all);
        }
        expect(growing.length).to.equal(all.length);
        expect(growing.toString()).to.equal(all);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps lone halves of a character', () => {
    const growing = new GrowingText('\ud83d');
    growing.append('\ude00\ud83d');
    expect(growing.toString()).to.equal('\ud83d\ude00\ud83d');
  });
});

describe('running text', () => {
  const told: Delta[] = [];
  const errors: unknown[] = [];
  const make = (tell: (one: Delta) => Promise<void> = async (one) => void told.push(one)) =>
    new MergedDeltas(tell, (error) => errors.push(error));
  beforeEach(() => {
    told.length = 0;
    errors.length = 0;
  });

  it('is told piece by piece while a turn of the event loop brings few', async () => {
    const deltas = [...inPieces(['a', 'b', 'c'])];
    const merged = make();
    for (const one of deltas) await merged.add(one);
    expect(told).to.deep.equal(deltas);
  });

  it('is told in larger pieces where thousands come at once, and the rest in the next turn without being asked', async () => {
    const merged = make();
    for (const one of inPieces(Array.from({ length: 5_000 }, () => 'a word '))) await merged.add(one);
    const atOnce = told.length;
    expect(atOnce).to.be.lessThan(25);
    await nextTurn();
    await nextTurn();
    expect(told.map(({ text }) => text).join('')).to.equal('a word '.repeat(5_000));
    await merged.add(delta({ offset: 35_000, text: 'by itself' }));
    expect(told.at(-1)).to.have.property('text', 'by itself');
  });

  it('gives every character once and in order, whatever comes and whenever turns end', async () => {
    const piece = fc.record({ text: fc.string({ maxLength: 3 }), isNext: fc.boolean(), pauses: fc.nat(60) });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 300 }), async (pieces) => {
        const texts: string[] = [];
        const seen: string[] = [];
        const merged = make(async ({ part, offset, text }) => {
          expect(offset).to.equal(seen[part]?.length ?? 0);
          seen[part] = (seen[part] ?? '') + text;
          if (text.length > 2) await nextTurn();
        });
        let part = 0;
        for (const { text, isNext, pauses } of pieces) {
          if (isNext) part += 1;
          const before = texts[part] ?? '';
          texts[part] = before + text;
          await merged.add(delta({ part, offset: before.length, text }));
          if (pauses === 0) await nextTurn();
        }
        await merged.end();
        expect(seen.join('|')).to.equal(texts.join('|'));
        expect(errors).to.deep.equal([]);
      }),
      { numRuns: 50 },
    );
  });

  it('says the call with the first piece of its arguments, never in the middle of others', async () => {
    const merged = make();
    for (const one of inPieces(Array.from({ length: 100 }, () => 'x'))) await merged.add(one);
    const call = { kind: 'tool_args', part: 1, call_id: 'c', name: 'n' } as const;
    await merged.add(delta({ ...call }));
    await merged.add(delta({ ...call, text: '{' }));
    await merged.end();
    const args = told.filter(({ part }) => part === 1);
    expect(args.map(({ text }) => text).join('')).to.equal('{');
    for (const one of args) expect(one).to.include({ call_id: 'c', name: 'n' });
  });

  it('that is refused while nobody waits for it is heard of', async () => {
    const refused = new Error('no');
    const merged = make(async ({ text }) => {
      if (text.length > 1) throw refused;
    });
    for (const one of inPieces(Array.from({ length: 20 }, () => 'x'))) await merged.add(one);
    await nextTurn();
    await nextTurn();
    expect(errors).to.deep.equal([refused]);
  });
});

describe('a reply without an end', () => {
  const limits = { ...SESSION_LIMITS, textLength: 10 };

  it('is malformed as soon as its text and thinking together are too long, and its arguments count for themselves', () => {
    const reply = new Reply('m', limits);
    reply.take({ type: 'start', part: 'thinking' });
    reply.take({ type: 'delta', text: '12345' });
    reply.take({ type: 'start', part: 'tool_call', id: 'c', name: 'n' });
    reply.take({ type: 'delta', text: '{"a": "longer than ten"}' });
    reply.take({ type: 'start', part: 'text' });
    reply.take({ type: 'delta', text: '67890' });
    expect(() => reply.take({ type: 'delta', text: '!' })).to.throw(ProviderError, 'more than 10 characters');
  });

  it('may be of some megabytes', () => {
    const reply = new Reply('m', SESSION_LIMITS);
    reply.take({ type: 'start', part: 'text' });
    for (let at = 0; at < 7; at += 1) reply.take({ type: 'delta', text: 'x'.repeat(1024 * 1024) });
    expect(reply.text.length).to.equal(7 * 1024 * 1024);
  });
});

describe('the draft of a long reply', () => {
  const limits = { ...SESSION_LIMITS, draftMs: 60_000, draftBytes: 1_000 };

  it('is written a few times its own size in all, however it grows', async () => {
    const sizes: number[] = [];
    const writer = new DraftWriter('t', limits, async ({ parts: [part] }) => {
      if (part?.type === 'text') sizes.push(part.text.length);
    });
    let offset = 0;
    for (const text of Array.from({ length: 10_000 }, () => 'x'.repeat(100))) {
      writer.push(delta({ offset, text }));
      offset += text.length;
      await Promise.resolve();
    }
    expect(sizes.slice(0, 3)).to.deep.equal([1_000, 2_000, 4_000]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.lessThan(4 * offset);
    await writer.flush();
    expect(sizes.at(-1)).to.equal(offset);
    await writer.close();
  });

  it('begins anew with the next reply', async () => {
    const sizes: number[] = [];
    const writer = new DraftWriter('t', limits, async ({ parts: [part] }) => {
      if (part?.type === 'text') sizes.push(part.text.length);
    });
    writer.push(delta({ text: 'x'.repeat(100_000) }));
    await writer.close();
    writer.push(delta({ message_id: 'next', text: 'x'.repeat(1_000) }));
    await writer.close();
    expect(sizes).to.deep.equal([100_000, 1_000]);
  });
});
