import type { CallResource } from '../protocol/resources.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'session calls SESSION [--json] [--home D]',
  summary: 'Lists the calls to providers of a session: how they ended, how long they took, what they used.',
  notes: ['--json   with their headers in the order sent and when each step happened'],
  example: 'maestro session calls 4f1c',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.calls(call.args[0]!));
    if (call.flags.json) printJson(call, items);
    else printTable(call, ['NO', 'CALL', 'STATE', 'STATUS', 'MODEL', 'FOR', 'TOOK', 'IN', 'OUT'], items.map(rowOf));
    return 0;
  },
});

function rowOf(call: CallResource): string[] {
  const { ord, id, attempt, state, response_status, provider, model, activity } = call;
  return [
    String(ord),
    id,
    attempt > 1 ? `${state}, try ${attempt}` : state,
    shown(response_status),
    `${provider}/${model}`,
    activity,
    call.ended_at === null ? '-' : `${Date.parse(call.ended_at) - Date.parse(call.started_at)} ms`,
    shown(call.request_tokens),
    shown(call.response_tokens),
  ];
}

const shown = (value: number | null) => (value === null ? '-' : String(value));
