import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'auth list [--json] [--home D]',
  summary: 'Lists saved keys and those found in the environment. Their values are never shown.',
  example: 'maestro auth list',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.credentials());
    if (call.flags.json) printJson(call, items);
    else if (items.length === 0) call.stdout.write('No keys. `maestro auth login PROVIDER` saves one.\n');
    else {
      const rows = items.map((one) => [one.id, one.provider, one.label, one.source, one.state]);
      printTable(call, ['ID', 'PROVIDER', 'LABEL', 'SOURCE', 'STATE'], rows);
    }
    return 0;
  },
});
