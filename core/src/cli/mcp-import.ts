import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { NewMcpServer } from '../client/index.js';
import { MaestroError } from '../errors.js';
import { serversIn } from '../server/mcp-config-file.js';
import { defineCommand, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { EXIT } from './exit.js';
import { plain, printTable } from './output.js';

/** Where other programs keep theirs. */
const placesFile = new URL('../../../../config/mcp-import.json', import.meta.url);

export const command = defineCommand({
  usage: 'mcp import [FILE] [--yes] [--home D]',
  summary: "Adds the MCP servers of other programs' configuration files. Without --yes it only shows them.",
  example: 'maestro mcp import .mcp.json --yes',
  options: { ...place, yes: { type: 'boolean' } },
  notes: ['Without FILE it looks where other programs keep theirs, in this directory and in your home.'],
  arity: [0, 1],
  async run(call) {
    const files = call.args[0] === undefined ? knownFiles() : [resolve(call.args[0])];
    const found = files.flatMap((path) =>
      readable(path, call.args.length > 0, call.env).map((server) => ({ path, server })),
    );
    return withServer(call, async ({ rest }) => {
      const taken = new Set((await rest.mcpServers()).items.map(({ name }) => name));
      const added: string[] = [];
      const rows: string[][] = [];
      for (const { path, server } of found) {
        const isNew = !taken.has(server.name);
        taken.add(server.name);
        rows.push([server.name, server.transport, where(server), isNew ? 'new' : 'exists', path]);
        if (!isNew || !call.flags.yes) continue;
        await rest.createMcpServer(server);
        added.push(server.name);
      }
      if (rows.length === 0) call.stdout.write('No MCP servers were found; name a file.\n');
      else printTable(call, ['NAME', 'TRANSPORT', 'WHERE', 'STATE', 'FILE'], rows);
      if (call.flags.yes) call.stdout.write(plain(`Added ${added.length}: ${added.join(', ') || 'none'}.\n`));
      else if (rows.some((row) => row[3] === 'new')) call.stdout.write('Nothing was added; --yes adds what is new.\n');
      return EXIT.done;
    });
  },
});

function knownFiles(): string[] {
  const { places } = JSON.parse(readFileSync(placesFile, 'utf8')) as { places: { path: string }[] };
  return places.map(({ path }) => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(path)));
}

/** A file that was named must be there and be one; of the known places each may be missing or hold none. */
function readable(path: string, isNamed: boolean, env: NodeJS.ProcessEnv): NewMcpServer[] {
  if (!isNamed && !existsSync(path)) return [];
  try {
    return serversIn(readFileSync(path, 'utf8'), path, env);
  } catch (error) {
    if (isNamed) throw error instanceof MaestroError ? new UsageError(error.message) : error;
    return [];
  }
}

const where = ({ url, command, args = [] }: NewMcpServer) => url ?? [command, ...args].join(' ');
