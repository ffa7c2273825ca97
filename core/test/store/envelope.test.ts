import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Binding, type Envelope, type KeyRing, seal, unseal } from '../../src/store/envelope.js';

const ring = (current: string, ...kids: string[]): KeyRing => ({
  current,
  kek: (kid) => {
    if (![current, ...kids].includes(kid)) throw new Error(`no key ${kid}`);
    return createHash('sha256').update(kid).digest();
  },
});
const keys = ring('k1');
const row: Binding = { rowId: 'row-1', provider: 'p', authType: 'api_key' };
const fails = (envelope: unknown, binding = row, ring = keys) =>
  expect(() => unseal(ring, binding, envelope))
    .to.throw()
    .with.property('code', 'credential.corrupt');

describe('K4 an envelope', () => {
  it('gives back exactly what was sealed, for any text and row', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.string(),
        fc.string(),
        (text, rowId, provider, authType) => {
          const binding = { rowId, provider, authType };
          const stored = JSON.parse(JSON.stringify(seal(keys, binding, text))) as Envelope;
          expect(unseal(keys, binding, stored)).to.equal(text);
        },
      ),
    );
  });

  it('never looks the same twice and never shows the text', () => {
    const [one, two] = [seal(keys, row, 'hunter2-hunter2'), seal(keys, row, 'hunter2-hunter2')];
    expect(one.wk).not.to.equal(two.wk);
    expect(one.ct).not.to.equal(two.ct);
    expect(Buffer.from(one.ct, 'base64').includes('hunter2')).to.equal(false);
  });

  it('does not open with any bit flipped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('wk' as const, 'ct' as const),
        fc.nat(),
        fc.string({ minLength: 1 }),
        (field, at, text) => {
          const envelope = seal(keys, row, text);
          const bytes = Buffer.from(envelope[field], 'base64');
          const bit = at % (bytes.length * 8);
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          fails({ ...envelope, [field]: bytes.toString('base64') });
        },
      ),
    );
  });

  it('does not open with any character of it changed, dropped or added', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('wk' as const, 'ct' as const),
        fc.nat(),
        fc.constantFrom('A', 'z', '-', ' ', '\n', '=', ''),
        fc.boolean(),
        (field, at, character, replaces) => {
          const envelope = seal(keys, row, 'text');
          const text = envelope[field];
          const index = at % text.length;
          const changed = text.slice(0, index) + character + text.slice(index + (replaces ? 1 : 0));
          fc.pre(changed !== text);
          fails({ ...envelope, [field]: changed });
        },
      ),
    );
  });

  it('does not open with its tag cut, to any length', () => {
    fc.assert(
      fc.property(fc.constantFrom('wk' as const, 'ct' as const), fc.integer({ min: 1, max: 43 }), (field, cut) => {
        const envelope = seal(keys, row, 'some text that is longer than all that is cut away from it');
        const bytes = Buffer.from(envelope[field], 'base64');
        fails({ ...envelope, [field]: bytes.subarray(0, bytes.length - cut).toString('base64') });
      }),
    );
  });

  it('does not open in another row, for another provider, or as another type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('rowId' as const, 'provider' as const, 'authType' as const),
        fc.string(),
        (field, other) => {
          fc.pre(other !== row[field]);
          fails(seal(keys, row, 'text'), { ...row, [field]: other });
        },
      ),
    );
  });

  it('tells apart fields that read the same when joined', () => {
    const envelope = seal(keys, { rowId: 'ab', provider: 'c', authType: 'd' }, 'text');
    fails(envelope, { rowId: 'a', provider: 'bc', authType: 'd' });
  });

  it('does not open under another key, nor with the name of another key in it', () => {
    const envelope = seal(keys, row, 'text');
    fails(envelope, row, { current: 'k1', kek: () => Buffer.alloc(32, 7) });
    fails({ ...envelope, kid: 'k2' }, row, ring('k1', 'k2'));
    fails({ ...envelope, kid: 'gone' });
  });

  it('does not mix the halves of two', () => {
    const [one, two] = [seal(keys, row, 'one'), seal(keys, row, 'two')];
    fails({ ...one, ct: two.ct });
    fails({ ...one, wk: two.wk });
  });

  it('is refused in any version or shape we do not know', () => {
    const envelope = seal(keys, row, 'text');
    for (const bad of [
      null,
      undefined,
      7,
      'text',
      [],
      {},
      { ...envelope, v: 2 },
      { ...envelope, alg: 'none' },
      { ...envelope, kid: 1 },
      { ...envelope, wk: undefined },
      { ...envelope, ct: null },
    ]) {
      fails(bad);
    }
  });

  it('says nothing of the text when it does not open', () => {
    const envelope = seal(keys, row, 'sk-canary');
    try {
      unseal(keys, { ...row, rowId: 'other' }, envelope);
      expect.fail('opened');
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)}`)
        .not.to.contain('canary')
        .and.not.to.contain(envelope.ct);
    }
  });
});
