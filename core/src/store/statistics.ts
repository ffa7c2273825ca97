import type { SessionStatus } from '../protocol/resources.js';
import type { ProviderLatency } from '../protocol/system.js';
import type { Database } from './database.js';

export interface StoredStatistics {
  sessions: Partial<Record<SessionStatus, number>>;
  latency_p95_ms: number | null;
  database_bytes: number;
  providers: ProviderLatency[];
}

/** What the tables say of how the platform is doing. */
export class Statistics {
  constructor(private readonly db: Database) {}

  async read(): Promise<StoredStatistics> {
    const [sessions, calls, size] = await Promise.all([
      this.db.query<{ status: SessionStatus; count: number }>(
        'select status, count(*)::int as count from sessions where parent_session_id is null group by status',
      ),
      this.db.query<CallRow>(callsOfTheLastHour),
      this.db.query<{ bytes: number }>('select pg_database_size(current_database())::float8 as bytes'),
    ]);
    return {
      sessions: Object.fromEntries(sessions.rows.map(({ status, count }) => [status, count])),
      latency_p95_ms: calls.rows.find(({ provider }) => provider === null)?.p95 ?? null,
      database_bytes: size.rows[0]?.bytes ?? 0,
      providers: calls.rows.flatMap(({ provider, calls: count, median, failure }) =>
        provider === null ? [] : [{ provider, calls: count, latency_ms: median, failure }],
      ),
    };
  }
}

interface CallRow {
  /** Null: all of them. */
  provider: string | null;
  calls: number;
  median: number | null;
  p95: number | null;
  failure: ProviderLatency['failure'];
}

const callsOfTheLastHour = `with recent as (
    select provider, state, error, started_at, extract(epoch from first_byte_at - started_at) * 1000 as ms
    from provider_calls where started_at > now() - interval '1 hour'
  )
  select provider, count(*)::int as calls,
    round(percentile_cont(0.5) within group (order by ms))::int as median,
    round(percentile_cont(0.95) within group (order by ms))::int as p95,
    (array_agg(case when state = 'failed' then error end order by started_at desc))[1] as failure
  from recent group by grouping sets ((), (provider)) order by provider`;
