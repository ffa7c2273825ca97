import { BudgetPatchBody, NewBudgetBody } from '../../protocol/api.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';
import { tellSystem } from '../system-feed.js';

/** What a turn, a session or a day may cost. */
export function budgetRoutes({ budgets, live }: Pick<ServerServices, 'budgets' | 'live'>): Route[] {
  const told = async <T>(changed: Promise<T>): Promise<T> => {
    const result = await changed;
    tellSystem(live, 'budgets');
    return result;
  };
  return [
    route({
      method: 'GET',
      path: '/budgets',
      summary: 'List what the configuration says and what people set above it, with what was spent',
      handle: () => budgets.list(),
    }),
    route({
      method: 'POST',
      path: '/budgets',
      summary: 'Set what a turn, a session or a day may cost; it counts from the next call on',
      body: NewBudgetBody,
      status: 201,
      handle: ({ body: { scope, session_id = null, limit_usd, warn_at = null } }) =>
        told(budgets.add({ scope, session_id, limit_usd, warn_at })),
    }),
    route({
      method: 'PATCH',
      path: '/budgets/:id',
      summary: 'Change a budget; it counts from the next call on',
      body: BudgetPatchBody,
      handle: ({ params, body }) => told(budgets.change(params.id!, body)),
    }),
    route({
      method: 'DELETE',
      path: '/budgets/:id',
      summary: 'Delete a budget; what stands below it counts again',
      handle: async ({ params }) => {
        await told(budgets.remove(params.id!));
      },
    }),
  ];
}
