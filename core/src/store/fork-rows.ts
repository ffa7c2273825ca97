import type { Session } from '../protocol/resources.js';
import type { Sql } from './database.js';

interface Fork {
  /** Of the new row. */
  id: string;
  sessionId: string;
  conversationId: string;
  from: Session;
  /** The last message that is taken along. */
  uptoPos: number;
}

/**
 * Copies a session, its conversation and how that was summed up. Ids of messages and turns become others, each old one
 * the same new one, so that what belongs together still does. What the calls cost stays with the session that made them.
 * False where the session is gone.
 */
export async function forkRows(sql: Sql, { id, sessionId, conversationId, from, uptoPos }: Fork): Promise<boolean> {
  const { rowCount } = await sql.query(copySession, [id, sessionId, conversationId, from.session_id]);
  if (rowCount === 0) return false;
  await sql.query('insert into conversations (id, session_id) values ($1, $2)', [conversationId, id]);
  const params = [conversationId, from.conversation_id, uptoPos];
  await sql.query(copyMessages, params);
  await sql.query(copyTurns, params);
  await sql.query(copyCompactions, params);
  await sql.query(copyState, [id, from.session_id, from.conversation_id, uptoPos]);
  await sql.query(setPreview, [id, conversationId]);
  return true;
}

const copied = `agent_name, role, provider, model, auth_type, credential_id, working_directory, system_prompt, template, tools,
  mcps, effort, on_limit, approval`;

const copySession = `insert into sessions (id, session_id, current_conversation_id, title, forked_from, ${copied})
  select $1, $2, $3::uuid, coalesce(title, agent_name) || ' (fork)', session_id, ${copied} from sessions where session_id = $4`;

const other = (column: string) => `md5($1::text || ${column}::text)::uuid`;

const told = `role, status, parts, provider, model, latency_ms, request_tokens, response_tokens, cached_tokens,
  cache_write_tokens, reasoning_tokens, total_cost_usd, estimated, created_at`;

const copyMessages = `insert into messages (id, conversation_id, pos, turn_id, ${told})
  select ${other('id')}, $1::uuid, pos, ${other('turn_id')}, ${told} from messages where conversation_id = $2 and pos <= $3`;

/** Those that were made before anything after the last message was said. */
const chosen = `conversation_id = $2 and upto_pos <= $3 and cut_pos <= $3 and created_at <= coalesce(
    (select created_at from messages where conversation_id = $2 and pos = $3 + 1), 'infinity'::timestamptz)`;

const copyTurns = `insert into turns (id, conversation_id, message_id, state, attempts, stop_reason, config, created_at, ended_at)
  select ${other('id')}, $1::uuid, ${other('message_id')}, 'completed', attempts, stop_reason, config, created_at,
    coalesce(ended_at, created_at)
  from turns where id in (select turn_id from compactions where ${chosen})`;

const summed = `ord, cause, method, upto_pos, head, cut_pos, cut_bytes, provider, model, instructions, messages_before,
  messages_after, tokens_before, tokens_after, created_at, reverted_at`;

const copyCompactions = `insert into compactions (id, conversation_id, turn_id, ${summed})
  select gen_random_uuid(), $1::uuid, ${other('turn_id')}, ${summed} from compactions where ${chosen}`;

/** What tools keep, such as a list of things to do, is as it is now: it belongs to the whole history only. */
const copyState = `insert into session_state (session_id, key, value)
  select $1, k.key, k.value from session_state k join sessions s on s.id = k.session_id
  where s.session_id = $2 and not exists (select 1 from messages where conversation_id = $3 and pos > $4)`;

const setPreview = `update sessions set preview = (
    select left(message_text(parts), 300) from messages where conversation_id = $2 and role <> 'tool' order by pos desc limit 1)
  where id = $1`;
