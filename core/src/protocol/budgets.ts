/** Limits on money: what a turn, a session with its agents, or a day of this server may cost. */
export type BudgetScope = 'turn' | 'session' | 'day';

export interface BudgetResource {
  /** Null: it stands in the configuration. */
  id: string | null;
  scope: BudgetScope;
  /** Null: for all. A budget of one session counts above that for all, which counts above the configuration. */
  session_id: string | null;
  /** Decimal string in USD; null: no limit. */
  limit_usd: string | null;
  /** Share of the limit at which a warning is given, from 0 to 1. */
  warn_at: number;
  source: 'config' | 'user';
  /** Spent today, or by the session and its agents; null where that differs from turn to turn or session to session. */
  spent_usd: string | null;
  /** Calls in `spent_usd` whose price is not known, so that they are missing in it. */
  unpriced_calls: number;
  created_at: string | null;
  updated_at: string | null;
}

/** A budget as events tell of it. */
export interface BudgetTold {
  turn_id: string;
  scope: BudgetScope;
  /** Whose budget it is: a turn, a session, or a day as in `2026-11-27`. */
  subject: string;
  limit_usd: string;
  spent_usd: string;
}

/** What a turn ran into: `args` of a request of kind `limit`. */
export interface LimitReached {
  /** `steps`: calls of tools in one turn; `repeats`: the same call over and over; else a budget. */
  guard: 'steps' | 'repeats' | BudgetScope;
  /** What an answer counts for. */
  key: string;
  /** In USD as decimal strings, or as a count of calls. */
  limit: string;
  reached: string;
  /** Where it is asked again after `go_on`. */
  next: string;
  /** With `repeats`: which tool. */
  tool?: string;
}

/** `raise`: it is not asked again in this turn. */
export type LimitAnswer = { how: 'go_on' | 'raise' | 'stop' };
