import { MaestroError } from '../errors.js';
import type { ApprovalResource } from '../protocol/approvals.js';
import type { LimitAnswer } from '../protocol/budgets.js';
import type { List } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import { isoTime, isUuid } from './wire.js';

/** A request with the names of rows that only the server knows. */
export interface StoredApproval extends ApprovalResource {
  conversation_id: string;
  tool_call_id: string | null;
}

/** Leave to go on beyond a limit: until `next`, or with `raise` to the end of the turn. */
export interface Allowance {
  key: string;
  next: string;
  how: LimitAnswer['how'];
}

export interface ApprovalFilter {
  state?: ApprovalResource['state'];
  /** Those of this session and of all agents below it. */
  session_id?: string;
  /** 1 to 200; 50 if not given. */
  limit?: number;
}

/** What waits, or waited, for a person. Writing is done by `EventLog.commit`. */
export class Approvals {
  constructor(private readonly db: Database) {}

  /** What waits comes oldest first; everything else newest first. */
  async list({ state, session_id, limit = 50 }: ApprovalFilter = {}): Promise<List<ApprovalResource>> {
    const order = state === 'open' ? 'a.created_at, a.id' : 'a.created_at desc, a.id desc';
    const items = await where(
      this.db,
      `($1::text is null or a.state = $1) and ($2::text is null or s.session_id in (${below('$2')}))
       order by ${order} limit $3`,
      [state ?? null, session_id ?? null, limit],
    );
    return { items: items.map(shown), next: null };
  }

  /** @throws MaestroError `approval.unknown` */
  async get(id: string): Promise<StoredApproval> {
    const found = await this.find(id);
    if (found) return found;
    throw new MaestroError('approval.unknown', `there is no request "${id}"; its session may have been removed`);
  }

  async find(id: string): Promise<StoredApproval | undefined> {
    if (!isUuid(id)) return undefined;
    const [found] = await where(this.db, 'a.id = $1', [id]);
    return found;
  }

  /** @param ord 0: leave to run the call; its questions count from 1 */
  async ofCall(toolCallId: string, ord: number): Promise<StoredApproval | undefined> {
    const [found] = await where(this.db, 'a.tool_call_id = $1 and a.ord = $2', [toolCallId, ord]);
    return found;
  }

  /** What any turn asks about one limit. */
  openLimits(key: string): Promise<StoredApproval[]> {
    return where(this.db, `a.kind = 'limit' and a.state = 'open' and a.args ->> 'key' = $1`, [key]);
  }

  /** What a turn asked about one limit and was not answered yet, or with a no since it was last begun. */
  async limitOf(turnId: string, key: string): Promise<StoredApproval | undefined> {
    const [found] = await where(
      this.db,
      `a.kind = 'limit' and a.turn_id = $1 and a.args ->> 'key' = $2 and (a.state = 'open' or a.state = 'denied' and a.resolved_at > (
         select max(e.at) from events e where e.conversation_id = a.conversation_id and e.type = 'turn.queued'
           and e.payload ->> 'turn_id' = a.turn_id::text)) order by a.created_at desc limit 1`,
      [turnId, key],
    );
    return found;
  }

  /** What people allowed beyond limits, by what the limits are called. */
  async allowances(keys: readonly string[]): Promise<Allowance[]> {
    const { rows } = await this.db.query<Allowance>(
      `select args ->> 'key' as key, args ->> 'next' as next, answer ->> 'how' as how from approvals
       where kind = 'limit' and state = 'allowed' and args ->> 'key' = any($1)`,
      [keys],
    );
    return rows;
  }

  /** What a turn waits for. */
  openOf(turnId: string): Promise<StoredApproval[]> {
    return where(this.db, `a.turn_id = $1 and a.state = 'open' order by a.created_at, a.id`, [turnId]);
  }
}

/** As everybody sees a request. */
export function shown({ conversation_id: _, tool_call_id: __, ...resource }: StoredApproval): ApprovalResource {
  return resource;
}

export async function approvalsById(sql: Sql, ids: string[]): Promise<Map<string, ApprovalResource>> {
  const found = await where(sql, 'a.id = any($1::uuid[])', [ids]);
  return new Map(found.map((one) => [one.id, shown(one)]));
}

/** Public ids of a session and of all below it. Each session is seen once, so the walk ends. */
const below = (param: string) => `with recursive below as (
    select session_id from sessions where session_id = ${param}
    union select c.session_id from sessions c join below b on c.parent_session_id = b.session_id
  ) select session_id from below`;

/** From each session up to the one without a parent; a parent that is gone ends the walk as well. */
const root = `(with recursive above as (
    select s.session_id, s.parent_session_id, 0 as up
    union all select p.session_id, p.parent_session_id, a.up + 1 from above a
      join sessions p on p.session_id = a.parent_session_id where a.up < 64
  ) select session_id from above order by up desc limit 1)`;

type Row = Omit<StoredApproval, 'created_at' | 'resolved_at'> & { created_at: Date; resolved_at: Date | null };

async function where(sql: Sql, condition: string, params: unknown[]): Promise<StoredApproval[]> {
  const { rows } = await sql.query<Row>(
    `select a.id, a.kind, s.session_id, ${root} as root_session_id, s.agent_name, a.turn_id, t.provider_tool_id as call_id,
       a.tool, a.effects, a.title, a.args, a.always, a.form, a.state, a.answer, a.created_at, a.resolved_at, a.resolved_by,
       a.conversation_id, a.tool_call_id
     from approvals a join conversations c on c.id = a.conversation_id join sessions s on s.id = c.session_id
       left join tool_calls t on t.id = a.tool_call_id
     where ${condition}`,
    params,
  );
  return rows.map((row) => ({
    ...row,
    created_at: isoTime(row.created_at),
    resolved_at: isoTime(row.resolved_at),
  }));
}
