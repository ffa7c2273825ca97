import type pg from 'pg';
import type { Effect } from './effects.js';
import type { Person } from './person.js';

interface Asked {
  id: string;
  kind: 'tool' | 'question';
  state: string;
  tool_call_id: string;
  provider_tool_id: string;
  resolved_by: string | null;
  /** Events that tell of it. */
  asked: number;
  resolved: number;
  /** How often its turn was interrupted. */
  interrupted: number;
}

/**
 * An open request survives, is told once, and ends as the person answered. It may end unanswered with its turn alone:
 * where a tool beside it was running when the server died.
 *
 * @param openAtKill requests that were open at one of the kills
 */
export async function askedBreaches(
  db: pg.Client,
  parts: { person: Person; openAtKill: ReadonlySet<string>; effects: readonly Effect[] },
): Promise<string[]> {
  const { person, openAtKill, effects } = parts;
  const { rows } = await db.query<Asked>(
    `select a.id, a.kind, a.state, a.tool_call_id, t.provider_tool_id, a.resolved_by,
       (select count(*)::int from events e where e.type in ('approval.requested', 'question.asked')
          and e.conversation_id = a.conversation_id and e.payload->>'approval_id' = a.id::text) as asked,
       (select count(*)::int from events e where e.type in ('approval.resolved', 'question.answered')
          and e.conversation_id = a.conversation_id and e.payload->>'approval_id' = a.id::text) as resolved,
       (select count(*)::int from events e where e.type = 'turn.interrupted'
          and e.conversation_id = a.conversation_id and e.payload->>'turn_id' = a.turn_id::text) as interrupted
     from approvals a join tool_calls t on t.id = a.tool_call_id`,
  );
  const known = new Set(rows.map(({ id }) => id));
  const lost = [...openAtKill].filter((id) => !known.has(id)).map((id) => `the open request ${id} did not survive`);
  const mayRun = new Set(rows.flatMap((row) => (row.state === 'allowed' ? callNames(row) : [])));
  const unasked = effects.filter(({ name, call }) => name.startsWith('gated-') && !mayRun.has(call));
  return [
    ...lost,
    ...rows.flatMap((row) => breachesOf(row, person)),
    ...unasked.map(({ call }) => `${call} took effect without the leave it has to have`),
  ];
}

const callNames = ({ tool_call_id, provider_tool_id }: Asked) => [tool_call_id, provider_tool_id];

function breachesOf(row: Asked, person: Person): string[] {
  const { id, kind, state, asked, resolved, interrupted } = row;
  const breaches: string[] = [];
  if (asked !== 1 || resolved !== 1) breaches.push(`the request ${id} was told ${asked} times, its end ${resolved}`);
  if (state === 'cancelled') {
    if (interrupted === 0) breaches.push(`the request ${id} was cancelled, although its turn went on`);
    return breaches;
  }
  const said = person.said.get(id);
  const wanted = said === 'deny' && kind === 'tool' ? 'denied' : kind === 'tool' ? 'allowed' : 'answered';
  if (!said || state !== wanted || row.resolved_by === null)
    breaches.push(`the request ${id} ended as ${state}; the person said ${said ?? 'nothing'}`);
  return breaches;
}
