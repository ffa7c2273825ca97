import type { CredentialRow } from '../store/credential-row.js';

/** Two ways to know how much time has passed; tests bring their own. */
export interface SignInClock {
  /** Milliseconds since some moment; never set back. */
  monotonic(): number;
  /** What is to be added to the time of the database, which all servers share. */
  skewMs(): number;
}

export const systemSignInClock: SignInClock = { monotonic: () => performance.now(), skewMs: () => 0 };

const mostMarginMs = 5 * 60_000;
const lifePart = 0.1;

/** How long before its end a token is refreshed: a tenth of its life, or five minutes; of a short life the half. */
export function marginOf(lifeMs: number): number {
  return Math.min(Math.max(lifePart * lifeMs, mostMarginMs), lifeMs / 2);
}

/** When a token that was just received ends, and when it is to be refreshed: not all of them at the same moment. */
export function timesOf(now: number, expiresInMs: number | null) {
  const issuedAt = new Date(now);
  if (expiresInMs === null) return { issuedAt, expiresAt: null, nextRefreshAt: null };
  const margin = marginOf(expiresInMs);
  const early = margin * (1 + Math.random() / 5);
  return {
    issuedAt,
    expiresAt: new Date(now + expiresInMs),
    nextRefreshAt: new Date(now + Math.max(expiresInMs - early, 0)),
  };
}

const leastRetryMs = 30_000;
const mostRetryMs = 15 * 60_000;

/** When a refresh that failed is tried again: the longer it has failed, the later. */
export function retryAt(row: Pick<CredentialRow, 'expires_at' | 'updated_at'>, now: number): Date {
  const due = row.expires_at ? row.expires_at.getTime() - marginOf(lifeOf(row)) : now;
  return new Date(now + Math.min(Math.max(now - due, leastRetryMs), mostRetryMs));
}

const lifeOf = ({ expires_at, updated_at }: Pick<CredentialRow, 'expires_at' | 'updated_at'>) =>
  Math.max((expires_at?.getTime() ?? 0) - updated_at.getTime(), 0);

/**
 * How much life tokens have left. A clock that is set back makes none of them live longer: from the moment this process
 * first sees a token its life is counted on a clock that cannot be set, and never for more than its whole life.
 */
export class TokenLives {
  readonly #ends = new Map<string, { gen: number; at: number }>();

  constructor(private readonly clock: SignInClock) {}

  /** Milliseconds; infinite for a token that does not expire. */
  left(row: Pick<CredentialRow, 'id' | 'gen' | 'expires_at' | 'updated_at'>, now: number): number {
    if (!row.expires_at) return Number.POSITIVE_INFINITY;
    const byWall = row.expires_at.getTime() - now;
    const known = this.#ends.get(row.id);
    const at = known?.gen === row.gen ? known.at : this.clock.monotonic() + Math.min(byWall, lifeOf(row));
    this.#ends.set(row.id, { gen: row.gen, at });
    return Math.min(byWall, at - this.clock.monotonic());
  }

  /** Whether it is time for new ones. */
  isDue(row: Pick<CredentialRow, 'id' | 'gen' | 'expires_at' | 'updated_at'>, now: number): boolean {
    return this.left(row, now) <= marginOf(lifeOf(row));
  }
}
