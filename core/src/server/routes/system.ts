import { MaestroError } from '../../errors.js';
import { DirectoriesQuery, EmptyBody, ExchangeBody, NewTokenBody } from '../../protocol/api.js';
import { listDirectories } from '../directories.js';
import { health } from '../health.js';
import { type Route, route } from '../route.js';
import type { ServerServices, ServerSettings } from '../services.js';
import type { SignIn } from '../sign-in.js';
import { SystemStatsReader } from '../system-stats.js';
import { isUuid } from './records.js';

/** Who may come in, and how the platform is. */
export function systemRoutes(services: ServerServices, settings: ServerSettings, signIn: SignIn): Route[] {
  const { tokens } = services;
  const stats = new SystemStatsReader(services);
  return [
    route({
      method: 'POST',
      path: '/auth/codes',
      summary: 'A one-time code for signing in a browser; lives 60 s',
      body: EmptyBody,
      status: 201,
      handle: async ({ identity }) => ({ code: signIn.issueCode(identity) }),
    }),
    route({
      method: 'POST',
      path: '/auth/exchange',
      summary: 'Turn a one-time code into the token of this browser; needs no token, but an Origin',
      body: ExchangeBody,
      isOpen: true,
      needsOrigin: true,
      handle: ({ body }) => signIn.exchange(body.code),
    }),
    route({
      method: 'POST',
      path: '/socket-tickets',
      summary: 'A one-time ticket for opening /socket; lives 30 s',
      body: EmptyBody,
      status: 201,
      handle: async ({ identity }) => ({ ticket: signIn.issueTicket(identity) }),
    }),
    route({
      method: 'GET',
      path: '/tokens',
      summary: 'List tokens; their values are never read',
      handle: async () => ({ items: await tokens.list(), next: null }),
    }),
    route({
      method: 'POST',
      path: '/tokens',
      summary: 'Make a token for a program; its value is given this once',
      body: NewTokenBody,
      status: 201,
      handle: async ({ body, identity }) => {
        if (identity.kind === 'browser') {
          throw new MaestroError('auth.machine_only', 'a browser cannot make tokens; run `maestro token create NAME`');
        }
        const { id, token } = await tokens.create(body.name, 'api');
        return { id, name: body.name, kind: 'api', token };
      },
    }),
    route({
      method: 'DELETE',
      path: '/tokens/:id',
      summary: 'Revoke a token and close its sockets',
      handle: async ({ params }) => {
        const id = params.id!;
        const isKnown = isUuid(id) && (await tokens.list()).some((token) => token.id === id);
        if (!isKnown)
          throw new MaestroError('token.unknown', `there is no token "${id}"; list them with GET /api/v1/tokens`);
        await tokens.revoke(id);
      },
    }),
    route({
      method: 'GET',
      path: '/directories',
      summary: 'List sub-directories, for choosing a working directory',
      query: DirectoriesQuery,
      handle: ({ query: { path, hidden } }) => listDirectories(path, hidden === 'true' || hidden === '1'),
    }),
    route({
      method: 'GET',
      path: '/health',
      summary: 'Whether the parts work',
      handle: async () => health(services, settings),
    }),
    route({
      method: 'GET',
      path: '/system/stats',
      summary: 'How the machine, this process and its database are doing, and how fast providers answer',
      handle: () => stats.read(),
    }),
    route({
      method: 'POST',
      path: '/tui/connect',
      summary: 'Who a terminal client is here, and what it may follow',
      body: EmptyBody,
      handle: async ({ identity }) => ({
        server_version: settings.version,
        token_name: identity.name,
        topics: [
          'sessions',
          'approvals',
          'system',
          'settings',
          'session:ID',
          'tui:ID',
          'panel:ID',
          'panel:ID/SESSION_ID',
        ],
      }),
    }),
  ];
}
