import { MaestroError } from '../errors.js';
import { NewMcpServerBody } from '../protocol/api.js';
import type { McpImport } from '../protocol/resources.js';
import { schemaErrors } from '../schema-errors.js';
import { serversIn } from './mcp-config-file.js';
import type { ServerServices } from './services.js';

/** A configuration file as it was given. */
interface Given {
  file: string;
  text: string;
  add?: boolean;
}

/**
 * The MCP servers of another program's file, and which of them are new. What is secret in it is not told again.
 *
 * @throws MaestroError `mcp.config`; `mcp.invalid` where one of them cannot be saved, then none is
 */
export async function importServers(
  toolServers: Pick<ServerServices['toolServers'], 'list' | 'create'>,
  { file, text, add = false }: Given,
): Promise<McpImport> {
  const found = serversIn(text, file, process.env);
  for (const server of found) {
    const [fault] = schemaErrors(NewMcpServerBody, server);
    if (fault)
      throw new MaestroError('mcp.invalid', `${file}: "${server.name}" ${fault.instancePath} ${fault.message}`);
  }
  const taken = new Set((await toolServers.list()).map(({ name }) => name));
  const items: McpImport['items'] = [];
  for (const server of found) {
    const isNew = !taken.has(server.name);
    taken.add(server.name);
    if (isNew && add) await toolServers.create(server);
    const where = server.url ?? [server.command, ...(server.args ?? [])].join(' ');
    const { name, transport } = server;
    items.push({ name, transport, where, state: isNew ? (add ? 'added' : 'new') : 'exists' });
  }
  return { items };
}
