import { describeRequest } from './approve.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'approval list [-s SESSION] [--json] [--home D]',
  summary: 'Lists what waits for your leave or answer, also from agents below a session.',
  example: 'maestro approval list',
  options: { ...place, ...json, session: { type: 'string', short: 's' } },
  arity: [0, 0],
  async run(call) {
    const { session } = call.flags;
    const query = { state: 'open', limit: 200, ...(session !== undefined && { session_id: session }) } as const;
    const { items } = await withServer(call, ({ rest }) => rest.approvals(query));
    if (call.flags.json) printJson(call, items);
    else if (items.length === 0) call.stdout.write('Nothing waits for you.\n');
    else
      printTable(
        call,
        ['ID', 'SESSION', 'AGENT', 'ASKS'],
        items.map((one) => [one.id, one.session_id, one.agent_name, describeRequest(one)]),
      );
    return 0;
  },
});
