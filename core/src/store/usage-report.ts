import { MaestroError } from '../errors.js';
import type { CallSums, List } from '../protocol/resources.js';
import type { UsageCall, UsageGroup, UsageKey, UsageReport, UsageTotals } from '../protocol/usage.js';
import type { Database } from './database.js';
import { isoTime, money } from './wire.js';

/** Which calls count. */
export interface UsageFilter {
  /** A day such as `2026-11-27`, from its first moment on, or a moment. */
  from?: string;
  /** A day, to its last moment, or a moment that is not counted any more. */
  to?: string;
  /** Whose midnight; else where this server stands. */
  tz?: string;
  provider?: string;
  model?: string;
  agent?: string;
  activity?: string;
  session?: string;
}

/** Prices are not known here, so what caches saved is not either. */
export type UsageSumsReport = Omit<UsageReport, 'totals'> & { totals: Omit<UsageTotals, 'cache_saved_usd'> };

/** What the calls of all sessions used and cost, those of removed sessions too: added up from what is kept of each. */
export class UsageReports {
  constructor(private readonly db: Database) {}

  /** @throws MaestroError `request.invalid` for a day or a time zone that does not exist, or too many sums */
  async sums(keys: readonly UsageKey[], filter: UsageFilter): Promise<UsageSumsReport> {
    const asked = new Asked(filter);
    const columns = keys.flatMap((key) => keyColumns[key]);
    const [{ rows }, failed_calls] = await Promise.all([
      this.db.query<Row>(sumsQuery(columns, asked), asked.params),
      this.#failed(filter),
    ]);
    if (rows.length > MOST_GROUPS) {
      throw new MaestroError(
        'request.invalid',
        `that is more than ${MOST_GROUPS} sums; ask for a shorter time or by less`,
      );
    }
    const total = rows.find(({ is_total }) => is_total);
    return {
      group_by: [...keys],
      from: filter.from ?? null,
      to: filter.to ?? null,
      time_zone: asked.zone,
      totals: { ...(total ? sums(total) : nothing), failed_calls },
      items: keys.length === 0 ? [] : rows.filter(({ is_total }) => !is_total).map((row) => groupOf(row, columns)),
      next: null,
    };
  }

  /** What cost most first; those without a price last. */
  async calls(filter: UsageFilter, limit: number): Promise<List<UsageCall>> {
    const asked = new Asked(filter);
    const { rows } = await this.db.query<CallRow>(
      `with dearest as (
         select * from usage_entries e where ${asked.conditions.join(' and ')}
         order by total_cost_usd desc nulls last, at desc, id limit ${asked.param(limit)}
       )
       select p.id as call_id, case when p.id is null then null else d.session_id end as session_id, d.agent, d.provider, d.model, d.activity,
         d.at, (extract(epoch from p.ended_at - p.started_at) * 1000)::float8 as duration_ms, d.request_tokens,
         d.response_tokens, d.cached_tokens, d.reasoning_tokens, d.total_cost_usd::text as total_cost_usd, d.estimated
       from dearest d left join provider_calls p on p.id = d.call_id
       order by d.total_cost_usd desc nulls last, d.at desc, d.id`,
      asked.params,
    );
    const items = rows.map((row) => ({ ...row, at: isoTime(row.at), total_cost_usd: money(row.total_cost_usd) }));
    return { items, next: null };
  }

  /** Of calls that brought nothing there is no entry; their rows are found by an index of their own. */
  async #failed(filter: UsageFilter): Promise<number> {
    const asked = new Asked(filter);
    const { rows } = await this.db.query<{ failed: number }>(
      `select count(*)::int as failed from (
         select p.started_at as at, p.provider, p.model, s.session_id, s.agent_name as agent,
           case when s.parent_session_id is null then p.activity else 'sub_agent' end as activity
         from provider_calls p join conversations c on c.id = p.conversation_id join sessions s on s.id = c.session_id
         where p.state = 'failed'
       ) e where ${asked.conditions.join(' and ')}`,
      asked.params,
    );
    return rows[0]?.failed ?? 0;
  }
}

const MOST_GROUPS = 20_000;

interface Row extends CallSums, Omit<UsageGroup, keyof CallSums | 'hour'> {
  is_total: boolean;
  hour?: Date;
}

interface CallRow extends Omit<UsageCall, 'at'> {
  at: Date;
}

const nothing: CallSums = {
  calls: 0,
  request_tokens: 0,
  response_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  total_cost_usd: null,
  unpriced_calls: 0,
  estimated: false,
};

