import { MaestroError } from '../errors.js';
import type { Message } from '../protocol/messages.js';
import type { Named } from './complete-events.js';
import type { Sql } from './database.js';
import { deflate } from './delta.js';
import type { Requests, StoredRequest } from './requests.js';
import { maybeJson, maybeText, storable, storableJson, storableText } from './safe-json.js';
import type { Fence, Step, Write } from './step.js';
import { isoTime, money } from './wire.js';

/** What is computed before the row lock is taken: compression takes time. */
export interface Prepared {
  /** By id of the call. */
  requests: Map<string, StoredRequest>;
  responses: Map<string, Buffer>;
  /** To call once the step is committed. */
  keep: (() => void)[];
}

export async function prepare(requests: Requests, conversationId: string, step: Step): Promise<Prepared> {
  const prepared: Prepared = { requests: new Map(), responses: new Map(), keep: [] };
  for (const write of step.writes) {
    if (write.write === 'call.add') {
      const { row, keep } = await requests.encode(conversationId, write.call);
      prepared.requests.set(write.call.id, row);
      prepared.keep.push(keep);
    }
    if (write.write === 'call.end' && write.end.resp) {
      prepared.responses.set(write.call_id, await deflate(write.end.resp));
    }
  }
  return prepared;
}

interface Context {
  sql: Sql;
  fence: Fence;
  prepared: Prepared;
  /** Gets the rows that writes make, so that events need not read them back. */
  named: Named;
}

/**
 * Sends all writes in order, without waiting in between: each function below makes exactly one query, at once.
 *
 * @returns `done` rejects with the first refusal; `messages` are the ids that `named` will have by then
 */
export function applyWrites(sql: Sql, fence: Fence, step: Step, prepared: Prepared, named: Named) {
  const context: Context = { sql, fence, prepared, named };
  const messages = new Set<string>();
  const pending = step.writes.map((write) => {
    if (write.write === 'message.add') messages.add(write.message.id);
    return apply(context, write);
  });
  return { done: Promise.all(pending), messages };
}

type As<W extends Write['write']> = Extract<Write, { write: W }>;

function apply(context: Context, write: Write): Promise<void> {
  switch (write.write) {
    case 'message.add':
      return addMessage(context, write);
    case 'turn.add':
      return addTurn(context, write);
    case 'turn.set':
      return setTurn(context, write);
    case 'call.add':
      return addCall(context, write);
    case 'call.end':
      return endCall(context, write);
    case 'tool.add':
      return addTools(context, write);
    case 'tool.set':
      return setTool(context, write);
    case 'draft.drop':
      return dropDraft(context, write);
    case 'queue.add':
      return addQueued(context, write);
    case 'queue.set':
      return setQueued(context, write);
    case 'queue.take':
      return takeQueued(context, write);
    case 'session.set':
      return setSession(context, write);
  }
}

/** Runs one statement that must change as many rows as it should. */
async function change({ sql }: Context, what: string, text: string, params: unknown[], rows = 1): Promise<void> {
  const { rowCount } = await sql.query(text, params);
  if (rowCount !== rows)
    throw new MaestroError('step.refused', `${what}: it is gone or no longer in a state that allows this`);
}

/** References to the exact request and answer are taken from the call, unless the step brings its own. */
async function addMessage({ sql, fence, named }: Context, { message }: As<'message.add'>): Promise<void> {
  const parts = storableJson(message.parts);
  const { rows } = await sql.query<Pick<Message, 'pos' | 'raw_request' | 'raw_response'> & { created_at: Date }>(
    `insert into messages (id, conversation_id, pos, role, status, parts, provider, model, client_key, turn_id, call_id,
       raw_request, raw_response, latency_ms, request_tokens, response_tokens, total_cost_usd, estimated)
     select $1, $2::uuid, (select coalesce(max(pos), 0) + 1 from messages where conversation_id = $2), $3, $4, $5, $6, $7, $8, $9,
       $10::uuid, coalesce($11::jsonb, ${requestReference}), coalesce($12::jsonb, ${responseReference}), $13, $14, $15, $16, $17
     from (select) as one left join provider_calls c on c.id = $10
     where not exists (select 1 from queued_messages where conversation_id = $2 and client_key = $8)
     returning pos, raw_request, raw_response, created_at`,
    [
      message.id,
      fence.conversationId,
      message.role,
      message.status,
      parts,
      message.provider,
      message.model,
      maybeText(message.client_key),
      message.turn_id,
      message.call_id,
      maybeJson(message.raw_request),
      maybeJson(message.raw_response),
      message.latency_ms,
      message.request_tokens,
      message.response_tokens,
      message.total_cost_usd,
      message.estimated,
    ],
  );
  const [row] = rows;
  if (!row) throw new MaestroError('step.refused', `a message with key "${message.client_key}" is waiting already`);
  named.messages.set(message.id, {
    ...message,
    ...row,
    conversation_id: fence.conversationId,
    parts: JSON.parse(parts),
    client_key: maybeText(message.client_key),
    total_cost_usd: money(message.total_cost_usd),
    created_at: isoTime(row.created_at),
  });
}

