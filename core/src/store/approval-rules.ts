import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { ApprovalPolicy, ApprovalRuleResource } from '../protocol/approvals.js';
import type { List } from '../protocol/resources.js';
import type { Database } from './database.js';
import { maybeText, storableText } from './safe-json.js';
import { Subscribers } from './subscribers.js';
import { isoTime, isUuid } from './wire.js';

export type RuleInput = Pick<ApprovalRuleResource, 'session_id' | 'tool' | 'pattern' | 'decision'>;

/** What counts for the tools of a session at this moment. */
export interface InForce {
  /** Of the session, else of the nearest above it that says something; null: as the configuration says. */
  policy: ApprovalPolicy | null;
  /** Of the session, of those above it, and of all sessions. */
  rules: ApprovalRuleResource[];
  /** The session at the top. */
  root: string;
}

/** What people decided for good: read for each call, so a rule counts, and is gone, at once. */
export class ApprovalRules {
  readonly #subscribers = new Subscribers();

  constructor(private readonly db: Database) {}

  /** Oldest first. With a session: its own and those of all sessions. */
  async list(sessionId?: string): Promise<List<ApprovalRuleResource>> {
    const items = await this.#where('$1::text is null or session_id is null or session_id = $1', [sessionId ?? null]);
    return { items, next: null };
  }

  /** @throws MaestroError `session.unknown` */
  async add({ session_id, tool, pattern, decision }: RuleInput): Promise<ApprovalRuleResource> {
    const id = randomUUID();
    const { rowCount } = await this.db.query(
      `insert into approval_rules (id, session_id, tool, pattern, decision, source)
       select $1, $2, $3, $4, $5, 'user' where $2::text is null or exists (select 1 from sessions where session_id = $2)`,
      [id, maybeText(session_id), storableText(tool), maybeText(pattern), decision],
    );
    if (rowCount === 0) throw new MaestroError('session.unknown', `there is no session "${session_id}"`);
    this.#subscribers.tell();
    return this.#get(id);
  }

  /** Whoever changes a rule makes it their own. @throws MaestroError `approval.rule_unknown` */
  async change(id: string, set: Partial<Omit<RuleInput, 'session_id'>>): Promise<ApprovalRuleResource> {
    const { tool, pattern, decision } = { ...(await this.#get(id)), ...set };
    await this.db.query(
      `update approval_rules set tool = $2, pattern = $3, decision = $4, source = 'user' where id = $1`,
      [id, storableText(tool), maybeText(pattern), decision],
    );
    this.#subscribers.tell();
    return this.#get(id);
  }

  /** @throws MaestroError `approval.rule_unknown` */
  async remove(id: string): Promise<void> {
    await this.#get(id);
    await this.db.query('delete from approval_rules where id = $1', [id]);
    this.#subscribers.tell();
  }

  /** Called after this process added, changed or removed a rule. */
  onChange(fn: () => void): Dispose {
    return this.#subscribers.add(fn);
  }

  async inForce(sessionId: string): Promise<InForce> {
    const { rows: line } = await this.db.query<{ session_id: string; approval: ApprovalPolicy | null }>(
      `with recursive above as (
         select session_id, parent_session_id, approval, 0 as up from sessions where session_id = $1
         union all select p.session_id, p.parent_session_id, p.approval, a.up + 1 from above a
           join sessions p on p.session_id = a.parent_session_id where a.up < 64
       ) select session_id, approval from above order by up`,
      [sessionId],
    );
    const ids = line.map(({ session_id }) => session_id);
    return {
      policy: line.find(({ approval }) => approval !== null)?.approval ?? null,
      rules: await this.#where('session_id is null or session_id = any($1)', [ids]),
      root: ids.at(-1) ?? sessionId,
    };
  }

  async #get(id: string): Promise<ApprovalRuleResource> {
    const [rule] = isUuid(id) ? await this.#where('id = $1', [id]) : [];
    if (rule) return rule;
    throw new MaestroError('approval.rule_unknown', `there is no rule "${id}"; it may have been removed`);
  }

  async #where(condition: string, params: unknown[]): Promise<ApprovalRuleResource[]> {
    const { rows } = await this.db.query<Omit<ApprovalRuleResource, 'created_at'> & { created_at: Date }>(
      `select id, session_id, tool, pattern, decision, source, created_at from approval_rules where ${condition}
       order by created_at, id`,
      params,
    );
    return rows.map((row) => ({ ...row, created_at: isoTime(row.created_at) }));
  }
}
