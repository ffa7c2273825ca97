import { defineTool, MaestroError, type Tool, type ToolOutput, text } from '@maestro/core';
import { Type } from 'typebox';
import type { Bridge } from './bridge.js';
import { during } from './call.js';
import { outputOf, resourceParts } from './results.js';

const server = Type.String({ minLength: 1, maxLength: 64, description: 'Name of the MCP server.' });
const closed = { additionalProperties: false } as const;
const said = (value: string): ToolOutput => ({ content: [text(value)] });
/** A server that the arguments name counts by its own switch; `id` is that of the tool it is reached with. */
const atServer = (id: string, name: string | undefined) =>
  name === undefined ? undefined : { id, group: { kind: 'server' as const, name } };
/** A server may offer thousands; whoever wants more asks for one server, or calls by name. */
const mostLines = 500;

/** Tools that reach servers by their names: beside the tools of the servers themselves. */
export const ownTools = (bridge: Bridge): Tool[] => [
  listTools(bridge),
  callTool(bridge),
  listResources(bridge),
  readResource(bridge),
  getPrompt(bridge),
  activate(bridge),
];

const listTools = (bridge: Bridge) =>
  defineTool({
    id: 'mcp_list_tools',
    title: 'List MCP tools',
    description: 'Lists the tools of an MCP server with what each is for and the arguments it takes.',
    parameters: Type.Object({ server }, closed),
    effects: 'read',
    retry: 'safe',
    reaches: ({ server }) => atServer('mcp_list_tools', server),
    async run(args, { signal }) {
      const { link, tools } = bridge.named(args.server);
      await link.ready(signal);
      const shown = tools.list().filter(({ tool }) => tool !== null);
      const lines = shown.slice(0, mostLines).map(({ name, description, parameters }) => {
        return `${name}: ${description}\n  arguments: ${JSON.stringify(parameters)}`;
      });
      const more = shown.length > mostLines ? [`... and ${shown.length - mostLines} more`] : [];
      return said([...lines, ...more].join('\n') || `"${args.server}" offers no tools.`);
    },
  }) as Tool;

const callTool = (bridge: Bridge) =>
  defineTool({
    id: 'mcp_call_tool',
    title: 'Call an MCP tool',
    description: 'Calls a tool of an MCP server by its name there, as mcp_list_tools gives it.',
    parameters: Type.Object(
      {
        server,
        tool: Type.String({ minLength: 1, description: 'Name of the tool, as the server calls it.' }),
        args: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Its arguments.' })),
      },
      closed,
    ),
    effects: 'exec',
    retry: 'never',
    reaches: ({ server, tool, args = {} }) => {
      const id = knownTool(bridge, server, tool)?.tool ?? 'mcp_call_tool';
      return { id, group: { kind: 'server', name: server }, args };
    },
    subject: ({ server, tool, args }) => `${server}/${tool} ${JSON.stringify(args ?? {})}`,
    run({ server, tool, args = {} }, call) {
      const { link } = bridge.named(server);
      const known = knownTool(bridge, server, tool);
      if (!known) throw new MaestroError('mcp.unknown', `"${server}" offers no tool "${tool}"; see mcp_list_tools`);
      return during(link, call, async ({ connection, signal, progress }) =>
        outputOf(await connection.callTool(known.name, args, { signal, onProgress: progress }), call),
      );
    },
  }) as Tool;

const listResources = (bridge: Bridge) =>
  defineTool({
    id: 'list_mcp_resources',
    title: 'List MCP resources',
    description: 'Lists the resources that connected MCP servers offer: what read_mcp_resource can read.',
    parameters: Type.Object(
      { serverName: Type.Optional(Type.String({ description: 'Only those of this server.' })) },
      closed,
    ),
    effects: 'read',
    retry: 'safe',
    reaches: ({ serverName }) => atServer('list_mcp_resources', serverName),
    async run({ serverName }, { signal }) {
      const chosen = serverName === undefined ? bridge.all() : [bridge.named(serverName)];
      const lists = chosen.map(async ({ link }) => {
        if (serverName === undefined && link.status().state !== 'connected') return [];
        const resources = await (await link.ready(signal)).resources(signal).catch(() => link.offer.resources);
        return resources.slice(0, mostLines).map(({ uri, name, description, mimeType }) => {
          return `${link.name}: ${uri} ${[name, mimeType, description].filter(Boolean).join(' - ')}`;
        });
      });
      return said((await Promise.all(lists)).flat().join('\n') || 'No resources are offered.');
    },
  }) as Tool;

