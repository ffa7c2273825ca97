import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';

export const command = defineCommand({
  usage: 'auth remove ID [--home D]',
  summary: 'Deletes a saved key or sign-in. `maestro auth list` shows the ids.',
  example: 'maestro auth remove 0192f0c4-6d1e-7a52-9d7e-1f0f3a4b5c6d',
  options: place,
  arity: [1, 1],
  async run(call) {
    await withServer(call, ({ rest }) => rest.deleteCredential(call.args[0]!));
    return 0;
  },
});
