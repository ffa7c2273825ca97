import type { SearchHit } from '../protocol/index.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson } from './output.js';

export const command = defineCommand({
  usage: 'search WORDS [--session SESSION] [--json] [--home D]',
  summary: 'Finds words in sessions and in what was said in them, newest first.',
  example: 'maestro search "retry storm"',
  options: { ...place, ...json, session: { type: 'string' } },
  arity: [1, 1],
  async run(call) {
    const { session } = call.flags;
    const query = { q: call.args[0]!, ...(session !== undefined && { session }) };
    const { items } = await withServer(call, ({ rest }) => rest.search(query));
    if (call.flags.json) printJson(call, items);
    else if (items.length === 0) call.stdout.write('Nothing found.\n');
    else for (const hit of items) call.stdout.write(`${plain(lineOf(hit))}\n`);
    return 0;
  },
});

function lineOf({ session_id, agent_name, title, pos, role, excerpt, at }: SearchHit): string {
  const place = pos === null ? session_id : `${session_id} #${pos}, ${role}`;
  return `${title ?? agent_name} (${place}, ${at.slice(0, 16).replace('T', ' ')})\n  ${excerpt}`;
}
