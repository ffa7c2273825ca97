import type { NewMcpServer } from '../client/index.js';
import { defineCommand, place, UsageError } from './command.js';
import { withServer } from './connection.js';

export const command = defineCommand({
  usage:
    "mcp add NAME [--transport http|sse] [--env K=V] [--header 'K: V'] [--description TEXT] [--home D] URL | -- COMMAND ARGS...",
  summary: 'Adds an MCP server: the address of one, or the command that starts one.',
  example: 'maestro mcp add files -- npx -y @modelcontextprotocol/server-filesystem /srv/notes',
  options: {
    ...place,
    transport: { type: 'string', short: 't' },
    env: { type: 'string', short: 'e', multiple: true },
    header: { type: 'string', short: 'H', multiple: true },
    description: { type: 'string' },
  },
  notes: [
    'A command runs in the directory where you add it, so paths may be relative to that.',
    '--env     a variable of the command; may be given several times; its value is sealed and never shown',
    '--header  a header of every request; may be given several times; its value is sealed and never shown',
  ],
  arity: [2, 500],
  async run(call) {
    const [name = '', ...target] = call.args;
    const { transport, env = [], header = [], description } = call.flags;
    const body: NewMcpServer = {
      name,
      ...reach(target, transport),
      ...(description !== undefined && { description }),
      ...(env.length > 0 && { env: pairs(env, '=', '--env NAME=VALUE') }),
      ...(header.length > 0 && { headers: pairs(header, ':', "--header 'NAME: VALUE'") }),
    };
    await withServer(call, ({ rest }) => rest.createMcpServer(body));
    call.stdout.write(`Added ${name}. \`maestro mcp test ${name}\` tries it.\n`);
    return 0;
  },
});

/** One word that is an address means a server that runs; everything else starts one. */
function reach(
  target: readonly string[],
  wanted: string | undefined,
): Pick<NewMcpServer, 'transport' | 'url' | 'command' | 'args' | 'working_directory'> {
  const [first = '', ...args] = target;
  const isAddress = target.length === 1 && /^https?:\/\//.test(first);
  const transport = wanted ?? (isAddress ? 'http' : 'stdio');
  if (transport === 'http' || transport === 'sse') {
    if (target.length === 1) return { transport, url: first };
    throw new UsageError(`--transport ${transport} takes one URL`);
  }
  if (transport !== 'stdio') throw new UsageError('--transport is stdio, http or sse');
  // Paths among the words were typed from here.
  return { transport, command: first, args, working_directory: process.cwd() };
}

function pairs(given: readonly string[], separator: string, form: string): Record<string, string> {
  const split = given.map((pair) => {
    const at = pair.indexOf(separator);
    if (at < 1) throw new UsageError(`"${pair.slice(0, Math.max(at, 0)) || '...'}" does not fit: ${form}`);
    const value = pair.slice(at + 1);
    return [pair.slice(0, at).trim(), separator === ':' ? value.trim() : value];
  });
  return Object.fromEntries(split);
}
