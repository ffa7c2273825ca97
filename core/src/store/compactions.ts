import type { CompactionResource } from '../protocol/compactions.js';
import type { As } from './apply-context.js';
import type { Database } from './database.js';
import { maybeText } from './safe-json.js';
import { isoTime, isUuid } from './wire.js';

/** How conversations are told to models. Writing is done by `EventLog.commit`. */
export class Compactions {
  constructor(private readonly db: Database) {}

  /** Oldest first, undone ones among them. */
  async list(conversationId: string): Promise<CompactionResource[]> {
    const { rows } = await this.db.query<CompactionRow>(
      `select ${columns} from compactions where conversation_id = $1 order by ord`,
      [conversationId],
    );
    return rows.map(toCompaction);
  }

  /** The one that counts: the newest that was not undone. */
  async active(conversationId: string): Promise<CompactionResource | null> {
    return this.#one('conversation_id = $1 and reverted_at is null', [conversationId]);
  }

  /** The one that counts once this one and all after it are undone. */
  async before(conversationId: string, id: string): Promise<CompactionResource | null> {
    const earlier = 'ord < (select ord from compactions where id = $2)';
    return this.#one(`conversation_id = $1 and reverted_at is null and ${earlier}`, [conversationId, id]);
  }

  /** Undefined where this conversation has none of that id that still counts. */
  async find(conversationId: string, id: string): Promise<CompactionResource | undefined> {
    if (!isUuid(id)) return undefined;
    const found = await this.#one('conversation_id = $1 and reverted_at is null and id = $2', [conversationId, id]);
    return found ?? undefined;
  }

  async #one(condition: string, params: unknown[]): Promise<CompactionResource | null> {
    const { rows } = await this.db.query<CompactionRow>(
      `select ${columns} from compactions where ${condition} order by ord desc limit 1`,
      params,
    );
    return rows[0] ? toCompaction(rows[0]) : null;
  }
}

type Statement = [text: string, params: unknown[]];

export function addCompaction(conversationId: string, { compaction }: As<'compaction.add'>): Statement {
  return [
    `insert into compactions (id, conversation_id, turn_id, ord, cause, method, upto_pos, head, cut_pos, cut_bytes, provider,
       model, instructions, messages_before, messages_after, tokens_before, tokens_after)
     values ($1, $2, $3, (select coalesce(max(ord), 0) + 1 from compactions where conversation_id = $2), $4, $5, $6, $7, $8, $9,
       $10, $11, $12, $13, $14, $15, $16)`,
    [
      compaction.id,
      conversationId,
      compaction.turn_id,
      compaction.cause,
      compaction.method,
      compaction.upto_pos,
      maybeText(compaction.head),
      compaction.cut_pos,
      compaction.cut_bytes,
      compaction.provider,
      compaction.model,
      maybeText(compaction.instructions),
      compaction.messages_before,
      compaction.messages_after,
      compaction.tokens_before,
      compaction.tokens_after,
    ],
  ];
}

/** With all that came after it. A running turn would not hear of it: where one is live, nothing is undone. */
export function revertCompaction(conversationId: string, { id }: As<'compaction.revert'>): Statement {
  return [
    `with first as (
       select ord from compactions where id = $1 and conversation_id = $2 and reverted_at is null and not exists (
         select 1 from turns where conversation_id = $2 and state in ('queued', 'calling', 'tools'))
     ), undone as (
       update compactions set reverted_at = now() from first
       where conversation_id = $2 and reverted_at is null and compactions.ord >= first.ord
     )
     select ord from first`,
    [id, conversationId],
  ];
}

const columns = `id, turn_id, cause, method, upto_pos, head, cut_pos, cut_bytes, provider, model, instructions,
  messages_before, messages_after, tokens_before, tokens_after, created_at, reverted_at`;

type CompactionRow = Omit<CompactionResource, 'created_at' | 'reverted_at'> & {
  created_at: Date;
  reverted_at: Date | null;
};

function toCompaction(row: CompactionRow): CompactionResource {
  return { ...row, created_at: isoTime(row.created_at), reverted_at: isoTime(row.reverted_at) };
}
