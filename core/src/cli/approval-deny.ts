import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'approval deny ID [TEXT] [--json] [--home D]',
  summary: 'Says no to a request; TEXT tells the agent why.',
  example: 'maestro approval deny 0b5e2a1c-6d2f-4c1e-9a53-0f6f2b8d7e11 "keep that file"',
  options: { ...place, ...json },
  arity: [1, 2],
  async run(call) {
    const [id, text] = call.args;
    const body = { decision: 'deny', ...(text !== undefined && { text }) } as const;
    const done = await withServer(call, ({ rest }) => rest.answerApproval(id!, body));
    if (call.flags.json) printJson(call, done);
    return 0;
  },
});
