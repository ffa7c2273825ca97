import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'session list [--query WORDS] [--json] [--home D]',
  summary: 'Lists sessions, newest activity first.',
  notes: ['--query WORDS   only those whose name, title, model or directory holds the words'],
  example: 'maestro session list --query poem',
  options: { ...place, ...json, query: { type: 'string' } },
  arity: [0, 0],
  async run(call) {
    const { query } = call.flags;
    const { items } = await withServer(call, ({ rest }) =>
      rest.sessions({ limit: 200, ...(query !== undefined && { q: query }) }),
    );
    if (call.flags.json) printJson(call, items);
    else if (items.length === 0) call.stdout.write('No sessions. `maestro run "PROMPT"` or the browser begins one.\n');
    else {
      const rows = items.map((session) => [
        session.session_id,
        session.status,
        `${session.provider}/${session.model}`,
        session.title ?? session.agent_name,
        session.last_activity_at.slice(0, 16).replace('T', ' '),
      ]);
      printTable(call, ['SESSION', 'STATUS', 'MODEL', 'NAME', 'ACTIVE (UTC)'], rows);
    }
    return 0;
  },
});
