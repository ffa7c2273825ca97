import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'plugin list [--json] [--home D]',
  summary: 'Lists plugins, what they bring, and why one is not active.',
  example: 'maestro plugin list',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.plugins());
    if (call.flags.json) printJson(call, items);
    else {
      const rows = items.map(({ name, version, state, reason, contributes }) => [
        name,
        version ?? '',
        state,
        reason ?? [...contributes.providers, ...contributes.tools, ...contributes.panels].join(' '),
      ]);
      printTable(call, ['PLUGIN', 'VERSION', 'STATE', 'BRINGS'], rows);
    }
    return 0;
  },
});
