import { expect } from 'chai';
import fc from 'fast-check';
import { costOf, type Rates } from '../../src/usage/rates.js';

const rates: Rates = {
  input: '3',
  output: '15',
  cachedInput: '0.3',
  cacheWrite: '3.75',
  cacheWriteHour: '6',
  source: 'a test',
};

/** Rates in units of 1e-12 USD a token. */
const units = { input: 3_000_000n, output: 15_000_000n, cached: 300_000n, write: 3_750_000n, hour: 6_000_000n };

describe('5.3 the cost of a call', () => {
  it('counts every kind of token at its own rate', () => {
    const usage = { requestTokens: 1_000, responseTokens: 100, cachedTokens: 400, cacheWriteTokens: 300 };
    // 300 plain, 400 cached, 300 written, 100 out.
    expect(costOf(usage, rates)).to.equal('0.003645000000');
    expect(costOf({ ...usage, cacheWriteHourTokens: 100 }, rates)).to.equal('0.003870000000');
  });

  it('is nothing for nothing, and exact for a single token', () => {
    expect(costOf({ requestTokens: 0, responseTokens: 0 }, rates)).to.equal('0.000000000000');
    expect(costOf({ requestTokens: 1, responseTokens: 0, cachedTokens: 1 }, rates)).to.equal('0.000000300000');
  });

  it('equals the sum in whole units of 1e-12 USD, whatever the numbers', () => {
    const count = fc.integer({ min: 0, max: 50_000_000 });
    fc.assert(
      fc.property(count, count, count, count, count, (plain, cached, written, hour, out) => {
        const usage = {
          requestTokens: plain + cached + written + hour,
          responseTokens: out,
          cachedTokens: cached,
          cacheWriteTokens: written + hour,
          cacheWriteHourTokens: hour,
        };
        const total =
          BigInt(plain) * units.input +
          BigInt(cached) * units.cached +
          BigInt(written) * units.write +
          BigInt(hour) * units.hour +
          BigInt(out) * units.output;
        const [whole, fraction] = costOf(usage, rates).split('.');
        expect(BigInt(whole! + fraction!)).to.equal(total);
      }),
    );
  });

  it('never charges more tokens than were read, even where a provider claims more of them cached', () => {
    expect(costOf({ requestTokens: 10, responseTokens: 0, cachedTokens: 99 }, rates)).to.equal('0.000003000000');
    expect(costOf({ requestTokens: 10, responseTokens: 0, cacheWriteTokens: 99 }, rates)).to.equal('0.000037500000');
  });
});
