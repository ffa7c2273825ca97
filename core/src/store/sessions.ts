import { randomBytes, randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { List, Session, SessionStatus, Totals } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import type { EventLog } from './event-log.js';
import { forkRows } from './fork-rows.js';
import { insertedColumns, insertedValues, insertParams, type NewSession } from './new-session.js';
import { maybeText, storableText } from './safe-json.js';
import type { SessionChange, StepEvent } from './step.js';
import { cursor, isoTime, isUuid, money } from './wire.js';

/** What happened to the list of sessions: for cards and the `sessions` topic. */
export type SessionsChange =
  | { type: 'created' | 'updated'; session: Session }
  | { type: 'deleted'; session_id: string; conversation_id: string };

export interface SessionFilter {
  /** 1 to 200; 50 if not given. */
  limit?: number;
  cursor?: string | null;
  /** Words looked for in name, title, preview, model and working directory. */
  q?: string;
  status?: SessionStatus;
  /** Those that answer calls of this session, or `all`; else only those of people. */
  parent?: string;
}

/** Sessions as REST gives them. Every change is also an event of the session's conversation. */
export class Sessions {
  readonly #listeners = new Set<(change: SessionsChange) => void>();

  constructor(
    private readonly db: Database,
    private readonly log: EventLog,
  ) {
    // Whoever changes a session, the engine or another process, the log hears of it.
    log.subscribe((_conversationId, events) => {
      for (const event of events) {
        if (event.type === 'session.created') this.#tell({ type: 'created', session: event.data.session });
        if (event.type === 'session.updated') this.#tell({ type: 'updated', session: event.data.session });
      }
    });
    log.onRemoved((removed) => this.#tell({ type: 'deleted', ...removed }));
  }

  async create(input: NewSession): Promise<Session> {
    const [id, conversationId, sessionId] = [randomUUID(), randomUUID(), randomBytes(8).toString('hex')];
    const rows = async (sql: Sql) => {
      const { rowCount } = await sql.query(insertSession, insertParams(id, sessionId, conversationId, input));
      if (rowCount === 1) await addConversation(sql, conversationId, id);
      return rowCount === 1;
    };
    const created = { type: 'session.created', data: { session_id: sessionId } } as const;
    const events = await this.log.begin(conversationId, rows, { writes: [], events: [created] });
    return events.length > 0 ? this.get(sessionId) : this.#byClientKey(input);
  }

  /** Newest activity first. */
  async list(filter: SessionFilter = {}): Promise<List<Session>> {
    const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
    const [at, id] = after(filter.cursor);
    const { rows } = await this.db.query<SessionRow & { cursor_at: string; row_id: string }>(
      `select ${sessionColumns}, s.last_activity_at::text as cursor_at, s.id as row_id from sessions s
       where (s.last_activity_at, s.id) < ($1::timestamptz, $2::uuid)
         and ($3::text is null or concat_ws(' ', s.agent_name, s.title, s.preview, s.model, s.working_directory) ilike $3)
         and ($4::text is null or s.status = $4)
         and case $5::text when 'all' then true when '' then s.parent_session_id is null else s.parent_session_id = $5 end
       order by s.last_activity_at desc, s.id desc limit $6`,
      [at, id, pattern(filter.q), filter.status ?? null, storableText(filter.parent ?? ''), limit + 1],
    );
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items: items.map(toSession), next: last ? cursor.write([last.cursor_at, last.row_id]) : null };
  }

  /** @throws MaestroError `session.unknown` */
  async get(sessionId: string): Promise<Session> {
    const session = await this.find(sessionId);
    if (!session) throw unknown(sessionId);
    return session;
  }

  async find(sessionId: string): Promise<Session | undefined> {
    const [session] = await sessionsWhere(this.db, 's.session_id = $1', storableText(sessionId));
    return session;
  }

  /** Every session below one, the deepest first: those that answer its calls, and so on. */
  async below(sessionId: string): Promise<Session[]> {
    const its = `s.session_id in (
      with recursive tree as (
        select session_id from sessions where parent_session_id = $1
        union select c.session_id from sessions c join tree on c.parent_session_id = tree.session_id
      ) select session_id from tree) order by s.depth desc, s.created_at`;
    return sessionsWhere(this.db, its, storableText(sessionId));
  }

  /** The session a conversation belongs to, current or not. */
  async ofConversation(conversationId: string): Promise<Session | undefined> {
    const its = 's.id = (select session_id from conversations where id = $1)';
    const [session] = await sessionsWhere(this.db, its, conversationId);
    return session;
  }

  /** Switches in `tools` and `mcps` are set one by one; those not named stay. */
  async patch(sessionId: string, set: SessionChange): Promise<Session> {
    const before = await this.get(sessionId);
    await this.log.commit(
      { conversationId: before.conversation_id, epoch: null },
      {
        writes: [{ write: 'session.set', session_id: sessionId, set }],
        events: [...asksAnother(before, set), { type: 'session.updated', data: { session_id: sessionId } }],
      },
    );
    return this.get(sessionId);
  }

  /** With all its conversations. Stop a running turn first: its next write finds nothing and fails with `fence.lost`. */
  async remove(sessionId: string): Promise<void> {
    const { conversation_id } = await this.get(sessionId);
    await this.db.transaction(async (sql) => {
      // Locked first, as every writer does; else a commit and this could wait for each other.
      await sql.query(`${conversationsOf} for update of c`, [sessionId]);
      // Drafts are in a table without foreign keys.
      await sql.query(`delete from drafts where conversation_id in (${conversationsOf})`, [sessionId]);
      await sql.query('delete from approval_rules where session_id = $1', [sessionId]);
      const { rowCount } = await sql.query('delete from sessions where session_id = $1', [sessionId]);
      if (rowCount === 0) throw unknown(sessionId);
    });
    await this.log.removed({ session_id: sessionId, conversation_id });
  }

  /**
   * Begins a new conversation and makes it the current one; the old one stays readable.
   *
   * @throws MaestroError `session.busy` while a turn is live or messages wait
   */
  async startConversation(sessionId: string): Promise<Session> {
    const conversationId = randomUUID();
    const begins = async (sql: Sql) => {
      // Under the lock that whoever sends a message takes: it comes before or after, never in between.
      const { rows: left } = await sql.query<{ id: string }>(`${currentOf} for update of c`, [storableText(sessionId)]);
      const { rows: work } = await sql.query(anyWork, [left[0]?.id ?? null]);
      if (work.length > 0) throw busy(sessionId);
      const { rows } = await sql.query<{ id: string }>(
        `update sessions set current_conversation_id = $2, status = 'idle', preview = null, context_used = null,
           last_activity_at = now(), updated_at = now()
         where session_id = $1 returning id`,
        [storableText(sessionId), conversationId],
      );
      if (!rows[0]) throw unknown(sessionId);
      await addConversation(sql, conversationId, rows[0].id);
      return true;
    };
    const updated = { type: 'session.updated', data: { session_id: sessionId } } as const;
    await this.log.begin(conversationId, begins, { writes: [], events: [updated] });
    return this.get(sessionId);
  }

  /** A session with the settings of another and its history up to a position; from there on each goes its own way. */
  async fork(from: Session, uptoPos: number): Promise<Session> {
    const [id, conversationId, sessionId] = [randomUUID(), randomUUID(), randomBytes(8).toString('hex')];
    const rows = async (sql: Sql) => {
      if (!(await forkRows(sql, { id, sessionId, conversationId, from, uptoPos }))) throw unknown(from.session_id);
      return true;
    };
    const created = { type: 'session.created', data: { session_id: sessionId } } as const;
    await this.log.begin(conversationId, rows, { writes: [], events: [created] });
    return this.get(sessionId);
  }

  /** Called after a session was created, changed or removed, in whichever process. `fn` must not throw. */
  onChange(fn: (change: SessionsChange) => void): Dispose {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  #tell(change: SessionsChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** A removal in between makes room for the key again. */
  async #byClientKey(input: NewSession): Promise<Session> {
    const [session] = await sessionsWhere(this.db, 's.client_key = $1', maybeText(input.client_key));
    return session ?? this.create(input);
  }
}

/** Told apart from other changes: from the next message on somebody else answers, or with another credential. */
function asksAnother(before: Session, set: SessionChange): StepEvent[] {
  const { provider, model, auth_type, credential_id } = before;
  const was = { provider, model, auth_type, credential_id };
  const is = {
    provider: set.provider ?? provider,
    model: set.model ?? model,
    auth_type: set.auth_type === undefined ? auth_type : set.auth_type,
    credential_id: set.credential_id === undefined ? credential_id : set.credential_id,
  };
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ type: 'config.changed', data: is }];
}

