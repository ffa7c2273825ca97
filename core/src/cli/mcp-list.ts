import type { McpServerResource } from '../protocol/resources.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'mcp list [--json] [--home D]',
  summary: 'Lists MCP servers and how their connections are.',
  example: 'maestro mcp list',
  options: { ...place, ...json },
  notes: ['TOKENS: what the schemas of its tools cost in each request that carries them, as an estimate.'],
  arity: [0, 0],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.mcpServers());
    if (call.flags.json) printJson(call, items);
    else if (items.length === 0) call.stdout.write('No MCP servers. `maestro mcp add` adds one.\n');
    else printTable(call, ['NAME', 'TRANSPORT', 'STATE', 'TOOLS', 'TOKENS', 'WHERE'], items.map(line));
    return 0;
  },
});

function line({ name, transport, is_enabled, status, url, command, args }: McpServerResource): string[] {
  const state = !is_enabled ? 'off' : (status?.state ?? 'no plugin');
  const reason = status?.reason ? ` (${status.reason})` : '';
  const [tools, tokens] = [status?.tools, status?.schema_tokens].map((count) => String(count ?? '-'));
  return [name, transport, `${state}${reason}`, tools ?? '-', tokens ?? '-', url ?? [command, ...args].join(' ')];
}