const requestReference = `case when c.id is not null then jsonb_build_object('v', 1, 'call', c.id, 'sha256', c.req_sha256,
  'bytes', c.req_bytes, 'method', c.method, 'url', c.url, 'headers', c.req_headers) end`;
const responseReference = `case when c.resp is not null then jsonb_build_object('v', 1, 'call', c.id, 'bytes', c.resp_bytes,
  'status', c.status, 'headers', c.resp_headers) end`;

/** What begins in a conversation that was left would be seen by nobody. */
const isCurrent = 'exists (select 1 from sessions where current_conversation_id = $2)';

function addTurn(context: Context, { turn }: As<'turn.add'>): Promise<void> {
  return change(
    context,
    `turn ${turn.id}`,
    `insert into turns (id, conversation_id, message_id, state, config) select $1, $2::uuid, $3, 'queued', $4
     where ${isCurrent}`,
    [turn.id, context.fence.conversationId, turn.message_id, storableJson(turn.config)],
  );
}

function setTurn(context: Context, write: As<'turn.set'>): Promise<void> {
  return change(
    context,
    `turn ${write.turn_id}`,
    `with progressed as (
       update conversations set live_starts = 0
       where id = $2 and live_starts > 0 and ($5 or $3 not in ('queued', 'calling', 'tools'))
     )
     update turns set state = $3,
       attempts = case when $5 then 0 else attempts end + case when $6 then 1 else 0 end,
       stop_reason = case when $7 then $8 else stop_reason end,
       error = case when $9 then $10::jsonb else error end,
       config = coalesce($11::jsonb, config),
       ended_at = case when $3 in ('queued', 'calling', 'tools') then null else now() end
     where id = $1 and conversation_id = $2 and state = any($4)`,
    [
      write.turn_id,
      context.fence.conversationId,
      write.state,
      write.from,
      write.resetAttempts ?? false,
      write.begin ?? false,
      write.stop_reason !== undefined,
      maybeText(write.stop_reason),
      write.error !== undefined,
      maybeJson(write.error),
      maybeJson(write.config),
    ],
  );
}

