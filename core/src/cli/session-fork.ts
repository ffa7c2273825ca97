import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'session fork SESSION [--at MESSAGE] [--text WORDS] [--json] [--home D]',
  summary: 'Makes a session with the history of another and prints its id.',
  notes: [
    '--at MESSAGE   the id of the last message that is taken along (default: the newest)',
    '--text WORDS   what is said in it at once; in place of MESSAGE, where that is one of yours',
  ],
  example: 'maestro session fork 4f1c --text "Try it without the cache"',
  options: { ...place, ...json, at: { type: 'string' }, text: { type: 'string' } },
  arity: [1, 1],
  async run(call) {
    const { at, text } = call.flags;
    const session = await withServer(call, ({ rest }) =>
      rest.fork(call.args[0]!, {
        ...(at !== undefined && { at_message_id: at }),
        ...(text !== undefined && { text }),
      }),
    );
    if (call.flags.json) printJson(call, session);
    else call.stdout.write(`${session.session_id}\n`);
    return 0;
  },
});
