import { MaestroError } from '../../errors.js';
import type { Provider } from '../../extension/provider.js';
import { ModelsQuery, NewCredentialBody, ToolPatchBody } from '../../protocol/api.js';
import type { CredentialResource, ModelResource, ProviderResource, ToolResource } from '../../protocol/resources.js';
import type { ModelWindows } from '../model-windows.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

const MODELS_TIMEOUT_MS = 30_000;

/** What sessions are made of: tools, providers, their models, plugins and credentials. */
export function catalogueRoutes(services: ServerServices, windows: ModelWindows): Route[] {
  const { tools, credentials, plugins, registries } = services;
  return [
    route({
      method: 'GET',
      path: '/tools',
      summary: 'List tools with their switches',
      handle: async () => ({ items: await toolResources(services), next: null }),
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
        const signal = AbortSignal.timeout(MODELS_TIMEOUT_MS);
        const asks = refresh === 'true' || refresh === '1';
        const credential = asks ? await credentials.pick(provider.id, provider.auth) : undefined;
        const models = await provider.models({ signal, refresh: asks, credential });
        windows.learn(provider.id, models);
        const items = models.map(
          ({ id, label, contextTokens }): ModelResource => ({ id, label, context_tokens: contextTokens }),
        );
        return { items, next: null };
      },
    }),
    route({
      method: 'GET',
      path: '/plugins',
      summary: 'List plugins, and why one is not active',
      handle: async () => ({ items: plugins.list(), next: null }),
    }),
    route({
      method: 'GET',
      path: '/credentials',
      summary: 'List credentials; secrets are never read',
      handle: async () => ({ items: await credentials.list(), next: null }),
    }),
    route({
      method: 'POST',
      path: '/credentials',
      summary: 'Save an API key, sealed',
      body: NewCredentialBody,
      status: 201,
      handle: ({ body }) => saveCredential(body, services),
    }),
    route({
      method: 'DELETE',
      path: '/credentials/:id',
      summary: 'Delete a saved credential',
      handle: async ({ params }) => {
        await credentials.remove(params.id!);
      },
    }),
  ];
}

async function saveCredential(body: NewCredentialBody, services: ServerServices): Promise<CredentialResource> {
  const { registries, credentials } = services;
  const provider = registries.providers.get(body.provider);
  const method = registries.auth.find(body.method);
  if (!method || !provider.auth.includes(method.id)) {
    const accepted = provider.auth.join(', ') || 'nothing, it needs no key';
    const message = `method: ${provider.id} does not accept "${body.method}"; it accepts ${accepted}`;
    throw new MaestroError('credential.method_unknown', message);
  }
  const secrets = method.complete(body.fields);
  const label = body.label ?? (await freeLabel(provider.id, services));
  return credentials.create({ provider: provider.id, method: method.id, kind: method.kind, label, secrets });
}

async function freeLabel(provider: string, { credentials }: ServerServices): Promise<string> {
  const taken = (await credentials.list()).filter((credential) => credential.provider === provider);
  const isFree = (label: string) => taken.every((credential) => credential.label !== label);
  let label = 'default';
  for (let n = 2; !isFree(label); n += 1) label = `default ${n}`;
  return label;
}

function providerResource(
  { id, label, auth }: Provider,
  saved: readonly CredentialResource[],
  { registries }: ServerServices,
): ProviderResource {
  const methods = auth.flatMap((method) => registries.auth.find(method) ?? []);
  const isReady = auth.length === 0 || saved.some(({ provider, state }) => provider === id && state === 'ready');
  return {
    id,
    label,
    auth: methods.map(({ id, kind, label, env }) => ({ id, kind, label, env: [...(env ?? [])] })),
    ready: isReady,
    plugin: registries.providers.ownerOf(id) ?? '',
  };
}

async function toolResources({ tools, registries }: ServerServices): Promise<ToolResource[]> {
  const rows = await tools.list();
  return rows.map((row) => ({ ...row, available: registries.tools.has(row.name) }));
}
