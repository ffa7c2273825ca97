import { ProviderError, type ProviderErrorKind } from '../errors.js';
import { type RetryPolicy, retryDelay } from './retry.js';

/** What follows a failed attempt. */
export type Decision =
  | { does: 'fail' }
  /** Another attempt after a while: because it may pass, because the provider named a time, or because it sends something else. */
  | { does: 'retry' | 'wait' | 'fallback'; delayMs: number }
  /** Another attempt with a fresh sign-in. */
  | { does: 'refresh' }
  /** Another model takes over. */
  | { does: 'switch' }
  /** Another attempt once the conversation is told in fewer words. */
  | { does: 'compact' };

export interface Standing {
  /** Attempts with this model that were already repeats: 0 after the first failure. */
  retries: number;
  /** The credential can be refreshed and was not yet, for this reply. */
  mayRefresh: boolean;
  /** The session rather goes on with another model than wait long. */
  maySwitch: boolean;
  /** The conversation was not compacted for this reply because it was refused as too long. */
  mayCompact: boolean;
}

/** What another provider may well be free of. */
const limits: ReadonlySet<ProviderErrorKind> = new Set(['rate_limit', 'quota', 'overloaded', 'unavailable']);

/** The rules in one place: one failure and what was tried before in, one decision out. */
export function decide(failure: unknown, standing: Standing, policy: RetryPolicy): Decision {
  if (!(failure instanceof ProviderError) || failure.permanent) return { does: 'fail' };
  if (failure.kind === 'auth' && failure.status === 401 && standing.mayRefresh) return { does: 'refresh' };
  if (failure.kind === 'too_long' && standing.mayCompact) return { does: 'compact' };
  const delayMs = retryDelay(failure, standing.retries, policy);
  if (delayMs !== null && failure.fallback) return { does: 'fallback', delayMs };
  const isSoon = delayMs !== null && delayMs <= policy.maxMs;
  if (standing.maySwitch && !isSoon && limits.has(failure.kind)) return { does: 'switch' };
  if (delayMs === null) return { does: 'fail' };
  return { does: failure.retryAfterMs === undefined ? 'retry' : 'wait', delayMs };
}
