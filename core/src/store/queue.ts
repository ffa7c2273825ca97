import type { QueuedMessage } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import { isoTime, money } from './wire.js';

/** Messages that wait for the running turn. Writing is done by `EventLog.commit` (`queue.add`, `queue.set`, `queue.take`). */
export class Queue {
  constructor(private readonly db: Database) {}

  /** In the order they will be taken. */
  list(conversationId: string): Promise<QueuedMessage[]> {
    return queueOf(this.db, conversationId);
  }

  /** The one to take next; with `mode` the next of that mode. */
  async next(conversationId: string, mode?: QueuedMessage['mode']): Promise<QueuedMessage | undefined> {
    const waiting = await queueOf(this.db, conversationId);
    return waiting.find((message) => mode === undefined || message.mode === mode);
  }
}

export async function queueOf(sql: Sql, conversationId: string): Promise<QueuedMessage[]> {
  const { rows } = await sql.query<Omit<QueuedMessage, 'created_at'> & { created_at: Date }>(
    `select id, client_key, ord, mode, text, attachments, max_usd, created_at from queued_messages where conversation_id = $1
     order by ord, created_at, id`,
    [conversationId],
  );
  return rows.map((row) => ({ ...row, max_usd: money(row.max_usd ?? null), created_at: isoTime(row.created_at) }));
}
