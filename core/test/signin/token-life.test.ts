import { expect } from 'chai';
import fc from 'fast-check';
import { marginOf, retryAt, TokenLives, timesOf } from '../../src/signin/token-life.js';

const minute = 60_000;
const hour = 60 * minute;
const lives = fc.integer({ min: 1000, max: 30 * 24 * hour });
/** Of the shared clock, against the one of the provider. */
const skews = fc.integer({ min: -2 * hour, max: 2 * hour });
/** Parts of a life, in thousandths. */
const parts = fc.integer({ min: 0, max: 2000 });

describe('the life of a token', () => {
  /** A token that was received at the real time 0, by a server whose clock is wrong by `skewMs`. */
  const received = (lifeMs: number, skewMs: number) => {
    const clock = { mono: 0, monotonic: () => clock.mono, skewMs: () => 0 };
    const { issuedAt, expiresAt } = timesOf(skewMs, lifeMs);
    const row = { id: 'a', gen: 1, expires_at: expiresAt, updated_at: issuedAt };
    return { clock, row, lives: new TokenLives(clock) };
  };

  it('V7 counts from its receipt by what the server said, whatever the clock shows from -2 h to +2 h', () => {
    fc.assert(
      fc.property(lives, skews, parts, (lifeMs, skewMs, part) => {
        const { clock, row, lives } = received(lifeMs, skewMs);
        const passed = Math.floor((lifeMs * part) / 1000);
        clock.mono = passed;
        expect(lives.left(row, skewMs + passed)).to.equal(lifeMs - passed);
        expect(lives.isDue(row, skewMs + passed)).to.equal(lifeMs - passed <= marginOf(lifeMs));
      }),
    );
  });

  it('V7 is never longer than was said after a clock was set, and not due early after it was set back', () => {
    fc.assert(
      fc.property(lives, skews, parts, (lifeMs, setBy, part) => {
        const { clock, row, lives } = received(lifeMs, 0);
        lives.left(row, 0);
        const passed = Math.floor((lifeMs * part) / 1000);
        clock.mono = passed;
        expect(lives.left(row, passed + setBy)).to.equal(lifeMs - passed - Math.max(setBy, 0));
      }),
    );
  });

  it('V7 is one whole life at most for a server that first sees it by a clock that is behind', () => {
    fc.assert(
      fc.property(lives, skews, (lifeMs, skewMs) => {
        const { row, lives } = received(lifeMs, 0);
        expect(lives.left(row, skewMs)).to.equal(Math.min(lifeMs, lifeMs - skewMs));
      }),
    );
  });

  it('begins anew with each refresh', () => {
    const { clock, row, lives } = received(hour, 0);
    lives.left(row, 0);
    clock.mono = hour;
    expect(lives.left(row, hour)).to.equal(0);
    const { issuedAt, expiresAt } = timesOf(hour, 2 * hour);
    expect(lives.left({ ...row, gen: 2, expires_at: expiresAt, updated_at: issuedAt }, hour)).to.equal(2 * hour);
  });

  it('has no end where the server names none: it is never due, and no refresh is planned', () => {
    const { issuedAt, expiresAt, nextRefreshAt } = timesOf(5, null);
    expect({ expiresAt, nextRefreshAt }).to.deep.equal({ expiresAt: null, nextRefreshAt: null });
    expect(issuedAt.getTime()).to.equal(5);
    const { clock, lives } = received(hour, 0);
    clock.mono = 1e12;
    const row = { id: 'a', gen: 1, expires_at: expiresAt, updated_at: issuedAt };
    expect(lives.left(row, 1e12)).to.equal(Number.POSITIVE_INFINITY);
    expect(lives.isDue(row, 1e12)).to.equal(false);
  });

  it('is to be refreshed before its margin begins, a little sooner or later for each', () => {
    fc.assert(
      fc.property(lives, fc.nat(), (lifeMs, now) => {
        const { nextRefreshAt } = timesOf(now, lifeMs);
        const planned = nextRefreshAt!.getTime() - now;
        const margin = marginOf(lifeMs);
        expect(margin).to.be.within(lifeMs / 10, lifeMs / 2);
        expect(planned).to.be.within(lifeMs - margin * 1.2 - 1, lifeMs - margin);
      }),
    );
    const planned = Array.from({ length: 20 }, () => timesOf(0, hour).nextRefreshAt!.getTime());
    expect(new Set(planned).size).to.be.greaterThan(1);
  });

  it('whose refresh failed is tried again after half a minute at first, a quarter of an hour at most', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: -hour, max: 24 * hour }), (lifeMs, late) => {
        const { row } = received(lifeMs, 0);
        const now = Math.floor(lifeMs - marginOf(lifeMs)) + late;
        const waits = retryAt(row, now).getTime() - now;
        expect(waits).to.be.within(0.5 * minute - 1, 15 * minute);
        expect(waits).to.be.closeTo(Math.min(Math.max(late, 0.5 * minute), 15 * minute), 1);
      }),
    );
    const endless = retryAt({ expires_at: null, updated_at: new Date(0) }, 1000 * hour);
    expect(endless.getTime() - 1000 * hour).to.equal(0.5 * minute);
  });
});
