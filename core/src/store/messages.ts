import type { Message } from '../protocol/messages.js';
import type { MessagePage } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import { storableText } from './safe-json.js';
import { isoTime, money } from './wire.js';

const afterAll = 2 ** 31 - 1;

/** At most one of them. */
export interface MessagePlace {
  before?: number | null;
  after?: number | null;
  around?: number | null;
}

function olderThan({ before, after, around }: MessagePlace): number | null {
  if (after != null) return null;
  return around != null ? around : (before ?? afterAll);
}

/** The message itself is among what comes after the one before it. */
function newerThan({ after, around }: MessagePlace): number | null {
  if (around != null) return around - 1;
  return after ?? null;
}

function shareOf({ around }: MessagePlace, limit: number): number {
  return around == null ? limit : Math.floor(limit / 2);
}

/** What became of a message a client sent under a key of its own. */
export interface SentMessage {
  message_id: string;
  turn_id: string | null;
  queued: boolean;
}

/** Messages as REST gives them. Writing is done by `EventLog.commit`. */
export class Messages {
  constructor(private readonly db: Database) {}

  /**
   * Up to `limit` messages (1 to 200, 50 if not given), oldest first: the newest ones, the newest before `before`, the
   * oldest after `after`, or those around `around`. `next` is the `before` of the next page, for `after` the next `after`.
   */
  async page(conversationId: string, place: MessagePlace & { limit?: number } = {}): Promise<MessagePage> {
    const limit = Math.min(Math.max(place.limit ?? 50, 1), 200);
    const [older, newer, last] = await Promise.all([
      this.#read(conversationId, 'desc', olderThan(place), shareOf(place, limit)),
      this.#read(conversationId, 'asc', newerThan(place), limit),
      this.#last(conversationId),
    ]);
    const back = older?.items.reverse() ?? [];
    const items = [...back, ...(newer?.items ?? [])].slice(0, limit);
    const next = older ? (older.isMore ? items[0]?.pos : undefined) : newer?.isMore ? items.at(-1)?.pos : undefined;
    return { items, next: next === undefined ? null : String(next), last_pos: last };
  }

  /** Where a message stands; undefined where this conversation has none of that id. */
  async posOf(conversationId: string, id: string): Promise<number | undefined> {
    const { rows } = await this.db.query<{ pos: number }>(
      'select pos from messages where conversation_id = $1 and id = $2',
      [conversationId, id],
    );
    return rows[0]?.pos;
  }

  async #read(conversationId: string, order: 'asc' | 'desc', from: number | null, limit: number) {
    if (from === null || limit === 0) return null;
    const sign = order === 'asc' ? '>' : '<';
    const { rows } = await this.db.query<MessageRow>(
      `select ${messageColumns} from messages m where m.conversation_id = $1 and m.pos ${sign} $2
       order by m.pos ${order} limit $3`,
      [conversationId, from, limit + 1],
    );
    return { items: rows.slice(0, limit).map(toMessage), isMore: rows.length > limit };
  }

  async #last(conversationId: string): Promise<number> {
    const { rows } = await this.db.query<{ last: number | null }>(
      'select max(pos) as last from messages where conversation_id = $1',
      [conversationId],
    );
    return rows[0]?.last ?? 0;
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
