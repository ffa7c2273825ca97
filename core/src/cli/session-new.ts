import { resolve } from 'node:path';
import { defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { modelFlag } from './model-flag.js';
import { printJson } from './output.js';

const policies = ['allow', 'ask', 'plan'] as const;

export const command = defineCommand({
  usage: 'session new [-n NAME] [-m PROVIDER/MODEL] [-t TEMPLATE] [-C DIR] [--approval WHAT] [--json] [--home D]',
  summary: 'Makes a session and prints its id.',
  notes: [
    '-C DIR            where its tools work (default: here)',
    '--approval WHAT   allow, ask (before what does more than read) or plan (only what reads)',
  ],
  example: 'maestro session new -n Ada -C ~/project',
  options: {
    ...place,
    ...json,
    name: { type: 'string', short: 'n' },
    model: { type: 'string', short: 'm' },
    template: { type: 'string', short: 't' },
    directory: { type: 'string', short: 'C' },
    approval: { type: 'string' },
  },
  arity: [0, 0],
  async run(call) {
    const { name, model, template, directory = '.' } = call.flags;
    const approval = policies.find((known) => known === call.flags.approval);
    if (call.flags.approval !== undefined && !approval) throw new UsageError('--approval takes allow, ask or plan');
    const session = await withServer(call, ({ rest }) =>
      rest.createSession({
        working_directory: resolve(directory),
        ...modelFlag(model),
        ...(name !== undefined && { agent_name: name }),
        ...(template !== undefined && { template }),
        ...(approval && { approval }),
      }),
    );
    if (call.flags.json) printJson(call, session);
    else call.stdout.write(`${session.session_id}\n`);
    return 0;
  },
});