type Column = Exclude<keyof UsageGroup, keyof CallSums>;

/** A model alone would be two where two providers serve it; a session is known by its agent too. */
const keyColumns: Readonly<Record<UsageKey, readonly Column[]>> = {
  day: ['day'],
  hour: ['hour'],
  provider: ['provider'],
  model: ['provider', 'model'],
  agent: ['agent'],
  activity: ['activity'],
  session: ['session_id'],
};

/** The conditions of a filter, and the values they name. */
class Asked {
  readonly params: unknown[] = [];
  readonly conditions: string[] = ['true'];
  readonly zone: string;

  constructor({ from, to, tz, session, ...same }: UsageFilter) {
    this.zone = tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    checkZone(this.zone);
    if (from !== undefined) this.conditions.push(`e.at >= ${this.#moment(from, 0)}`);
    if (to !== undefined) this.conditions.push(`e.at < ${this.#moment(to, 1)}`);
    for (const [column, value] of Object.entries({ ...same, session_id: session })) {
      if (value !== undefined) this.conditions.push(`e.${column} = ${this.param(value)}`);
    }
  }

  param(value: unknown): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }

  /** @param days after a day that was named */
  #moment(text: string, days: 0 | 1): string {
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
    const time = Date.parse(text);
    if (Number.isNaN(time) || (isDay && !new Date(time).toISOString().startsWith(text))) {
      throw new MaestroError('request.invalid', `"${text}" is no day and no moment; write 2026-11-27`);
    }
    if (!isDay) return `${this.param(new Date(time).toISOString())}::timestamptz`;
    return `((${this.param(text)}::text::date + ${days})::timestamp at time zone ${this.param(this.zone)})`;
  }
}

function checkZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch (cause) {
    throw new MaestroError('request.invalid', `there is no time zone "${zone}"; write one such as Europe/Berlin`, {
      cause,
    });
  }
}

const counts = [
  'request_tokens',
  'response_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
] as const;

const dayText = `to_char(day, 'YYYY-MM-DD') as day`;

function sumsQuery(columns: readonly Column[], asked: Asked): string {
  const made: Partial<Record<Column, () => string>> = {
    day: () => `(e.at at time zone ${asked.param(asked.zone)})::date as day`,
    hour: () => `date_trunc('hour', e.at, ${asked.param(asked.zone)}) as hour`,
  };
  const distinct = [...new Set(columns)];
  const named = distinct.map((column) => made[column]?.() ?? `e.${column}`);
  const times = distinct.filter((column) => column === 'day' || column === 'hour');
  // Sums of bigint come as text; nobody reads 2^53 tokens.
  return `with used as (
      select ${[...named, ...counts.map((count) => `e.${count}`), 'e.total_cost_usd', 'e.estimated'].join(', ')}
      from usage_entries e where ${asked.conditions.join(' and ')}
    )
    select ${distinct.map((column) => `${column === 'day' ? dayText : column}, `).join('')}${distinct[0] ? `grouping(${distinct[0]}) = 1` : 'true'} as is_total,
      count(*)::int as calls, ${counts.map((count) => `coalesce(sum(${count}), 0)::float8 as ${count}`).join(', ')},
      sum(total_cost_usd)::text as total_cost_usd, count(*) filter (where total_cost_usd is null)::int as unpriced_calls,
      coalesce(bool_or(estimated), false) as estimated
    from used group by grouping sets (()${distinct[0] ? `, (${distinct.join(', ')})` : ''})
    order by ${times.map((time) => `${time} nulls first, `).join('')}sum(total_cost_usd) desc nulls last,
      coalesce(sum(request_tokens), 0) + coalesce(sum(response_tokens), 0) desc${distinct.map((column) => `, ${column}`).join('')}
    limit ${MOST_GROUPS + 1}`;
}

function sums(row: CallSums): CallSums {
  const { calls, unpriced_calls, estimated } = row;
  const tokens = Object.fromEntries(counts.map((count) => [count, row[count]])) as Pick<
    CallSums,
    (typeof counts)[number]
  >;
  return { calls, ...tokens, total_cost_usd: money(row.total_cost_usd), unpriced_calls, estimated };
}

function groupOf(row: Row, columns: readonly Column[]): UsageGroup {
  const { hour } = row;
  const named = Object.fromEntries(columns.map((column) => [column, row[column]]));
  return { ...named, ...(hour && { hour: isoTime(hour) }), ...sums(row) };
}
