import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { BudgetResource, BudgetScope } from '../protocol/budgets.js';
import type { List } from '../protocol/resources.js';
import type { Database } from './database.js';
import { isoTime, isUuid, money } from './wire.js';

/** What the configuration says: in USD, null for no limit. */
export interface BudgetDefaults {
  perTurnUsd: number | null;
  perSessionUsd: number | null;
  perDayUsd: number | null;
  /** Share of a limit at which to warn. */
  warnAt: number;
}

export const noBudgets: BudgetDefaults = { perTurnUsd: null, perSessionUsd: null, perDayUsd: null, warnAt: 0.8 };

export type BudgetInput = Pick<BudgetResource, 'scope' | 'session_id' | 'limit_usd'> & { warn_at?: number | null };

/** Limits that people set, above those of the configuration. */
export class Budgets {
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly db: Database,
    private readonly defaults: BudgetDefaults,
  ) {}

  /** Those of the configuration first, then what people set, oldest first. */
  async list(): Promise<List<BudgetResource>> {
    const [rows, day] = await Promise.all([this.#where('true', []), this.#today()]);
    const configured = scopes.map((scope): BudgetResource => {
      const limit_usd = configuredLimit(this.defaults, scope);
      const none = {
        id: null,
        session_id: null,
        created_at: null,
        updated_at: null,
        spent_usd: null,
        unpriced_calls: 0,
      };
      return { ...none, scope, limit_usd, warn_at: this.defaults.warnAt, source: 'config' };
    });
    const items = [...configured, ...rows].map((one) => (one.scope === 'day' ? { ...one, ...day } : one));
    return { items, next: null };
  }

  /** @throws MaestroError `session.unknown`, `budget.exists` */
  async add({ scope, session_id, limit_usd, warn_at = null }: BudgetInput): Promise<BudgetResource> {
    const id = randomUUID();
    const { rowCount } = await this.db.query(
      `insert into budgets (id, scope, session, limit_usd, warn_at)
       select $1, $2, s.id, $4, $5 from (select) as one left join sessions s on s.session_id = $3
       where $3::text is null or s.id is not null
       on conflict (scope, coalesce(session::text, '')) do nothing`,
      [id, scope, session_id, limit_usd, warn_at],
    );
    if (rowCount === 1) {
      this.#told();
      return this.#get(id);
    }
    const { rowCount: known } = await this.db.query('select 1 from sessions where session_id = $1', [session_id]);
    if (session_id !== null && known === 0) {
      throw new MaestroError('session.unknown', `there is no session "${session_id}"`);
    }
    const whose = session_id === null ? 'all' : `session "${session_id}"`;
    throw new MaestroError('budget.exists', `a ${scope} budget for ${whose} is set already; change or remove it`);
  }

  /** @throws MaestroError `budget.unknown` */
  async change(id: string, set: Partial<Pick<BudgetInput, 'limit_usd' | 'warn_at'>>): Promise<BudgetResource> {
    const { limit_usd, warn_at } = { ...(await this.#get(id)), ...set };
    await this.db.query('update budgets set limit_usd = $2, warn_at = $3, updated_at = now() where id = $1', [
      ...[id, limit_usd, warn_at],
    ]);
    this.#told();
    return this.#get(id);
  }

  /** @throws MaestroError `budget.unknown` */
  async remove(id: string): Promise<void> {
    await this.#get(id);
    await this.db.query('delete from budgets where id = $1', [id]);
    this.#told();
  }

  /** Called after budgets were added, changed or removed by this process. `fn` must not throw. */
  onChange(fn: () => void): Dispose {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  #told(): void {
    for (const listener of this.#listeners) listener();
  }

  async #get(id: string): Promise<BudgetResource> {
    const [found] = isUuid(id) ? await this.#where('b.id = $1', [id]) : [];
    if (found) return found;
    throw new MaestroError('budget.unknown', `there is no budget "${id}"; it may have been removed`);
  }

  async #where(condition: string, params: unknown[]): Promise<BudgetResource[]> {
    const { rows } = await this.db.query<Row>(
      `select b.id, b.scope, s.session_id, b.limit_usd::text as limit_usd, b.warn_at, b.created_at, b.updated_at,
         case when b.scope = 'session' then s.total_cost_usd::text end as spent_usd,
         case when b.scope = 'session' then coalesce(s.unpriced_calls, 0) else 0 end as unpriced_calls
       from budgets b left join sessions s on s.id = b.session where ${condition} order by b.created_at, b.id`,
      params,
    );
    return rows.map((row) => ({
      ...row,
      limit_usd: money(row.limit_usd),
      spent_usd: money(row.spent_usd),
      warn_at: row.warn_at ?? this.defaults.warnAt,
      source: 'user',
      created_at: isoTime(row.created_at),
      updated_at: isoTime(row.updated_at),
    }));
  }

  async #today(): Promise<Pick<BudgetResource, 'spent_usd' | 'unpriced_calls'>> {
    const { rows } = await this.db.query<{ spent_usd: string; unpriced_calls: number }>(
      `select coalesce(sum(total_cost_usd), 0)::text as spent_usd, count(*) filter (where total_cost_usd is null)::int
         as unpriced_calls from usage_entries where at >= $1`,
      [dayStart(new Date())],
    );
    const { spent_usd = '0', unpriced_calls = 0 } = rows[0] ?? {};
    return { spent_usd: money(spent_usd), unpriced_calls };
  }
}

interface Row extends Omit<BudgetResource, 'warn_at' | 'source' | 'created_at' | 'updated_at'> {
  warn_at: number | null;
  created_at: Date;
  updated_at: Date;
}

export const scopes = ['turn', 'session', 'day'] as const;
const settings = { turn: 'perTurnUsd', session: 'perSessionUsd', day: 'perDayUsd' } as const;

/** As a decimal string: a number's shortest spelling is what stands in the file. */
export function configuredLimit(defaults: BudgetDefaults, scope: BudgetScope): string | null {
  const limit = defaults[settings[scope]];
  return limit === null ? null : String(limit);
}

/** Midnight where this server stands. */
export function dayStart(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}
