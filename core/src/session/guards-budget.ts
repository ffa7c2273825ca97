import Big from 'big.js';

/** Money as decimal strings in USD, exact to the last place. */
export interface Spent {
  limit: string;
  /** Share of the limit at which to warn, from 0 to 1. */
  warnAt: number;
  spent: string;
  /** What calls under way elsewhere will cost. */
  inFlight: string;
}

/** How far people let a turn go beyond a limit; `raised`: to its end. */
export interface Allowed {
  raised: boolean;
  /** Each the amount up to which one answer let it go. */
  until: readonly string[];
}

/** `over`: no call may be made before a person was asked. */
export type Standing = 'free' | 'warn' | 'over';

/** Where a budget stands. What is allowed beyond the limit changes when it is over, not when it warns. */
export function standingOf({ limit, warnAt, spent, inFlight }: Spent, allowed: Allowed): Standing {
  const counted = new Big(spent).plus(inFlight);
  const ceiling = allowed.until.reduce((most, one) => (most.gt(one) ? most : new Big(one)), new Big(limit));
  if (!allowed.raised && counted.gte(ceiling)) return 'over';
  return counted.gte(new Big(limit).times(warnAt)) ? 'warn' : 'free';
}

/** A quarter of the limit, and a cent where that is more: an answer always lets it get on. */
const share = new Big('0.25');
const least = new Big('0.01');

/** Up to where `go_on` lets a turn go. */
export function nextCeiling({ limit, spent, inFlight }: Spent): string {
  const step = new Big(limit).times(share);
  return new Big(spent)
    .plus(inFlight)
    .plus(step.gt(least) ? step : least)
    .toFixed();
}

/** What counts, as people read it: all places that are not zero. */
export function counted({ spent, inFlight }: Spent): string {
  return usd(new Big(spent).plus(inFlight).toFixed());
}

export function usd(amount: string): string {
  return new Big(amount).toFixed();
}
