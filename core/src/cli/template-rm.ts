import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';

export const command = defineCommand({
  usage: 'template rm NAME [--home D]',
  summary: 'Deletes an agent template. One that ships comes back with the next start; turn its tool off instead.',
  example: 'maestro template rm poet',
  options: place,
  arity: [1, 1],
  async run(call) {
    await withServer(call, ({ rest }) => rest.deleteTemplate(call.args[0]!));
    return 0;
  },
});
