import type { UsageKey, UsageReport } from '../../protocol/usage.js';
import { UsageCallsQuery, UsageQuery } from '../../protocol/usage-api.js';
import { savedByCache } from '../../usage/cache-savings.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

const MOST_EXPENSIVE = 20;

/** What all sessions used and cost. */
export function usageRoutes({ usageReports, catalogue }: Pick<ServerServices, 'usageReports' | 'catalogue'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/usage',
      summary:
        'What all sessions used and cost, in all and by one or two of day, hour, provider, model, agent, activity, session',
      query: UsageQuery,
      handle: async ({ query: { group_by, ...filter } }): Promise<UsageReport> => {
        const report = await usageReports.sums((group_by?.split(',') ?? []) as UsageKey[], filter);
        const isCached = report.totals.cached_tokens > 0;
        const models = isCached ? (await usageReports.sums(['model'], filter)).items : [];
        const cache_saved_usd = savedByCache(models, (provider, model) => catalogue.priceOf(provider, model));
        return { ...report, totals: { ...report.totals, cache_saved_usd } };
      },
    }),
    route({
      method: 'GET',
      path: '/usage/calls',
      summary: 'The calls that cost most, of those the filter leaves',
      query: UsageCallsQuery,
      handle: ({ query: { limit = MOST_EXPENSIVE, ...filter } }) => usageReports.calls(filter, limit),
    }),
  ];
}
