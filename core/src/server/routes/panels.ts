import { EmptyBody, PanelActionBody, PanelQuery } from '../../protocol/api.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

/** What plugins show beside the conversations. Panels of the slot `session` are asked for with a session. */
export function panelRoutes({ panels, sessions }: Pick<ServerServices, 'panels' | 'sessions'>): Route[] {
  /** @throws MaestroError `session.unknown` */
  const known = async (sessionId: string | undefined) => {
    if (sessionId !== undefined) await sessions.get(sessionId);
    return sessionId;
  };
  return [
    route({
      method: 'GET',
      path: '/panels',
      summary: 'List the panels of the plugins that are on',
      handle: async () => ({ items: panels.list(), next: null }),
    }),
    route({
      method: 'GET',
      path: '/panels/:id',
      summary: 'What a panel shows; it runs for as long as that takes, or longer where somebody else looks',
      query: PanelQuery,
      handle: async ({ params, query }) => panels.once(params.id!, await known(query.session_id)),
    }),
    route({
      method: 'POST',
      path: '/panels/:id/restart',
      summary: 'Begin a panel anew that broke, for all who look at it',
      query: PanelQuery,
      body: EmptyBody,
      handle: async ({ params, query }) => panels.restart(params.id!, await known(query.session_id)),
    }),
    route({
      method: 'POST',
      path: '/panels/:id/actions/:action',
      summary: 'Do what a button or a form of a panel stands for',
      query: PanelQuery,
      body: PanelActionBody,
      handle: async ({ params, query, body }) =>
        panels.act(params.id!, params.action!, body.input ?? {}, await known(query.session_id)),
    }),
  ];
}
