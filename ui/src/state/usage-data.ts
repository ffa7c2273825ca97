import type { MaestroRest } from '@maestro/core/client';
import type { BudgetResource, UsageCall, UsageReport } from '@maestro/core/protocol';
import { before, dayOf, lengthOf, queryOf, type UsageView } from '../text/usage-view.js';

/** Everything the usage page shows, of one moment. */
export interface UsageShown {
  view: UsageView;
  at: Date;
  /** By day or hour, and provider. */
  times: UsageReport;
  models: UsageReport;
  agents: UsageReport;
  activities: UsageReport;
  dearest: readonly UsageCall[];
  /** The same length of time before. */
  before: UsageReport;
  spending: Spending;
}

/** What budgets are compared with; no filter of the page narrows it. */
export interface Spending {
  budgets: readonly BudgetResource[];
  /** Of this month, by day. */
  month: UsageReport;
}

const DEAREST = 10;

/** Reads it all at once, so that what stands side by side is of one moment. */
export async function readUsage(rest: MaestroRest, view: UsageView, signal: AbortSignal): Promise<UsageShown> {
  const query = queryOf(view);
  const by = (group_by: string) => rest.usageReport({ ...query, group_by }, signal);
  const at = new Date();
  const [times, models, agents, activities, dearest, then, spending] = await Promise.all([
    by(lengthOf(view) === 1 ? 'hour,provider' : 'day,provider'),
    by('model'),
    by('agent'),
    by('activity'),
    rest.usageCalls({ ...query, limit: DEAREST }, signal),
    rest.usageReport(queryOf(before(view)), signal),
    readSpending(rest, at, query.tz),
  ]);
  return { view, at, times, models, agents, activities, dearest: dearest.items, before: then, spending };
}

async function readSpending(rest: MaestroRest, now: Date, tz: string | undefined): Promise<Spending> {
  const from = `${dayOf(now).slice(0, 8)}01`;
  const [budgets, month] = await Promise.all([
    rest.budgets(),
    rest.usageReport({ group_by: 'day', from, ...(tz !== undefined && { tz }) }),
  ]);
  return { budgets: budgets.items, month };
}
