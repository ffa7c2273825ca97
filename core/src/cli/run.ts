import { resolve } from 'node:path';
import type { MaestroRest } from '../client/index.js';
import { attach, attachedFiles, storeFiles } from './attached-files.js';
import { type Call, defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { converse } from './converse.js';
import { wholeInput } from './input.js';
import { modelFlag } from './model-flag.js';
import { JsonReporter, TextReporter } from './report-turn.js';
import { usdFlag } from './usd-flag.js';

const options = {
  ...place,
  ...json,
  model: { type: 'string', short: 'm' },
  template: { type: 'string', short: 't' },
  session: { type: 'string', short: 's' },
  directory: { type: 'string', short: 'C' },
  ...attach,
  'max-usd': { type: 'string' },
} as const;

export const command = defineCommand({
  usage:
    'run "PROMPT" [-m PROVIDER/MODEL] [-t TEMPLATE] [-s SESSION] [-C DIR] [-a FILE]... [--max-usd X] [--json] [--home D]',
  summary: 'Runs one turn and streams the answer. Uses the running server, or one of its own for the time.',
  notes: [
    'PROMPT       "-" reads it from standard input',
    '-s SESSION   go on with a session (default: a new one)',
    '-C DIR       where its tools work (default: here)',
    '-a FILE      an image, PDF or text for the model to see (several: -a A -a B)',
    '--json       one event a line',
    '--max-usd X  what the turn may cost, with its agents; the lower of this and the budgets counts',
    'At a limit it asks on a terminal, and stops elsewhere.',
    'Ends with 0 done, 1 failed, 2 wrong usage, 3 interrupted, 4 stopped at a budget.',
  ],
  example: 'maestro run "What does this project do?" -C ~/project',
  options,
  arity: [1, 1],
  async run(call) {
    const most = call.flags['max-usd'];
    const max_usd = most === undefined ? undefined : usdFlag(most, '--max-usd');
    modelFlag(call.flags.model);
    const words = call.args[0]!;
    const text = words === '-' ? await wholeInput(call) : words;
    if (text.trim() === '') throw new UsageError('the prompt is empty');
    const files = await attachedFiles(call.flags.attach);
    const reporter = call.flags.json ? new JsonReporter(call) : new TextReporter(call);
    return withServer(call, async (server) => {
      const session_id = await sessionOf(call, server.rest);
      const note = (line: string) => call.stderr.write(`maestro: ${line}\n`);
      const attachments = await storeFiles(files, server.rest);
      return converse({ server, session_id, text, attachments, max_usd, reporter, note, streams: call });
    });
  },
});

async function sessionOf({ flags }: Call<typeof options>, rest: MaestroRest): Promise<string> {
  const model = modelFlag(flags.model);
  const place = flags.directory === undefined ? {} : { working_directory: resolve(flags.directory) };
  if (flags.session === undefined) {
    const template = flags.template === undefined ? {} : { template: flags.template };
    const made = await rest.createSession({ working_directory: process.cwd(), ...place, ...model, ...template });
    return made.session_id;
  }
  const change = { ...place, ...model };
  if (Object.keys(change).length > 0) await rest.patchSession(flags.session, change);
  return flags.session;
}
