import { expect } from 'chai';
import fc from 'fast-check';
import { nextCeiling, type Spent, standingOf } from '../../src/session/guards-budget.js';

const places = 12;
/** An amount as the tables have it, from its count of 1e-12 USD. */
const amount = (units: bigint) =>
  `${units / 10n ** BigInt(places)}.${String(units % 10n ** BigInt(places)).padStart(places, '0')}`;
const units = fc.bigInt({ min: 0n, max: 10n ** 20n });
const nothing = { raised: false, until: [] };

describe('the arithmetic of budgets', () => {
  const given = (limit: bigint, spent: bigint, inFlight = 0n, warnAt = 1): Spent => ({
    ...{ limit: amount(limit), spent: amount(spent), inFlight: amount(inFlight), warnAt },
  });

  it('is over exactly where what was spent and what is under way reach the limit, to the last place', () => {
    fc.assert(
      fc.property(units, units, units, (limit, spent, inFlight) => {
        const isOver = standingOf(given(limit, spent, inFlight), nothing) === 'over';
        expect(isOver).to.equal(spent + inFlight >= limit);
      }),
    );
  });

  it('warns from its share on, and never below', () => {
    fc.assert(
      fc.property(units, units, fc.integer({ min: 0, max: 100 }), (limit, spent, percent) => {
        const standing = standingOf(given(limit, spent, 0n, percent / 100), { raised: true, until: [] });
        expect(standing).to.equal(spent * 100n >= limit * BigInt(percent) ? 'warn' : 'free');
      }),
    );
  });

  it('is not over right after an answer that lets it go on, whatever the limit', () => {
    fc.assert(
      fc.property(units, units, units, (limit, spent, inFlight) => {
        const now = given(limit, spent, inFlight);
        expect(standingOf(now, { raised: false, until: [nextCeiling(now)] })).to.not.equal('over');
      }),
    );
  });

  it('lets a spender pass what was allowed by one call at most, however the calls fall', () => {
    const costs = fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(units, costs, fc.nat(3), (limit, calls, answers) => {
        let spent = 0n;
        let left = answers;
        const until: string[] = [];
        for (const cost of calls) {
          if (standingOf(given(limit, spent), { raised: false, until }) === 'over') {
            if (left === 0) break;
            left -= 1;
            until.push(nextCeiling(given(limit, spent)));
          }
          const ceiling = until.reduce((most, one) => (Number(one) > Number(most) ? one : most), amount(limit));
          expect(standingOf(given(limit, spent), { raised: false, until })).to.not.equal('over');
          spent += cost;
          const passed = given(limit, spent - cost);
          expect(standingOf({ ...passed, limit: ceiling }, nothing)).to.not.equal('over');
        }
      }),
    );
  });
});