function addCall(context: Context, { call }: As<'call.add'>): Promise<void> {
  const row = context.prepared.requests.get(call.id)!;
  return change(
    context,
    `call ${call.id}`,
    `insert into provider_calls (id, conversation_id, turn_id, ord, attempt, state, provider, model, method, url,
       base_id, keep_prefix, keep_suffix, body, req_sha256, req_bytes, req_headers)
     values ($1, $2, $3, (select coalesce(max(ord), 0) + 1 from provider_calls where conversation_id = $2), $4, 'sent', $5, $6,
       $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      call.id,
      context.fence.conversationId,
      call.turn_id,
      call.attempt,
      call.provider,
      call.model,
      call.method,
      maybeText(call.url),
      row.base_id,
      row.keep_prefix,
      row.keep_suffix,
      row.body,
      row.sha256,
      row.bytes,
      storableJson(call.req_headers),
    ],
  );
}

function endCall(context: Context, { call_id, end }: As<'call.end'>): Promise<void> {
  return change(
    context,
    `call ${call_id}`,
    `update provider_calls set state = $3, status = $4, resp_headers = $5, resp = $6, resp_bytes = $7,
       provider_request_id = $8, first_byte_at = $9, error = $10, ended_at = now()
     where id = $1 and conversation_id = $2 and state = 'sent'`,
    [
      call_id,
      context.fence.conversationId,
      end.state,
      end.status ?? null,
      maybeJson(end.resp_headers),
      context.prepared.responses.get(call_id) ?? null,
      end.resp?.length ?? null,
      maybeText(end.provider_request_id),
      end.first_byte_at ?? null,
      maybeJson(end.error),
    ],
  );
}

/** `args` is kept as bytes: what a model writes there need not be text that a `text` column takes. */
function addTools(context: Context, { calls }: As<'tool.add'>): Promise<void> {
  const column = <T>(of: (call: (typeof calls)[number]) => T): T[] => calls.map(of);
  return change(
    context,
    'tool calls',
    `insert into tool_calls (id, conversation_id, message_id, turn_id, ord, provider_tool_id, name, args, retry, state)
     select c.id, $1, c.message_id, c.turn_id, c.ord, c.provider_tool_id, c.name, c.args, c.retry, 'proposed'
     from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::bytea[], $9::text[])
       as c (id, message_id, turn_id, ord, provider_tool_id, name, args, retry)`,
    [
      context.fence.conversationId,
      column((call) => call.id),
      column((call) => call.message_id),
      column((call) => call.turn_id),
      column((call) => call.ord),
      column((call) => storableText(call.provider_tool_id)),
      column((call) => storableText(call.name)),
      column((call) => Buffer.from(call.args)),
      column((call) => call.retry),
    ],
    calls.length,
  );
}

/** An outcome counts only for the run that this owner started: whoever started an older one is presumed dead. */
function setTool(context: Context, write: As<'tool.set'>): Promise<void> {
  const { fence, named } = context;
  if (write.result) {
    named.results.set(write.tool_call_id, { v: 1, type: 'tool_result', ...storable(write.result) });
  }
  return change(
    context,
    `tool call ${write.tool_call_id}`,
    `update tool_calls set state = $3,
       epoch = case $3 when 'started' then $5::int when 'proposed' then null else epoch end,
       attempts = attempts + case when $3 = 'started' then 1 else 0 end,
       started_at = case $3 when 'started' then now() when 'proposed' then null else started_at end,
       ended_at = case when $3 in ('proposed', 'started') then null else now() end,
       result = coalesce($6::jsonb, result), is_error = coalesce($7, is_error)
     where id = $1 and conversation_id = $2 and state = any($4)
       and ($3 not in ('succeeded', 'failed') or state <> 'started' or epoch is not distinct from $5)`,
    [
      write.tool_call_id,
      fence.conversationId,
      write.state,
      write.from,
      fence.epoch,
      maybeJson(write.result),
      write.result?.is_error ?? null,
    ],
  );
}

async function dropDraft({ sql, fence }: Context, { message_id }: As<'draft.drop'>): Promise<void> {
  // There need not be one: short replies end before the first is saved.
  await sql.query('delete from drafts where message_id = $1 and conversation_id = $2', [
    message_id,
    fence.conversationId,
  ]);
}

function addQueued(context: Context, { queued }: As<'queue.add'>): Promise<void> {
  return change(
    context,
    `message with key "${queued.client_key}"`,
    `insert into queued_messages (id, conversation_id, client_key, ord, mode, text)
     select $1, $2::uuid, $3, (select coalesce(max(ord), 0) + 1 from queued_messages where conversation_id = $2), $4, $5
     where not exists (select 1 from messages where conversation_id = $2 and client_key = $3) and ${isCurrent}`,
    [queued.id, context.fence.conversationId, maybeText(queued.client_key), queued.mode, maybeText(queued.text)],
  );
}

/** `ord` is the new place in line, from 1; the others close up. */
function setQueued(context: Context, write: As<'queue.set'>): Promise<void> {
  return change(
    context,
    `waiting message ${write.id}`,
    `with line as (
       select id, count(*) over () as total, row_number() over (order by (id = $1), ord, created_at, id) as place
       from queued_messages where conversation_id = $2
     ), moved as (
       update queued_messages q set ord = line.place + case when line.place >= $3 then 1 else 0 end
       from line where q.id = line.id and q.id <> $1 and $3::int is not null and exists (select 1 from line where id = $1)
     )
     update queued_messages q set text = coalesce($4, text), mode = coalesce($5, mode),
       ord = case when $3::int is null then ord else greatest(1, least($3, line.total)) end
     from line where q.id = line.id and q.id = $1`,
    [write.id, context.fence.conversationId, write.ord ?? null, maybeText(write.text), write.mode ?? null],
  );
}

function takeQueued(context: Context, { id, text: said }: As<'queue.take'>): Promise<void> {
  return change(
    context,
    `waiting message ${id}`,
    'delete from queued_messages where id = $1 and conversation_id = $2 and text = coalesce($3, text)',
    [id, context.fence.conversationId, maybeText(said)],
  );
}

/** Columns that are simply set. The names come from here, never from a caller. */
const settable = [
  'agent_name',
  'title',
  'provider',
  'model',
  'auth_type',
  'credential_id',
  'working_directory',
  'system_prompt',
  'status',
  'preview',
] as const;

function setSession(context: Context, { session_id, set }: As<'session.set'>): Promise<void> {
  const params: unknown[] = [session_id, context.fence.conversationId];
  const assign = (value: unknown, assignment: (param: string) => string) => {
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
  if (set.addTokens) {
    assignments.push(assign(set.addTokens.request, (param) => `request_tokens = request_tokens + ${param}`));
    assignments.push(assign(set.addTokens.response, (param) => `response_tokens = response_tokens + ${param}`));
  }
  const isActivity = set.status !== undefined || set.preview !== undefined || set.addTokens !== undefined;
  if (isActivity) assignments.push('last_activity_at = now()');
  return change(
    context,
    `session "${session_id}"`,
    `update sessions set ${['updated_at = now()', ...assignments].join(', ')}
     where session_id = $1 and id = (select session_id from conversations where id = $2)`,
    params,
  );
}
