import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'session compactions SESSION [--json] [--home D]',
  summary: 'Lists how the conversation was summed up, with what models read in place of the older messages.',
  example: 'maestro session compactions 4f1c',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    const { items } = await withServer(call, ({ rest }) => rest.compactions(id));
    if (call.flags.json) printJson(call, items);
    else {
      const rows = items.map(({ id: own, created_at, cause, method, tokens_before, tokens_after, reverted_at }) => [
        ...[own, created_at.slice(0, 16).replace('T', ' '), cause, method],
        ...[`${tokens_before}`, `${tokens_after}`, reverted_at === null ? '' : 'undone'],
      ]);
      printTable(call, ['ID', 'MADE', 'CAUSE', 'HOW', 'BEFORE', 'AFTER', ''], rows);
      const active = items.findLast(({ reverted_at }) => reverted_at === null);
      if (active?.head) call.stdout.write(`\n${plain(active.head)}\n`);
    }
    return 0;
  },
});
