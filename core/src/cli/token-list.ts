import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'token list [--json] [--home D]',
  summary: 'Lists who may come in: this machine, browsers and programs. The tokens themselves are never shown.',
  example: 'maestro token list',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.tokens());
    if (call.flags.json) printJson(call, items);
    else
      printTable(
        call,
        ['ID', 'KIND', 'NAME', 'LAST USED'],
        items.map((one) => [one.id, one.kind, one.name, one.last_used_at ?? '']),
      );
    return 0;
  },
});
