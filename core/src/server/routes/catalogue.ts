import type { AuthMethod } from '../../extension/auth.js';
import type { Provider } from '../../extension/provider.js';
import { ModelsQuery, ToolPatchBody, ToolUseQuery } from '../../protocol/api.js';
import type {
  AuthMethodResource,
  CredentialResource,
  ProviderResource,
  ToolResource,
} from '../../protocol/resources.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

const DAY_MS = 86_400_000;
const USE_DAYS = 7;

/** What sessions are made of: tools, providers and their models. */
export function catalogueRoutes(services: ServerServices): Route[] {
  const { tools, credentials, registries, catalogue } = services;
  return [
    route({
      method: 'GET',
      path: '/tools',
      summary: 'List tools with their switches',
      handle: async () => ({ items: await toolResources(services), next: null }),
    }),
    route({
      method: 'GET',
      path: '/tools/usage',
      summary: 'Tell how often tools were called in the last days, and how that went',
      query: ToolUseQuery,
      handle: async ({ query }) => {
        const days = query.days ?? USE_DAYS;
        return { items: await services.toolUse.since(new Date(Date.now() - days * DAY_MS)), next: null };
      },
    }),
    route({
      method: 'PATCH',
      path: '/tools/:name',
      summary: 'Turn a tool on or off for all sessions',
      body: ToolPatchBody,
      handle: async ({ params, body }) => {
        await tools.setEnabled(params.name!, body.is_enabled);
        return (await toolResources(services)).find(({ name }) => name === params.name);
      },
    }),
    route({
      method: 'GET',
      path: '/providers',
      summary: 'List providers, what they accept and whether they are ready',
      handle: async () => {
        const saved = await credentials.list();
        const items = registries.providers.all().map((provider) => providerResource(provider, saved, services));
        return { items, next: null };
      },
    }),
    route({
      method: 'GET',
      path: '/providers/:id/models',
      summary: 'List the models of a provider',
      query: ModelsQuery,
      handle: async ({ params, query: { refresh } }) => {
        const provider = registries.providers.get(params.id!);
        const items = await catalogue.list(provider, { refresh: refresh === 'true' || refresh === '1' });
        return { items, next: null };
      },
    }),
  ];
}

function providerResource(
  { id, label, auth, media }: Provider,
  saved: readonly CredentialResource[],
  { registries }: ServerServices,
): ProviderResource {
  const methods = auth.flatMap((method) => registries.auth.find(method) ?? []);
  const isReady = auth.length === 0 || saved.some(({ provider, state }) => provider === id && state === 'ready');
  return {
    id,
    label,
    auth: methods.map(authMethodResource),
    ready: isReady,
    plugin: registries.providers.ownerOf(id) ?? '',
    media: media ?? null,
  };
}

function authMethodResource({ id, kind, label, env, fields, oauth, warning }: AuthMethod): AuthMethodResource {
  return {
    id,
    kind,
    label,
    env: [...(env ?? [])],
    fields: fields.map(({ name, label, hint, secret }) => ({ name, label, hint: hint ?? null, secret })),
    ways: oauth?.ways.map(({ way }) => way) ?? [],
    missing: oauth?.missing() ?? null,
    warning: warning ?? null,
  };
}

async function toolResources({ tools, registries }: ServerServices): Promise<ToolResource[]> {
  const rows = await tools.list();
  const loaded = new Map<string, Pick<ToolResource, 'plugin' | 'server'>>();
  for (const { id, group } of registries.tools.all()) {
    const plugin = registries.tools.ownerOf(id) ?? null;
    loaded.set(id, { plugin, server: group?.kind === 'server' ? group.name : null });
    // A row may switch many tools and be none itself.
    if (group?.kind === 'tool') loaded.set(group.name, { plugin, server: null });
  }
  return rows.map((row) => ({
    ...row,
    available: loaded.has(row.name),
    ...(loaded.get(row.name) ?? { plugin: null, server: null }),
  }));
}
