import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  applyDelta,
  commonPrefix,
  commonSuffix,
  deflate,
  inflate,
  lengthOf,
  makeDelta,
  type Pieces,
} from '../../src/store/delta.js';

const bytes = (limits: fc.IntArrayConstraints = {}) => fc.uint8Array(limits).map((array) => Buffer.from(array));
// Few different bytes, so that beginnings and ends often agree.
const similar = fc.array(fc.constantFrom(1, 2), { maxLength: 40 }).map((array) => Buffer.from(array));

describe('a delta', () => {
  it('rebuilds any body from any base', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes(), similar), fc.oneof(bytes(), similar), async (base, body) => {
        const pieces = await applyDelta([base], await makeDelta(base, body));
        expect(Buffer.concat(pieces)).to.deep.equal(body);
      }),
    );
  });

  it('follows another, from however many pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(similar, { maxLength: 8 }), async (bodies) => {
        let [base, pieces]: [Buffer, Pieces] = [Buffer.alloc(0), []];
        for (const body of bodies) {
          pieces = await applyDelta(pieces, await makeDelta(base, body));
          expect(lengthOf(pieces)).to.equal(body.length);
          expect(Buffer.concat(pieces)).to.deep.equal(body);
          base = body;
        }
      }),
    );
  });

  it('finds the longest common beginning and end', () => {
    fc.assert(
      fc.property(similar, similar, (a, b) => {
        const [prefix, suffix] = [commonPrefix(a, b), commonSuffix(a, b)];
        const limit = Math.min(a.length, b.length);
        expect(a.subarray(0, prefix).equals(b.subarray(0, prefix))).to.equal(true);
        expect(prefix === limit || a[prefix] !== b[prefix]).to.equal(true);
        expect(a.subarray(a.length - suffix).equals(b.subarray(b.length - suffix))).to.equal(true);
        expect(suffix === limit || a[a.length - 1 - suffix] !== b[b.length - 1 - suffix]).to.equal(true);
      }),
    );
  });

  it('never lets beginning and end overlap', async () => {
    const delta = await makeDelta(Buffer.from('aaaa'), Buffer.from('aaaaaa'));
    expect([delta.keepPrefix, delta.keepSuffix]).to.deep.equal([4, 0]);
  });

  it('holds only what was inserted in the middle', async () => {
    const [before, after] = ['x'.repeat(100_000), 'y'.repeat(100_000)];
    const delta = await makeDelta(Buffer.from(before + after), Buffer.from(`${before}new${after}`));
    expect(delta.middle.length).to.be.below(10);
  });

  it('compresses large bodies away from the event loop, to the same bytes', async () => {
    const large = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(1 << 20, 'the same again ')]);
    const deflated = await deflate(large);
    expect(deflated.length).to.be.within(1 << 20, 3 << 19);
    expect((await inflate(deflated)).equals(large)).to.equal(true);
  });
});
