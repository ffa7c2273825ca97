import {
  CallsQuery,
  CompactBody,
  EmptyBody,
  NewSessionBody,
  SessionPatchBody,
  SessionsQuery,
} from '../../protocol/api.js';
import type { Session } from '../../protocol/resources.js';
import type { Cards } from '../cards.js';
import { type Route, route } from '../route.js';
import type { ServerServices, ServerSettings } from '../services.js';
import { checkedChange, completedSession } from '../session-input.js';

export function sessionRoutes(services: ServerServices, settings: ServerSettings, cards: Cards): Route[] {
  const { sessions, engine, calls, catalogue, compactions, tools, usage } = services;
  const shown = async (session: Session | Promise<Session>) => catalogue.fill(await session);
  return [
    route({
      method: 'POST',
      path: '/sessions',
      summary: 'Create a session',
      body: NewSessionBody,
      status: 201,
      handle: async ({ body }) => shown(sessions.create(await completedSession(body, services, settings))),
    }),
    route({
      method: 'GET',
      path: '/sessions',
      summary: 'List sessions of people, or with `parent` those that answer its calls, newest activity first',
      query: SessionsQuery,
      handle: async ({ query }) => {
        const { items, next } = await sessions.list(query);
        return { items: await cards.of(items.map((session) => catalogue.fill(session))), next };
      },
    }),
    route({
      method: 'GET',
      path: '/sessions/:id',
      summary: 'Read a session',
      handle: ({ params }) => shown(sessions.get(params.id!)),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/children',
      summary: 'List the sessions that answer calls of this one, newest activity first',
      handle: async ({ params }) => {
        const { session_id: parent } = await sessions.get(params.id!);
        const { items, next } = await sessions.list({ parent, limit: 200 });
        return { items: items.map((session) => catalogue.fill(session)), next };
      },
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/usage',
      summary: 'What a session and its agents used: in all, by activity, by model',
      handle: async ({ params }) => usage.ofSession((await sessions.get(params.id!)).session_id),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/context',
      summary: 'What the next request would hold, by cause, with our estimate of its tokens',
      handle: async ({ params }) => {
        const session = await sessions.get(params.id!);
        // The window is what this is about, so it waits for the list that names it.
        await catalogue.sizes(session.provider, session.model);
        return engine.contexts.of(catalogue.fill(session));
      },
    }),
    route({
      method: 'PATCH',
      path: '/sessions/:id',
      summary: 'Change a session; a running turn keeps what it started with',
      body: SessionPatchBody,
      handle: async ({ params, body }) => {
        const session = await sessions.get(params.id!);
        const change = await checkedChange(session, body, services);
        return shown(Object.keys(change).length === 0 ? session : sessions.patch(params.id!, change));
      },
    }),
    route({
      method: 'DELETE',
      path: '/sessions/:id',
      summary: 'Stop a session and delete it with its history',
      handle: ({ params }) => engine.removeSession(params.id!),
    }),
    route({
      method: 'POST',
      path: '/sessions/:id/conversations',
      summary: 'Begin a new conversation, once nothing runs or waits',
      body: EmptyBody,
      status: 201,
      handle: ({ params }) => shown(engine.startConversation(params.id!)),
    }),
    route({
      method: 'POST',
      path: '/sessions/:id/stop',
      summary: 'Stop the running turn, if there is one',
      body: EmptyBody,
      handle: async ({ params }) => void (await engine.stop(params.id!)),
    }),
    route({
      method: 'POST',
      path: '/sessions/:id/retry',
      summary: 'Try the last turn again after it failed, was stopped or interrupted',
      body: EmptyBody,
      handle: async ({ params }) => void (await engine.retry(params.id!)),
    }),
    route({
      method: 'POST',
      path: '/sessions/:id/compact',
      summary: 'Begin a turn that sums the conversation up; the full history stays',
      body: CompactBody,
      status: 202,
      handle: ({ params, body }) => engine.compact(params.id!, body.instructions ?? null),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/compactions',
      summary: 'How the current conversation was summed up, oldest first, undone ones among them',
      handle: async ({ params }) => {
        const { conversation_id } = await sessions.get(params.id!);
        return { items: await compactions.list(conversation_id), next: null };
      },
    }),
    route({
      method: 'POST',
      path: '/sessions/:id/compactions/:compaction_id/revert',
      summary: 'Undo a compaction and all after it',
      body: EmptyBody,
      handle: ({ params }) => engine.revertCompaction(params.id!, params.compaction_id!),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/calls',
      summary:
        'The provider calls of the current conversation, the newest `limit` before `before`, oldest first inside',
      query: CallsQuery,
      handle: async ({ params, query }) => calls.page((await sessions.get(params.id!)).conversation_id, query),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/tools',
      summary: 'How often a session called which tools, over all its conversations',
      handle: async ({ params }) => {
        const { session_id } = await sessions.get(params.id!);
        return { items: await tools.uses(session_id), next: null };
      },
    }),
  ];
}
