import { ProviderError, type ProviderErrorKind } from '../errors.js';

/** When and how often a failed provider call is made again. */
export interface RetryPolicy {
  /** Further calls after the first. */
  retries: number;
  baseMs: number;
  maxMs: number;
  /** The longest wait a provider may ask for; more is told to the person instead. */
  retryAfterMaxMs: number;
  /** From 0 to 1. */
  random(): number;
}

export const RETRY: Readonly<RetryPolicy> = {
  retries: 4,
  baseMs: 1_000,
  maxMs: 60_000,
  retryAfterMaxMs: 5 * 60_000,
  random: Math.random,
};

const passing: ReadonlySet<ProviderErrorKind> = new Set([
  'network',
  'overloaded',
  'rate_limit',
  'interrupted',
  'timeout',
  'unavailable',
]);

/** What is wrong with a request does not pass, whatever the words beside it. */
const lasting: ReadonlySet<number | undefined> = new Set([400, 401, 403, 404, 413, 422]);

/**
 * How long to wait before the next attempt; null when there should be none. Only what passes by itself is tried
 * again, with full jitter between the base and a ceiling that doubles. A failure after which the provider sends
 * something else is tried again at once.
 *
 * @param retries attempts that were already repeats: 0 after the first failure
 */
export function retryDelay(failure: unknown, retries: number, policy: RetryPolicy): number | null {
  if (!(failure instanceof ProviderError) || retries >= policy.retries) return null;
  if (failure.fallback) return 0;
  if (!passing.has(failure.kind) || lasting.has(failure.status)) return null;
  const { retryAfterMs } = failure;
  if (retryAfterMs !== undefined && retryAfterMs > policy.retryAfterMaxMs) return null;
  if (retryAfterMs !== undefined) return Math.max(retryAfterMs, policy.baseMs);
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** (retries + 1));
  return Math.round(policy.baseMs + policy.random() * (ceiling - policy.baseMs));
}