const readResource = (bridge: Bridge) =>
  defineTool({
    id: 'read_mcp_resource',
    title: 'Read an MCP resource',
    description: 'Reads a resource of an MCP server by its URI, as list_mcp_resources gives it.',
    parameters: Type.Object(
      {
        uri: Type.String({ minLength: 1, maxLength: 8_192, description: 'URI of the resource.' }),
        serverName: Type.Optional(Type.String({ description: 'The server, where several offer the same URI.' })),
      },
      closed,
    ),
    effects: 'net',
    retry: 'safe',
    reaches: ({ uri, serverName }) => atServer('read_mcp_resource', serverName ?? offering(bridge, uri)?.link.name),
    parallel: true,
    run({ uri, serverName }, call) {
      const found = serverName === undefined ? offering(bridge, uri) : bridge.named(serverName);
      if (!found) {
        throw new MaestroError('mcp.unknown', `no server lists "${uri}"; name the server with serverName`);
      }
      return during(found.link, call, async ({ connection, signal }) => ({
        content: await resourceParts(await connection.readResource(uri, signal), call),
      }));
    },
  }) as Tool;

const getPrompt = (bridge: Bridge) =>
  defineTool({
    id: 'mcp_get_prompt',
    title: 'Get an MCP prompt',
    description: 'Gets a prompt that an MCP server offers, filled in. Without a name it lists the prompts.',
    parameters: Type.Object(
      {
        server,
        prompt: Type.Optional(Type.String({ description: 'Name of the prompt.' })),
        args: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Its arguments.' })),
      },
      closed,
    ),
    effects: 'net',
    retry: 'safe',
    reaches: ({ server }) => atServer('mcp_get_prompt', server),
    parallel: true,
    async run({ server, prompt, args = {} }, call) {
      const { link } = bridge.named(server);
      if (prompt === undefined) {
        await link.ready(call.signal);
        const lines = link.offer.prompts.map(({ name, description, arguments: takes = [] }) => {
          const names = takes.map(({ name, required }) => (required ? name : `${name}?`));
          return `${name}(${names.join(', ')}): ${description ?? ''}`;
        });
        return said(lines.slice(0, mostLines).join('\n') || `"${server}" offers no prompts.`);
      }
      return during(link, call, async ({ connection, signal }) => {
        const { messages } = await connection.getPrompt(prompt, args, signal);
        const output = await outputOf({ content: messages.map(({ content }) => content) }, call);
        return {
          content: output.content.flatMap((part, index) => [text(`${messages[index]?.role ?? 'user'}:`), part]),
        };
      });
    },
  }) as Tool;

const activate = (bridge: Bridge) =>
  defineTool({
    id: 'activate_mcp_server',
    title: 'Activate an MCP server',
    description: 'Brings the tools of an MCP server into the conversation, where they are left out to save room.',
    parameters: Type.Object({ name: server }, closed),
    effects: 'read',
    retry: 'safe',
    reaches: ({ name }) => atServer('activate_mcp_server', name),
    async run({ name }, call) {
      const { link, tools } = bridge.named(name);
      await link.ready(call.signal);
      const found = await call.findTools(
        `${name} ${tools
          .list()
          .map((one) => one.name)
          .join(' ')
          .slice(0, 2_000)}`,
        64,
      );
      const own = new Set(tools.list().map(({ tool }) => tool));
      const names = found.map((one) => one.name).filter((one) => own.has(one));
      return said(names.length > 0 ? `You can call now: ${names.join(', ')}` : `"${name}" has no tools to bring in.`);
    },
  }) as Tool;

/** A tool by the name its server has for it, or by ours. */
function knownTool(bridge: Bridge, server: string, tool: string) {
  const { tools } = bridge.all().find(({ link }) => link.name === server) ?? {};
  return tools?.list().find(({ name, tool: id }) => id !== null && (name === tool || id === tool));
}

/** The first server that lists a resource. */
const offering = (bridge: Bridge, uri: string) =>
  bridge.all().find(({ link }) => link.offer.resources.some((one) => one.uri === uri));
