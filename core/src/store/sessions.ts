import { randomBytes, randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { List, Session, SessionStatus } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import type { EventLog } from './event-log.js';
import { maybeText, storableJson, storableText } from './safe-json.js';
import type { SessionChange } from './step.js';
import { cursor, isoTime, isUuid, money } from './wire.js';

export interface NewSession {
  agent_name: string;
  provider: string;
  model: string;
  working_directory: string;
  system_prompt: string;
  role?: string | null;
  title?: string | null;
  auth_type?: 'api_key' | 'oauth' | null;
  credential_id?: string | null;
  template?: string | null;
  parent_session_id?: string | null;
  tools?: Record<string, boolean>;
  mcps?: Record<string, boolean>;
  /** The same key again gives the session that was made first. */
  client_key?: string | null;
}

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
       order by s.last_activity_at desc, s.id desc limit $5`,
      [at, id, pattern(filter.q), filter.status ?? null, limit + 1],
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

  /** The session a conversation belongs to, current or not. */
  async ofConversation(conversationId: string): Promise<Session | undefined> {
    const its = 's.id = (select session_id from conversations where id = $1)';
    const [session] = await sessionsWhere(this.db, its, conversationId);
    return session;
  }

  /** Switches in `tools` and `mcps` are set one by one; those not named stay. */
  async patch(sessionId: string, set: SessionChange): Promise<Session> {
    const { conversation_id } = await this.get(sessionId);
    await this.log.commit(
      { conversationId: conversation_id, epoch: null },
      {
        writes: [{ write: 'session.set', session_id: sessionId, set }],
        events: [{ type: 'session.updated', data: { session_id: sessionId } }],
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

const conversationsOf =
  'select c.id from conversations c join sessions s on s.id = c.session_id where s.session_id = $1';

const currentOf =
  'select c.id from conversations c join sessions s on s.current_conversation_id = c.id where s.session_id = $1';

const anyWork = `select 1 from turns where conversation_id = $1 and state in ('queued', 'calling', 'tools')
  union all select 1 from queued_messages where conversation_id = $1 limit 1`;

const insertSession = `insert into sessions (id, session_id, current_conversation_id, agent_name, role, title, provider, model,
    auth_type, credential_id, working_directory, system_prompt, template, parent_session_id, tools, mcps, client_key)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
  on conflict (client_key) do nothing`;

function insertParams(id: string, sessionId: string, conversationId: string, input: NewSession): unknown[] {
  return [
    id,
    sessionId,
    conversationId,
    storableText(input.agent_name),
    maybeText(input.role),
    maybeText(input.title),
    input.provider,
    input.model,
    input.auth_type ?? null,
    input.credential_id ?? null,
    storableText(input.working_directory),
    storableText(input.system_prompt),
    input.template ?? null,
    input.parent_session_id ?? null,
    storableJson(input.tools ?? {}),
    storableJson(input.mcps ?? {}),
    maybeText(input.client_key),
  ];
}

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
  s.model, s.auth_type, s.credential_id, s.working_directory, s.system_prompt, s.status, s.parent_session_id, s.template,
  s.tools, s.mcps, s.request_tokens, s.response_tokens, s.total_cost_usd, s.context_used, s.preview,
  s.last_activity_at, s.created_at, s.updated_at`;

type Times = 'last_activity_at' | 'created_at' | 'updated_at';
type SessionRow = Omit<Session, 'totals' | 'context' | Times> & {
  request_tokens: number;
  response_tokens: number;
  total_cost_usd: string | null;
  context_used: number | null;
} & Record<Times, Date>;

function toSession(row: SessionRow): Session {
  const { request_tokens, response_tokens } = row;
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
    template: row.template,
    tools: row.tools,
    mcps: row.mcps,
    totals: { request_tokens, response_tokens, total_cost_usd: money(row.total_cost_usd) },
    // The window is a fact of the model, which the store does not know; the server fills it in.
    context: { used_tokens: row.context_used, window_tokens: null },
    preview: row.preview,
    last_activity_at: isoTime(row.last_activity_at),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}
