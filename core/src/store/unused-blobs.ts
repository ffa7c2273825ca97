import type { Sql } from './database.js';

const BATCH = 200;
/** Whoever puts bytes names them soon after. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Removes bytes that nothing shows: no message, no message that waits or is being typed, no result of a turn that
 * still runs. Those put within the last day stay.
 *
 * @returns how many it removed
 */
export async function removeUnusedBlobs(sql: Sql, signal: AbortSignal, keptMs = KEPT_MS): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    const { rowCount } = await sql.query(unused, [keptMs, BATCH]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH) break;
  }
  return removed;
}

// The age is asked again where it removes: bytes put once more meanwhile are new.
const unused = `
  with elsewhere as materialized (
    select jsonb_path_query(attachments, '$.**.blob') #>> '{}' as blob from queued_messages
    union select jsonb_path_query(attachments, '$.**.blob') #>> '{}' from composer_drafts
    union select jsonb_path_query(c.result, '$.**.blob') #>> '{}' from tool_calls c join turns t on t.id = c.turn_id
      where t.state in ('queued', 'calling', 'tools') and c.result is not null)
  delete from blobs where created_at < now() - $1 * interval '1 millisecond' and sha256 in (
    select sha256 from blobs b
    where created_at < now() - $1 * interval '1 millisecond'
      and not exists (
        select 1 from messages m
        where jsonb_path_exists(m.parts, '$.**.blob') and jsonb_path_query_array(m.parts, '$.**.blob') ? b.sha256)
      and not exists (select 1 from elsewhere e where e.blob = b.sha256)
    limit $2)`;
