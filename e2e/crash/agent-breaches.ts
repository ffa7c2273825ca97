import type pg from 'pg';

interface Delegated {
  id: string;
  state: string;
  result: string | null;
  /** Sessions made for it. */
  sessions: number;
  /** Events that tell of its begin and its end. */
  started: number;
  finished: number;
  /** Messages with its result. */
  results: number;
  turn_state: string | null;
  words: string | null;
}

/** An agent is made once for its call, ends once, and its caller gets exactly one result: the agent's last words. */
export async function agentBreaches(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query<Delegated>(
    `select t.id, t.state, t.result::text as result,
       (select count(*)::int from sessions s where s.parent_call_id = t.id) as sessions,
       (select count(*)::int from events e where e.conversation_id = t.conversation_id
          and e.type = 'subagent.started' and e.payload->>'call_id' = t.provider_tool_id) as started,
       (select count(*)::int from events e where e.conversation_id = t.conversation_id
          and e.type = 'subagent.finished' and e.payload->>'call_id' = t.provider_tool_id) as finished,
       (select count(*)::int from messages m, jsonb_array_elements(m.parts) part where m.conversation_id = t.conversation_id
          and m.role = 'tool' and part->>'call_id' = t.provider_tool_id) as results,
       child.state as turn_state,
       (select string_agg(part->>'text', '' order by nr) from messages m, jsonb_array_elements(m.parts) with ordinality as p(part, nr)
          where part->>'type' = 'text' and m.id = (select id from messages where turn_id = child.id and role = 'assistant'
            and status = 'complete' order by pos desc limit 1)) as words
     from tool_calls t
     left join lateral (select * from turns where conversation_id = t.child_conversation_id order by created_at limit 1) child on true
     where t.child_conversation_id is not null`,
  );
  const strays = await db.query<{ session_id: string }>(
    `select session_id from sessions s where depth > 0
       and not exists (select 1 from tool_calls t where t.id = s.parent_call_id and t.child_conversation_id is not null)`,
  );
  return [
    ...rows.flatMap(breachesOf),
    ...strays.rows.map(({ session_id }) => `the agent of session ${session_id} answers no call`),
  ];
}

function breachesOf(row: Delegated): string[] {
  const { id, state, sessions, started, finished, results } = row;
  const breaches: string[] = [];
  if (sessions !== 1) breaches.push(`the call ${id} has ${sessions} agents`);
  if (results !== 1) breaches.push(`the call ${id} of an agent has ${results} results`);
  const isOver = state === 'succeeded' || state === 'failed';
  if (started !== 1 || finished > 1 || (isOver && finished === 0))
    breaches.push(`the agent of ${id} (${state}) was told ${started} times, its end ${finished}`);
  if (state !== 'succeeded') return breaches;
  if (row.turn_state !== 'completed') breaches.push(`the call ${id} succeeded, its agent is ${row.turn_state}`);
  if (!row.words || !row.result?.includes(JSON.stringify(row.words).slice(1, -1)))
    breaches.push(`the result of ${id} is not what its agent said last`);
  return breaches;
}
