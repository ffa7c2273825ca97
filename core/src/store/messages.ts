import type { Message } from '../protocol/messages.js';
import type { List } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import { storableText } from './safe-json.js';
import { isoTime, money } from './wire.js';

const afterAll = 2 ** 31 - 1;

/** What became of a message a client sent under a key of its own. */
export interface SentMessage {
  message_id: string;
  turn_id: string | null;
  queued: boolean;
}

/** Messages as REST gives them. Writing is done by `EventLog.commit`. */
export class Messages {
  constructor(private readonly db: Database) {}

  /** The newest `limit` (1 to 200, 50 if not given) before `before`, oldest first; `next` is the `before` of the next page. */
  async page(conversationId: string, options: { limit?: number; before?: number | null } = {}): Promise<List<Message>> {
    const limit = Math.min(Math.max(options.limit ?? 50, 1), 200);
    const { rows } = await this.db.query<MessageRow>(
      `select ${messageColumns} from messages m where m.conversation_id = $1 and m.pos < $2
       order by m.pos desc limit $3`,
      [conversationId, options.before ?? afterAll, limit + 1],
    );
    const items = rows.slice(0, limit).reverse().map(toMessage);
    return { items, next: rows.length > limit ? String(items[0]?.pos) : null };
  }

  /** What a model may be told: complete messages only, oldest first, those after `pos`. */
  async history(conversationId: string, pos = 0): Promise<Message[]> {
    const { rows } = await this.db.query<MessageRow>(
      `select ${messageColumns} from messages m where m.conversation_id = $1 and m.status = 'complete' and m.pos > $2
       order by m.pos`,
      [conversationId, pos],
    );
    return rows.map(toMessage);
  }

  /** When the first message of a conversation came. */
  async began(conversationId: string): Promise<Date | undefined> {
    const { rows } = await this.db.query<{ created_at: Date }>(
      'select created_at from messages where conversation_id = $1 order by pos limit 1',
      [conversationId],
    );
    return rows[0]?.created_at;
  }

  async get(id: string): Promise<Message | undefined> {
    return (await messagesById(this.db, [id])).get(id);
  }

  /** The message or the waiting message that was sent under this key, so that the same key is answered alike. */
  async byClientKey(conversationId: string, clientKey: string): Promise<SentMessage | undefined> {
    const { rows } = await this.db.query<SentMessage>(
      `select m.id as message_id, m.turn_id, false as queued from messages m where m.conversation_id = $1 and m.client_key = $2
       union all
       select q.id, null, true from queued_messages q where q.conversation_id = $1 and q.client_key = $2`,
      [conversationId, storableText(clientKey)],
    );
    return rows[0];
  }
}

export async function messagesById(sql: Sql, ids: readonly string[]): Promise<Map<string, Message>> {
  const { rows } = await sql.query<MessageRow>(
    `select ${messageColumns} from messages m where m.id = any($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, toMessage(row)]));
}

const messageColumns = `m.id, m.conversation_id, m.pos, m.role, m.status, m.parts, m.provider, m.model, m.turn_id, m.call_id,
  m.latency_ms, m.request_tokens, m.response_tokens, m.cached_tokens, m.cache_write_tokens,
  m.reasoning_tokens, m.total_cost_usd, m.estimated, m.raw_request, m.raw_response,
  m.client_key, m.created_at`;

type MessageRow = Omit<Message, 'created_at'> & { created_at: Date };

function toMessage(row: MessageRow): Message {
  return { ...row, total_cost_usd: money(row.total_cost_usd), created_at: isoTime(row.created_at) };
}
