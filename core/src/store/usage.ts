import type { CallSums, SessionUsage } from '../protocol/resources.js';
import type { Database } from './database.js';
import { money } from './wire.js';

/** What calls used and cost, added up from their rows. */
export class UsageSums {
  constructor(private readonly db: Database) {}

  /** Over all conversations of a session and of its agents; all zero where there is none. */
  async ofSession(sessionId: string): Promise<SessionUsage> {
    const { rows } = await this.db.query<Row>(ofSession, [sessionId]);
    const at = (level: Row['level']) => rows.filter((row) => row.level === level);
    const [total] = at('total');
    return {
      totals: total ? sums(total) : nothing,
      by_activity: at('activity').map((row) => ({ activity: row.activity!, ...sums(row) })),
      by_model: at('model').map((row) => ({ provider: row.provider!, model: row.model!, ...sums(row) })),
    };
  }
}

interface Row extends CallSums {
  level: 'total' | 'activity' | 'model';
  activity: string | null;
  provider: string | null;
  model: string | null;
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

function sums(row: Row): CallSums {
  const { level: _level, activity: _activity, provider: _provider, model: _model, ...counts } = row;
  return { ...counts, total_cost_usd: money(counts.total_cost_usd) };
}

// Sums of bigint come as text; no session reads 2^53 tokens.
const sum = (column: string) => `coalesce(sum(${column}), 0)::float8 as ${column}`;
const hasTokens = 'coalesce(request_tokens, 0) + coalesce(response_tokens, 0) > 0';

// What its agents used, however deep, is one activity of the session they answer.
const ofSession = `with recursive tree as (
    select id, session_id, true as is_own from sessions where session_id = $1
    union select s.id, s.session_id, false from sessions s join tree on s.parent_session_id = tree.session_id
  ), used as (
    select p.*, case when tree.is_own then p.activity else 'sub_agent' end as made_for
    from tree join conversations c on c.session_id = tree.id join provider_calls p on p.conversation_id = c.id
  )
  select
    case when grouping(made_for) = 0 then 'activity' when grouping(model) = 0 then 'model' else 'total' end as level,
    made_for as activity, provider, model, count(*) filter (where ${hasTokens})::int as calls,
    ${['request_tokens', 'response_tokens', 'cached_tokens', 'cache_write_tokens', 'reasoning_tokens'].map(sum).join(', ')},
    sum(total_cost_usd)::text as total_cost_usd,
    count(*) filter (where total_cost_usd is null and ${hasTokens})::int as unpriced_calls,
    coalesce(bool_or(estimated), false) as estimated
  from used
  group by grouping sets ((), (made_for), (provider, model))
  having count(*) > 0
  order by coalesce(sum(request_tokens), 0) + coalesce(sum(response_tokens), 0) desc, made_for, provider, model`;
