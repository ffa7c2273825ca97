import { MaestroError } from '../errors.js';
import type { Message } from '../protocol/messages.js';
import { addApproval, cancelApproval, resolveApproval } from './apply-approval.js';
import { type As, type Context, change, type Prepared } from './apply-context.js';
import { beginChild, setSession } from './apply-session.js';
import { addCompaction, revertCompaction } from './compactions.js';
import type { Named } from './complete-events.js';
import type { Sql } from './database.js';
import { deflate } from './delta.js';
import type { Requests } from './requests.js';
import { maybeJson, maybeText, storable, storableJson, storableText } from './safe-json.js';
import type { Fence, Step, Write } from './step.js';
import { isoTime, money } from './wire.js';

export async function prepare(requests: Requests, conversationId: string, step: Step): Promise<Prepared> {
  const prepared: Prepared = { requests: new Map(), responses: new Map(), keep: [] };
  for (const write of step.writes) {
    if (write.write === 'call.add') {
      const { row, keep } = await requests.encode(conversationId, write.call);
      prepared.requests.set(write.call.id, row);
      prepared.keep.push(keep);
    }
    if (write.write === 'call.end' && write.end.resp) {
      const { resp } = write.end;
      prepared.responses.set(write.call_id, await (Buffer.isBuffer(resp) ? deflate(resp) : resp.deflated()));
    }
  }
  return prepared;
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
    case 'approval.add':
      return change(context, `request ${write.approval.id}`, ...addApproval(context.fence.conversationId, write));
    case 'approval.resolve':
      return change(context, `request ${write.id}`, ...resolveApproval(context.fence.conversationId, write));
    case 'approval.cancel':
      return context.sql.query(...cancelApproval(context.fence.conversationId, write)).then(() => undefined);
    case 'compaction.add':
      return change(
        context,
        `compaction ${write.compaction.id}`,
        ...addCompaction(context.fence.conversationId, write),
      );
    case 'compaction.revert':
      return change(context, `compaction ${write.id}`, ...revertCompaction(context.fence.conversationId, write));
    case 'session.set':
      return setSession(context, write);
    case 'child.begin':
      return beginChild(context, write);
  }
}

/** References to the exact request and answer are taken from the call, unless the step brings its own. */
async function addMessage({ sql, fence, named }: Context, { message }: As<'message.add'>): Promise<void> {
  const parts = storableJson(message.parts);
  const { rows } = await sql.query<Pick<Message, 'pos' | 'raw_request' | 'raw_response'> & { created_at: Date }>(
    `insert into messages (id, conversation_id, pos, role, status, parts, provider, model, client_key, turn_id, call_id,
       raw_request, raw_response, latency_ms, request_tokens, response_tokens, total_cost_usd, estimated,
       cached_tokens, cache_write_tokens, reasoning_tokens)
     select $1, $2::uuid, (select coalesce(max(pos), 0) + 1 from messages where conversation_id = $2), $3, $4, $5, $6, $7, $8, $9,
       $10::uuid, coalesce($11::jsonb, ${requestReference}), coalesce($12::jsonb, ${responseReference}), $13, $14, $15, $16, $17,
       $18, $19, $20
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
      message.cached_tokens,
      message.cache_write_tokens,
      message.reasoning_tokens,
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
       base_id, keep_prefix, keep_suffix, body, req_sha256, req_bytes, req_headers, credential_id, activity, profile)
     values ($1, $2, $3, (select coalesce(max(ord), 0) + 1 from provider_calls where conversation_id = $2), $4, 'sent', $5, $6,
       $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
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
      call.credential_id,
      call.activity,
      call.profile ?? null,
    ],
  );
}

const usageColumns = [
  'request_tokens',
  'response_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'total_cost_usd',
] as const;

function endCall(context: Context, { call_id, end }: As<'call.end'>): Promise<void> {
  return change(
    context,
    `call ${call_id}`,
    `update provider_calls set state = $3, status = $4, resp_headers = $5, resp = $6, resp_bytes = $7,
       provider_request_id = $8, first_byte_at = $9, error = $10, ended_at = now(), request_tokens = $11,
       response_tokens = $12, cached_tokens = $13, cache_write_tokens = $14, reasoning_tokens = $15, total_cost_usd = $16,
       estimated = $17, price_source = $18, timing = $19
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
      ...usageColumns.map((column) => end.usage?.[column] ?? null),
      end.usage?.estimated ?? false,
      end.usage?.price_source ?? null,
      maybeJson(end.timing),
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
    `insert into queued_messages (id, conversation_id, client_key, ord, mode, text, attachments, max_usd)
     select $1, $2::uuid, $3, (select coalesce(max(ord), 0) + 1 from queued_messages where conversation_id = $2), $4, $5, $6, $7
     where not exists (select 1 from messages where conversation_id = $2 and client_key = $3) and ${isCurrent}`,
    [
      queued.id,
      context.fence.conversationId,
      maybeText(queued.client_key),
      queued.mode,
      maybeText(queued.text),
      storableJson(queued.attachments ?? []),
      queued.max_usd ?? null,
    ],
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