const conversationsOf =
  'select c.id from conversations c join sessions s on s.id = c.session_id where s.session_id = $1';

const currentOf =
  'select c.id from conversations c join sessions s on s.current_conversation_id = c.id where s.session_id = $1';

const anyWork = `select 1 from turns where conversation_id = $1 and state in ('queued', 'calling', 'tools')
  union all select 1 from queued_messages where conversation_id = $1 limit 1`;

const insertSession = `insert into sessions (${insertedColumns}) values (${insertedValues})
  on conflict (client_key) do nothing`;

async function addConversation(sql: Sql, id: string, sessionRowId: string): Promise<void> {
  await sql.query('insert into conversations (id, session_id) values ($1, $2)', [id, sessionRowId]);
}

function after(text: string | null | undefined): [at: string, id: string] {
  if (!text) return ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
  const [at, id] = cursor.read(text) ?? [];
  const isOurs = at && id && /^\d{4}-[\d-]+ [\d:.]+[+-]\d/.test(at) && isUuid(id);
  if (!isOurs)
    throw new MaestroError('cursor.invalid', 'this cursor is not one of ours; start the list anew without it');
  return [at, id];
}

function pattern(words: string | undefined): string | null {
  return words ? `%${storableText(words).replace(/[\\%_]/g, '\\$&')}%` : null;
}

