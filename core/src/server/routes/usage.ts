import type { UsageKey } from '../../protocol/usage.js';
import { UsageCallsQuery, UsageQuery } from '../../protocol/usage-api.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

const MOST_EXPENSIVE = 20;

/** What all sessions used and cost. */
export function usageRoutes({ usageReports }: Pick<ServerServices, 'usageReports'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/usage',
      summary:
        'What all sessions used and cost, in all and by one or two of day, hour, provider, model, agent, activity, session',
      query: UsageQuery,
      handle: ({ query: { group_by, ...filter } }) =>
        usageReports.sums((group_by?.split(',') ?? []) as UsageKey[], filter),
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
