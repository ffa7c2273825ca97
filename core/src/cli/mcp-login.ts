import { setTimeout as delay } from 'node:timers/promises';
import type { McpServerResource } from '../protocol/resources.js';
import { type Call, defineCommand, place } from './command.js';
import { type Server, withServer } from './connection.js';
import { EXIT } from './exit.js';
import { secretInput } from './input.js';
import { plain } from './output.js';

/** A person has this long to allow it. */
const patienceMs = 600_000;

const options = {
  ...place,
  'client-id': { type: 'string' },
  'client-secret': { type: 'boolean' },
  'client-metadata-url': { type: 'string' },
  answer: { type: 'string' },
} as const;

export const command = defineCommand({
  usage: 'mcp login NAME [--client-id ID [--client-secret] | --client-metadata-url URL | --answer ADDRESS] [--home D]',
  summary: 'Signs in to an MCP server in a browser.',
  example: 'maestro mcp login tracker',
  notes: [
    '--client-id ID        a client that you registered with its authorization server; else one is registered',
    '--client-secret       its secret: typed without being shown, or read from standard input',
    '--client-metadata-url address of the description of your client, for servers that take one',
    '--answer ADDRESS      where the browser runs on another machine: the address it ended at, in a second terminal',
  ],
  options,
  arity: [1, 1],
  async run(call) {
    const [name = ''] = call.args;
    const { answer } = call.flags;
    return withServer(call, async ({ rest }) => {
      if (answer !== undefined) {
        await rest.answerMcpLogin(name, { pasted: answer });
        call.stdout.write(`Signed in to ${name}.\n`);
        return EXIT.done;
      }
      const before = await state(rest, name);
      const { authorize_url } = await rest.loginMcpServer(name, await client(call));
      const refused = (await state(rest, name))?.status?.reason;
      call.stdout.write(`Open this page and allow it:\n\n  ${plain(authorize_url)}\n\n`);
      for (const end = Date.now() + patienceMs; Date.now() < end; ) {
        await delay(1_000);
        const now = await state(rest, name);
        if (now?.updated_at !== before?.updated_at && now?.status?.state === 'connected') {
          call.stdout.write(`Signed in to ${name}.\n`);
          return EXIT.done;
        }
        const reason = now?.status?.reason;
        if (reason && reason !== refused && now.status?.state !== 'connecting') return failed(call, name, reason);
      }
      return failed(call, name, 'nobody allowed it');
    });
  },
});

async function client(call: Call<typeof options>) {
  const { 'client-id': client_id, 'client-metadata-url': client_metadata_url } = call.flags;
  return {
    ...(client_id !== undefined && { client_id }),
    ...(call.flags['client-secret'] && { client_secret: await secretInput(call, 'Secret of the client: ') }),
    ...(client_metadata_url !== undefined && { client_metadata_url }),
  };
}

async function state(rest: Server['rest'], name: string): Promise<McpServerResource | undefined> {
  return (await rest.mcpServers()).items.find((server) => server.name === name);
}

function failed({ stderr }: Pick<Call, 'stderr'>, name: string, reason: string): number {
  stderr.write(plain(`${name} is not signed in to: ${reason}\n`));
  return EXIT.failed;
}
