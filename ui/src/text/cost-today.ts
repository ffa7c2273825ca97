import type { BudgetResource, UsageGroup } from '@maestro/core/protocol';

export interface CostToday {
  /** In USD. */
  total: number;
  estimated: boolean;
  unpriced: number;
  limit: number | null;
  warnAt: number;
  tokens: number;
  providers: { provider: string; usd: number }[];
  /** From midnight to now. */
  hours: number[];
}

/** Today's cost by provider and hour, and what may be spent. */
export function costToday(items: readonly UsageGroup[], budgets: readonly BudgetResource[], now: Date): CostToday {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const hours = new Array<number>(now.getHours() + 1).fill(0);
  const providers = new Map<string, number>();
  const day = budgets.find(({ scope }) => scope === 'day');
  const today: CostToday = {
    total: 0,
    estimated: false,
    unpriced: 0,
    limit: day?.limit_usd == null ? null : Number(day.limit_usd),
    warnAt: day?.warn_at ?? 1,
    tokens: 0,
    providers: [],
    hours,
  };
  for (const { hour, provider, total_cost_usd, estimated, unpriced_calls, request_tokens, response_tokens } of items) {
    const usd = Number(total_cost_usd ?? 0);
    today.total += usd;
    today.tokens += request_tokens + response_tokens;
    today.estimated ||= estimated;
    today.unpriced += unpriced_calls;
    if (usd > 0) providers.set(provider ?? '', (providers.get(provider ?? '') ?? 0) + usd);
    const at = Math.floor((Date.parse(hour ?? '') - midnight) / 3_600_000);
    if (at >= 0 && at < hours.length) hours[at]! += usd;
  }
  today.providers = [...providers].map(([provider, usd]) => ({ provider, usd })).sort((a, b) => b.usd - a.usd);
  return today;
}
