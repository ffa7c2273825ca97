import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { EXIT } from './exit.js';
import { plain, printJson } from './output.js';

export const command = defineCommand({
  usage: 'mcp test NAME [--json] [--home D]',
  summary: 'Connects to an MCP server and tells what it offers, or why it does not answer.',
  example: 'maestro mcp test files',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const [name = ''] = call.args;
    const { status } = await withServer(call, ({ rest }) => rest.testMcpServer(name));
    const isUp = status?.state === 'connected';
    if (call.flags.json) printJson(call, status);
    else if (status && isUp) {
      const { server, tools, resources, prompts, schema_tokens } = status;
      const who = server ? `${server.name} ${server.version}` : name;
      const price = schema_tokens === null ? '' : `, about ${schema_tokens} tokens of schemas`;
      call.stdout.write(plain(`${who}: ${tools} tools, ${resources} resources, ${prompts} prompts${price}\n`));
    } else
      call.stdout.write(plain(`${name}: ${status?.state ?? 'unknown'}; ${status?.reason ?? 'no reason is known'}\n`));
    return isUp ? EXIT.done : EXIT.failed;
  },
});
