import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';

export const command = defineCommand({
  usage: 'token revoke ID [--home D]',
  summary: 'Takes a token back and closes its sockets at once. `maestro token list` shows the ids.',
  example: 'maestro token revoke 0192f0c4-6d1e-7a52-9d7e-1f0f3a4b5c6d',
  options: place,
  arity: [1, 1],
  async run(call) {
    await withServer(call, ({ rest }) => rest.revokeToken(call.args[0]!));
    return 0;
  },
});
