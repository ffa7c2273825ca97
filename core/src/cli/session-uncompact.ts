import { MaestroError } from '../errors.js';
import { defineCommand, place } from './command.js';
import { needServer } from './connection.js';

export const command = defineCommand({
  usage: 'session uncompact SESSION [COMPACTION] [--home D]',
  summary: 'Undoes a compaction and all after it, the last one where none is named: models read the messages again.',
  example: 'maestro session uncompact 4f1c',
  options: place,
  arity: [1, 2],
  async run(call) {
    const id = call.args[0]!;
    const { rest } = await needServer(call);
    const { items } = await rest.compactions(id);
    const chosen = call.args[1] ?? items.findLast(({ reverted_at }) => reverted_at === null)?.id;
    if (chosen === undefined) {
      throw new MaestroError('compaction.unknown', `session "${id}" has no compaction that could be undone`);
    }
    await rest.revertCompaction(id, chosen);
    return 0;
  },
});
