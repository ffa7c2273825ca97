import type { CallSums } from './resources.js';

/** By what calls are added up. A model is named with its provider. */
export type UsageKey = 'day' | 'hour' | 'provider' | 'model' | 'agent' | 'activity' | 'session';

/** What all sessions used, also those that were removed: in all, and by what was asked. */
export interface UsageReport {
  group_by: UsageKey[];
  /** As asked: a day, or a moment; null for no bound. */
  from: string | null;
  to: string | null;
  /** Whose midnight the days begin at. */
  time_zone: string;
  totals: UsageTotals;
  /** By time oldest first, else what cost most first. Times without a call are not listed. */
  items: UsageGroup[];
  next: null;
}

export interface UsageTotals extends CallSums {
  /** Calls that brought no answer; what they used all the same is in the sums. Of sessions that still exist. */
  failed_calls: number;
  /** What reading from caches saved at the prices of now: a guess. Null: no price is known, or nothing was read from one. */
  cache_saved_usd: string | null;
}

/** One sum; of the names those are given that it was grouped by. */
export interface UsageGroup extends CallSums {
  /** `2026-11-27`, in the time zone asked for. */
  day?: string;
  /** When the hour began, in UTC. */
  hour?: string;
  /** Null: recorded before names were. */
  provider?: string | null;
  model?: string | null;
  agent?: string | null;
  /** `sub_agent` is all that agents used which answer calls of others. */
  activity?: string;
  session_id?: string | null;
}

/** A call as a list of costs shows it. */
export interface UsageCall {
  /** Null: its session was removed. */
  call_id: string | null;
  session_id: string | null;
  agent: string | null;
  provider: string | null;
  model: string | null;
  activity: string;
  at: string;
  duration_ms: number | null;
  request_tokens: number;
  response_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  /** Decimal string in USD; null where the price is not known. */
  total_cost_usd: string | null;
  estimated: boolean;
}