function busy(sessionId: string): MaestroError {
  return new MaestroError('session.busy', `session "${sessionId}" is answering; stop it or wait`);
}

function unknown(sessionId: string): MaestroError {
  return new MaestroError('session.unknown', `there is no session "${sessionId}"; it may have been removed`);
}

/** Sessions that fulfil a condition on `s` with one parameter. */
export async function sessionsWhere(sql: Sql, condition: string, param: unknown): Promise<Session[]> {
  const { rows } = await sql.query<SessionRow>(`select ${sessionColumns} from sessions s where ${condition}`, [param]);
  return rows.map(toSession);
}

const sessionColumns = `s.session_id, s.current_conversation_id as conversation_id, s.agent_name, s.role, s.title, s.provider,
  s.model, s.auth_type, s.credential_id, s.working_directory, s.system_prompt, s.status, s.parent_session_id, s.forked_from,
  (select provider_tool_id from tool_calls where id = s.parent_call_id) as parent_call_id, s.template,
  s.tools, s.mcps, s.effort, s.on_limit, s.approval, s.depth, s.request_tokens, s.response_tokens, s.cached_tokens, s.reasoning_tokens,
  s.total_cost_usd, s.unpriced_calls, s.estimated, s.context_used, s.preview,
  s.last_activity_at, s.created_at, s.updated_at`;

type Times = 'last_activity_at' | 'created_at' | 'updated_at';
type SessionRow = Omit<Session, 'totals' | 'context' | Times> &
  Totals & { context_used: number | null } & Record<Times, Date>;

function toSession(row: SessionRow): Session {
  const { request_tokens, response_tokens, cached_tokens, reasoning_tokens, unpriced_calls, estimated } = row;
  return {
    session_id: row.session_id,
    conversation_id: row.conversation_id,
    agent_name: row.agent_name,
    role: row.role,
    title: row.title,
    provider: row.provider,
    model: row.model,
    auth_type: row.auth_type,
    credential_id: row.credential_id,
    working_directory: row.working_directory,
    system_prompt: row.system_prompt,
    status: row.status,
    parent_session_id: row.parent_session_id,
    parent_call_id: row.parent_call_id,
    forked_from: row.forked_from,
    depth: row.depth,
    template: row.template,
    tools: row.tools,
    mcps: row.mcps,
    effort: row.effort,
    on_limit: row.on_limit,
    approval: row.approval,
    totals: {
      request_tokens,
      response_tokens,
      cached_tokens,
      reasoning_tokens,
      total_cost_usd: money(row.total_cost_usd),
      unpriced_calls,
      estimated,
    },
    // The window is a fact of the model, which the store does not know; the server fills it in.
    context: { used_tokens: row.context_used, window_tokens: null },
    preview: row.preview,
    last_activity_at: isoTime(row.last_activity_at),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}
