import { PluginPatchBody } from '../../protocol/api.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

/** The plugins that the configuration names. */
export function pluginRoutes({ plugins }: Pick<ServerServices, 'plugins'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/plugins',
      summary: 'List plugins, what they bring, and why one is not active',
      handle: async () => ({ items: plugins.list(), next: null }),
    }),
    route({
      method: 'GET',
      path: '/plugins/:name',
      summary: 'Read a plugin with its settings; secrets are never read',
      handle: async ({ params }) => plugins.get(params.name!),
    }),
    route({
      method: 'PATCH',
      path: '/plugins/:name',
      summary: 'Turn a plugin on or off, or set it up anew: at once, and in maestro.yaml for later starts',
      body: PluginPatchBody,
      handle: ({ params, body }) => plugins.change(params.name!, body),
    }),
    route({
      method: 'GET',
      path: '/plugins/:name/log',
      summary: 'The newest lines a plugin wrote to the log, oldest first',
      handle: async ({ params }) => ({ items: plugins.log(params.name!), next: null }),
    }),
  ];
}
