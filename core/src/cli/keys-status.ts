import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printKeys } from './print-keys.js';

export const command = defineCommand({
  usage: 'keys status [--json] [--home D]',
  summary: 'Says which master keys seal the credentials.',
  example: 'maestro keys status',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    printKeys(call, await withServer(call, ({ rest }) => rest.keys()));
    return 0;
  },
});
