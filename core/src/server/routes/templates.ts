import { ImportTemplateBody, NewTemplateBody, TemplatePatchBody } from '../../protocol/api.js';
import { agentText } from '../../templates/agent-text.js';
import { Bytes, type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

/** Agent templates. `:id` may be the name as well. */
export function templateRoutes({ templates, agentImport }: Pick<ServerServices, 'templates' | 'agentImport'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/templates',
      summary: 'List agent templates',
      handle: async () => ({ items: await templates.list(), next: null }),
    }),
    route({
      method: 'POST',
      path: '/templates',
      summary: 'Save an agent template',
      body: NewTemplateBody,
      status: 201,
      handle: ({ body }) => templates.create(body),
    }),
    route({
      method: 'POST',
      path: '/templates/import',
      summary: 'Save an agent file, also one of another program; what means nothing here is noted',
      body: ImportTemplateBody,
      status: 201,
      handle: async ({ body }) => agentImport.import(body.file, body.text),
    }),
    route({
      method: 'GET',
      path: '/templates/:id',
      summary: 'Read an agent template',
      handle: ({ params }) => templates.get(params.id!),
    }),
    route({
      method: 'GET',
      path: '/templates/:id/file',
      summary: 'Read an agent template as a file',
      handle: async ({ params }) => {
        const template = await templates.get(params.id!);
        return new Bytes(Buffer.from(agentText(template)), `${template.name}.md`);
      },
    }),
    route({
      method: 'PATCH',
      path: '/templates/:id',
      summary: 'Change an agent template; one that is a file is changed there',
      body: TemplatePatchBody,
      handle: ({ params, body }) => templates.patch(params.id!, body),
    }),
    route({
      method: 'DELETE',
      path: '/templates/:id',
      summary: 'Delete an agent template',
      handle: ({ params }) => templates.remove(params.id!),
    }),
  ];
}
