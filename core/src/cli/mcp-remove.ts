import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';

export const command = defineCommand({
  usage: 'mcp remove NAME [--home D]',
  summary: 'Removes an MCP server with its secrets.',
  example: 'maestro mcp remove files',
  options: place,
  arity: [1, 1],
  async run(call) {
    const [name = ''] = call.args;
    await withServer(call, ({ rest }) => rest.deleteMcpServer(name));
    call.stdout.write(`Removed ${name}.\n`);
    return 0;
  },
});
