import type { ToolUseResource } from '../protocol/resources.js';
import type { Database } from './database.js';

/** How often tools are called, added up from the calls. */
export class ToolUse {
  constructor(private readonly db: Database) {}

  /** Of all sessions, by name; tools that were not called are missing. */
  async since(at: Date): Promise<ToolUseResource[]> {
    const { rows } = await this.db.query<ToolUseResource>(
      `select name, count(*)::int as calls, count(*) filter (where is_error)::int as failed,
          (percentile_cont(0.5) within group (order by extract(epoch from ended_at - started_at)::float8 * 1000)
            filter (where ended_at is not null)) as median_ms
        from tool_calls where started_at >= $1 group by name order by name`,
      [at],
    );
    return rows;
  }
}
