import type { BudgetResource, BudgetScope } from '@maestro/core/protocol';
import { exactMoney, percent } from './format.js';

/** What counts for all: what people set above the configuration, else what that says. */
export function generalBudget(budgets: readonly BudgetResource[], scope: BudgetScope): BudgetResource | undefined {
  const own = budgets.filter((one) => one.scope === scope && one.session_id === null);
  return own.find(({ source }) => source === 'user') ?? own[0];
}

/** Those that count, in the order of a list: of a day, a session, a turn, then of single sessions. */
export function budgetsInForce(budgets: readonly BudgetResource[]): BudgetResource[] {
  const general = (['day', 'session', 'turn'] as const).flatMap((scope) => generalBudget(budgets, scope) ?? []);
  return [...general, ...budgets.filter(({ session_id }) => session_id !== null)];
}

/** `$10.00`, `no limit` */
export function limitText(budget: Pick<BudgetResource, 'limit_usd'> | undefined): string {
  return !budget || budget.limit_usd === null ? 'no limit' : exactMoney(budget.limit_usd);
}

export type BudgetLevel = 'ok' | 'warn' | 'full';

/** How far a budget is used up; null where it limits nothing or what was spent differs from case to case. */
export function levelOf({ limit_usd, spent_usd, warn_at }: BudgetResource): BudgetLevel | null {
  if (limit_usd === null || spent_usd === null) return null;
  const [limit, spent] = [Number(limit_usd), Number(spent_usd)];
  if (spent >= limit) return 'full';
  return spent >= limit * warn_at ? 'warn' : 'ok';
}

/** `82 % used` */
export function usedText({ limit_usd, spent_usd }: BudgetResource): string {
  const limit = Number(limit_usd);
  return limit > 0 ? `${percent(Number(spent_usd) / limit)} used` : 'used up';
}

/** What a person typed as an amount in USD, as the decimal it is; null where it is none. */
export function amountIn(text: string): string | null {
  const amount = text.trim().replace(/^\$/, '');
  return /^\d{1,8}(\.\d{1,12})?$/.test(amount) ? amount : null;
}

/** A share typed in percent; null where it is none. */
export function shareIn(text: string): number | null {
  const percentage = text.trim().replace(/\s*%$/, '');
  const value = Number(percentage);
  return percentage !== '' && value >= 0 && value <= 100 ? Number((value / 100).toFixed(4)) : null;
}
