import { defineCommand, place } from './command.js';
import { needServer } from './connection.js';

export const command = defineCommand({
  usage: 'session stop SESSION [--home D]',
  summary: 'Stops the running turn. What was written so far is kept.',
  example: 'maestro session stop 4f1c',
  options: place,
  arity: [1, 1],
  async run(call) {
    const { rest } = await needServer(call);
    await rest.stop(call.args[0]!);
    return 0;
  },
});
