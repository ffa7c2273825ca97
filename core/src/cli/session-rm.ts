import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';

export const command = defineCommand({
  usage: 'session rm SESSION [--home D]',
  summary: 'Deletes a session with all its conversations, calls and drafts. It does not come back.',
  example: 'maestro session rm 4f1c',
  options: place,
  arity: [1, 1],
  async run(call) {
    await withServer(call, ({ rest }) => rest.deleteSession(call.args[0]!));
    return 0;
  },
});
