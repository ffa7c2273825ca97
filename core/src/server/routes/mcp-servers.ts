import {
  EmptyBody,
  McpImportBody,
  McpLoginAnswerBody,
  McpLoginBody,
  McpServerPatchBody,
  McpTrialBody,
  NewMcpServerBody,
} from '../../protocol/api.js';
import { importServers } from '../mcp-import.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

/** MCP servers: how each is reached and how its connection is. `:id` may be the name as well. */
export function mcpServerRoutes({ toolServers }: Pick<ServerServices, 'toolServers'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/mcp-servers',
      summary: 'List MCP servers and how their connections are; secrets are never read',
      handle: async () => ({ items: await toolServers.list(), next: null }),
    }),
    route({
      method: 'POST',
      path: '/mcp-servers',
      summary: 'Save an MCP server; environment and headers are sealed',
      body: NewMcpServerBody,
      status: 201,
      handle: ({ body }) => toolServers.create(body),
    }),
    route({
      method: 'POST',
      path: '/mcp-servers/test',
      summary: 'Connect to an MCP server that is not saved and tell how that went',
      body: McpTrialBody,
      handle: ({ body }) => toolServers.tryOut(body.server, body.like),
    }),
    route({
      method: 'POST',
      path: '/mcp-servers/import',
      summary: "Read the MCP servers of another program's configuration file, and save those that are new on request",
      body: McpImportBody,
      handle: ({ body }) => importServers(toolServers, body),
    }),
    route({
      method: 'GET',
      path: '/mcp-servers/:id',
      summary: 'Read an MCP server',
      handle: ({ params }) => toolServers.get(params.id!),
    }),
    route({
      method: 'PATCH',
      path: '/mcp-servers/:id',
      summary: 'Change an MCP server, or turn it on or off',
      body: McpServerPatchBody,
      handle: ({ params, body }) => toolServers.patch(params.id!, body),
    }),
    route({
      method: 'DELETE',
      path: '/mcp-servers/:id',
      summary: 'Remove an MCP server',
      handle: ({ params }) => toolServers.remove(params.id!),
    }),
    route({
      method: 'POST',
      path: '/mcp-servers/:id/test',
      summary: 'Connect to an MCP server and tell how that went',
      body: EmptyBody,
      handle: ({ params }) => toolServers.test(params.id!),
    }),
    route({
      method: 'GET',
      path: '/mcp-servers/:id/tools',
      summary: 'List the tools of an MCP server, as it calls them and as models do',
      handle: async ({ params }) => ({ items: await toolServers.tools(params.id!), next: null }),
    }),
    route({
      method: 'GET',
      path: '/mcp-servers/:id/log',
      summary: 'Read the last lines an MCP server wrote to its error output, oldest first',
      handle: async ({ params }) => ({ items: await toolServers.words(params.id!), next: null }),
    }),
    route({
      method: 'POST',
      path: '/mcp-servers/:id/login',
      summary: 'Begin to sign in to an MCP server; the answer says which page to open',
      body: McpLoginBody,
      handle: ({ params, body }) => toolServers.login(params.id!, body),
    }),
    route({
      method: 'POST',
      path: '/mcp-servers/:id/login/answer',
      summary: 'End a sign-in to an MCP server with the address the browser ended at',
      body: McpLoginAnswerBody,
      handle: ({ params, body }) => toolServers.answer(params.id!, body.pasted),
    }),
  ];
}
