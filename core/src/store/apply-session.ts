import { randomUUID } from 'node:crypto';
import type { Usage } from '../protocol/resources.js';
import { type As, type Context, change } from './apply-context.js';
import { insertedColumns, insertedValues, insertParams } from './new-session.js';
import { maybeText, storableJson } from './safe-json.js';
import type { UsageAdded } from './step.js';

const summed = ['request_tokens', 'response_tokens', 'cached_tokens', 'reasoning_tokens'] as const;

const counted = [...summed, 'cache_write_tokens'] as const;
const entered = [
  ['total_cost_usd', 'numeric'],
  ['call_id', 'uuid'],
  ['provider', 'text'],
  ['model', 'text'],
  ['estimated', 'boolean'],
] as const;

/** Columns that are simply set. The names come from here, never from a caller. */
const settable = [
  'agent_name',
  'title',
  'provider',
  'model',
  'auth_type',
  'credential_id',
  'effort',
  'on_limit',
  'approval',
  'working_directory',
  'system_prompt',
  'status',
  'preview',
] as const;

function hasTokens({ request_tokens, response_tokens }: Usage): boolean {
  return (request_tokens ?? 0) + (response_tokens ?? 0) > 0;
}

/** What a call used counts for the session that made it and for every session above that waits for it. */
export function setSession(context: Context, { session_id, set }: As<'session.set'>): Promise<void> {
  const params: unknown[] = [session_id, context.fence.conversationId];
  const assign: Assign = (value, assignment) => {
    params.push(value);
    return assignment(`$${params.length}`);
  };
  const assignments = settable.flatMap((column) =>
    set[column] === undefined ? [] : assign(maybeText(set[column]), (param) => `${column} = ${param}`),
  );
  for (const switches of ['tools', 'mcps'] as const) {
    if (set[switches])
      assignments.push(assign(storableJson(set[switches]), (param) => `${switches} = ${switches} || ${param}::jsonb`));
  }
  if (set.contextUsed !== undefined) assignments.push(assign(set.contextUsed, (param) => `context_used = ${param}`));
  const used = set.addUsage ? [...addsUsage(set.addUsage, assign), 'last_activity_at = now()'] : [];
  const entry = set.addUsage && hasTokens(set.addUsage) ? keepsEntry(set.addUsage, assign) : '';
  const isActivity = used.length === 0 && (set.status !== undefined || set.preview !== undefined);
  if (isActivity) assignments.push('last_activity_at = now()');
  return change(
    context,
    `session "${session_id}"`,
    `${used.length > 0 ? withAbove(used) : ''}${entry}
     update sessions set ${['updated_at = now()', ...assignments, ...used].join(', ')}
     where session_id = $1 and id = (select session_id from conversations where id = $2)`,
    params,
  );
}

type Assign = (value: unknown, assignment: (param: string) => string) => string;

/** What budgets and sums count; the turn is the one that began last, since a live one is the last. */
function keepsEntry(usage: UsageAdded, assign: Assign): string {
  const given = entered.map(([column, type]) => assign(usage[column], (param) => `${param}::${type}`));
  const counts = counted.map((column) => assign(usage[column] ?? 0, (param) => `${param}::int`));
  const activity = assign(usage.activity, (param) => `${param}::text`);
  return `, entered as (
      insert into usage_entries (conversation_id, turn_id, session_id, agent, activity,
        ${[...entered.map(([column]) => column), ...counted].join(', ')})
      select $2::uuid, (select id from turns where conversation_id = $2 order by created_at desc, id desc limit 1),
        s.session_id, s.agent_name, case when s.parent_session_id is null then ${activity} else 'sub_agent' end,
        ${[...given, ...counts].join(', ')}
      from sessions s where s.session_id = $1
    )`;
}

function addsUsage(usage: Usage, assign: Assign): string[] {
  const sums = summed.map((column) =>
    assign(usage[column] ?? 0, (param) => `${column} = sessions.${column} + ${param}`),
  );
  const estimated = assign(usage.estimated, (param) => `estimated = sessions.estimated or ${param}`);
  const cost = usage.total_cost_usd;
  if (cost === null)
    return [...sums, estimated, `unpriced_calls = sessions.unpriced_calls + ${hasTokens(usage) ? 1 : 0}`];
  const priced = (param: string) => `total_cost_usd = coalesce(sessions.total_cost_usd, 0) + ${param}::numeric`;
  return [...sums, estimated, assign(cost, priced)];
}

/** Rows are taken from the session upwards, so that no two that add at once wait for each other. */
function withAbove(used: readonly string[]): string {
  return `with recursive line as (
      select id, parent_session_id, 0 as above from sessions
      where session_id = $1 and id = (select session_id from conversations where id = $2)
      union all
      select p.id, p.parent_session_id, above + 1 from sessions p join line on p.session_id = line.parent_session_id
      where above < ${mostAbove}
    ), locked as materialized (
      select s.id, line.above from sessions s join line on line.id = s.id order by line.above for no key update of s
    ), added as (
      update sessions set ${['updated_at = now()', ...used].join(', ')} from locked
      where locked.id = sessions.id and locked.above > 0
    )`;
}

/** More than sessions are ever nested; it ends a loop that a damaged table may hold. */
const mostAbove = 64;

/** A session that answers a call: made once for each run of a call, by whoever runs it. */
export function beginChild(context: Context, write: As<'child.begin'>): Promise<void> {
  const { tool_call_id, session_id, conversation_id, session } = write;
  const params = insertParams(randomUUID(), session_id, conversation_id, session);
  const [call, parent, epoch] = [1, 2, 3].map((n) => `$${params.length + n}`);
  return change(
    context,
    `tool call ${tool_call_id}`,
    `with called as (
       update tool_calls set child_conversation_id = $3::uuid where id = ${call}::uuid and conversation_id = ${parent}
         and state = 'started' and child_conversation_id is null and epoch is not distinct from ${epoch}::int
       returning id
     ), made as (
       insert into sessions (${insertedColumns}) select ${insertedValues} from called returning id
     )
     insert into conversations (id, session_id, parent_tool_call_id) select $3::uuid, made.id, ${call}::uuid from made`,
    [...params, tool_call_id, context.fence.conversationId, context.fence.epoch],
  );
}
