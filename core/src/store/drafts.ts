import { MaestroError } from '../errors.js';
import type { Part } from '../protocol/messages.js';
import type { Sql } from './database.js';
import { storableJson } from './safe-json.js';
import type { Fence } from './step.js';
import { isoTime } from './wire.js';

/** Text that streams in and is no message yet. One row per reply, replaced as it grows. */
export interface NewDraft {
  message_id: string;
  turn_id: string;
  parts: readonly Part[];
}

export interface Draft {
  message_id: string;
  turn_id: string;
  parts: Part[];
  updated_at: string;
}

// `for share` keeps a claim by another process from slipping in between. A draft is no promise, so nobody
// waits for the disk: the setting ends with this statement.
const upsert = `with fence as (
    select c.id from conversations c, (select set_config('synchronous_commit', 'off', true)) as lazy
    where c.id = $2 and c.epoch = $5 for share of c
  ), saved as (
    insert into drafts (message_id, conversation_id, turn_id, parts)
    select $1, id, $3, $4 from fence where not exists (select 1 from messages where id = $1)
    on conflict (message_id) do update set parts = excluded.parts, updated_at = now()
  )
  select 1 from fence`;

/** Replaces the draft. A draft whose message is there already is left alone. */
export async function saveDraft(sql: Sql, fence: Fence, draft: NewDraft): Promise<void> {
  const params = [draft.message_id, fence.conversationId, draft.turn_id, storableJson(draft.parts), fence.epoch];
  const { rowCount } = await sql.query(upsert, params);
  if (rowCount === 1) return;
  throw new MaestroError('fence.lost', `conversation ${fence.conversationId} belongs to another process now`);
}

/** The draft of a conversation, newest first should a dead process have left another. */
export async function draftOf(sql: Sql, conversationId: string): Promise<Draft | null> {
  const { rows } = await sql.query<Omit<Draft, 'updated_at'> & { updated_at: Date }>(
    `select message_id, turn_id, parts, updated_at from drafts where conversation_id = $1
     order by updated_at desc limit 1`,
    [conversationId],
  );
  const [row] = rows;
  return row ? { ...row, updated_at: isoTime(row.updated_at) } : null;
}
