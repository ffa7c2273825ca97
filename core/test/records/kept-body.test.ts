import { randomBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { KeptBody } from '../../src/store/kept-body.js';
import { call, liveTurn, step, useRecords } from './support.js';

const KiB = 1024;

async function keep(chunks: readonly Buffer[]): Promise<KeptBody> {
  const kept = new KeptBody();
  for (const chunk of chunks) {
    const given = Buffer.from(chunk);
    await kept.add(given);
    // Whoever reads an answer may write into what it was given.
    given.fill(0);
  }
  return kept;
}

describe('the raw answer of a provider', () => {
  const records = useRecords();

  it('comes back as it is while it is small', async () => {
    const kept = await keep([Buffer.from('one'), Buffer.alloc(0), Buffer.from('two')]);
    expect(kept.close()).to.deep.equal(Buffer.from('onetwo'));
    expect(new KeptBody().close()).to.deep.equal(Buffer.alloc(0));
  });

  it('inflates to exactly what came, whatever its size and its chunks', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(100 * KiB), fc.constantFrom(256 * KiB, 700 * KiB)), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (lengths, isRandom) => {
        const chunks = lengths.map((size, index) => (isRandom ? randomBytes(size) : Buffer.alloc(size, index + 1)));
        const kept = await keep(chunks);
        const all = Buffer.concat(chunks);
        expect(kept.length).to.equal(all.length);
        expect(inflateRawSync(await kept.deflated()).equals(all)).to.equal(true);
        expect(await kept.deflated()).to.equal(await kept.deflated());
      }),
      { numRuns: 25 },
    );
  });

  it('takes less than a hundredth of its size where a flood says the same over and over', async () => {
    const piece = Buffer.from('data: {"type":"delta","text":"a word "}\n\n'.repeat(1_600));
    const kept = await keep(Array.from({ length: 200 }, () => piece));
    expect(kept.close()).to.equal(kept);
    expect((await kept.deflated()).length).to.be.lessThan((200 * piece.length) / 100);
  });

  it('ends where it is closed, also while a block is deflated', async () => {
    const kept = new KeptBody();
    const chunk = randomBytes(600 * KiB);
    const adding = kept.add(chunk);
    expect(kept.close()).to.equal(kept);
    await kept.add(Buffer.from('too late'));
    expect(inflateRawSync(await kept.deflated()).equals(chunk)).to.equal(true);
    expect(kept.length).to.equal(chunk.length);
    await adding;
  });

  it('is stored so that it reads as any other', async () => {
    const { fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const sent = call(turnId, '{}');
    await records.log.commit(fence, step([{ write: 'call.add', call: sent }]));
    const chunks = Array.from({ length: 20 }, (_, index) => Buffer.alloc(64 * KiB, index));
    const resp = (await keep(chunks)).close();
    await records.log.commit(
      fence,
      step([{ write: 'call.end', call_id: sent.id, end: { state: 'done', status: 200, resp } }]),
    );
    expect((await records.calls.response(sent.id)).equals(Buffer.concat(chunks))).to.equal(true);
    expect(await records.calls.get(sent.id)).to.have.property('response_bytes', 20 * 64 * KiB);
  });
});
