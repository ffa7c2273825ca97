import { resolve } from 'node:path';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { modelFlag } from './model-flag.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'session new [-n NAME] [-m PROVIDER/MODEL] [-t TEMPLATE] [-C DIR] [--json] [--home D]',
  summary: 'Makes a session and prints its id.',
  notes: ['-C DIR   where its tools work (default: here)'],
  example: 'maestro session new -n Ada -C ~/project',
  options: {
    ...place,
    ...json,
    name: { type: 'string', short: 'n' },
    model: { type: 'string', short: 'm' },
    template: { type: 'string', short: 't' },
    directory: { type: 'string', short: 'C' },
  },
  arity: [0, 0],
  async run(call) {
    const { name, model, template, directory = '.' } = call.flags;
    const session = await withServer(call, ({ rest }) =>
      rest.createSession({
        working_directory: resolve(directory),
        ...modelFlag(model),
        ...(name !== undefined && { agent_name: name }),
        ...(template !== undefined && { template }),
      }),
    );
    if (call.flags.json) printJson(call, session);
    else call.stdout.write(`${session.session_id}\n`);
    return 0;
  },
});
