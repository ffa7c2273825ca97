import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { Tool } from '../extension/tool.js';
import type { ToolUses } from '../protocol/resources.js';
import type { Database } from './database.js';
import { storableJson } from './safe-json.js';
import { Subscribers } from './subscribers.js';
import { isoTime } from './wire.js';

export interface ToolSwitch {
  name: string;
  title: string;
  description: string;
  parameters: unknown;
  effects: Tool['effects'];
  is_enabled: boolean;
}

/** Which tools a person lets agents use. Every tool ever loaded has a row, also while its plugin is off. */
export class ToolSwitches {
  readonly #subscribers = new Subscribers();

  constructor(private readonly db: Database) {}

  /** Enters the tools that are loaded; what a person switched stays as it is. */
  async seed(tools: readonly Pick<Tool, 'id' | 'title' | 'description' | 'parameters' | 'effects'>[]): Promise<void> {
    const rows = tools.map(({ id, title, description, parameters, effects }) => {
      return { name: id, title, description, parameters, effects };
    });
    // Sorted, so that two processes that seed at once take the rows in one order.
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    const { rowCount } = await this.db.query(
      `insert into tools (name, title, description, parameters, effects)
       select * from jsonb_to_recordset($1::jsonb)
         as t (name text, title text, description text, parameters jsonb, effects text)
       on conflict (name) do update set title = excluded.title, description = excluded.description,
         parameters = excluded.parameters, effects = excluded.effects, updated_at = now()
       where (tools.title, tools.description, tools.parameters, tools.effects)
         is distinct from (excluded.title, excluded.description, excluded.parameters, excluded.effects)`,
      [storableJson(rows)],
    );
    if (rowCount) this.#subscribers.tell();
  }

  /** Enters a switch of many tools (their `group`); what a person switched stays as it is. */
  seedGroup(group: Pick<Tool, 'id' | 'title' | 'description' | 'effects'>): Promise<void> {
    return this.seed([{ ...group, parameters: {} }]);
  }

  /** Names of those that are off, loaded or not. What has no row yet is on. */
  async disabled(): Promise<ReadonlySet<string>> {
    const { rows } = await this.db.query<{ name: string }>('select name from tools where not is_enabled');
    return new Set(rows.map(({ name }) => name));
  }

  /** @throws MaestroError `tool.unknown` */
  async setEnabled(name: string, on: boolean): Promise<void> {
    const { rowCount } = await this.db.query('update tools set is_enabled = $2, updated_at = now() where name = $1', [
      name,
      on,
    ]);
    if (rowCount !== 1)
      throw new MaestroError('tool.unknown', `there is no tool "${name}"; list them with GET /api/v1/tools`);
    this.#subscribers.tell();
  }

  /** Called after this process entered or switched tools. */
  onChange(fn: () => void): Dispose {
    return this.#subscribers.add(fn);
  }

  /** What the calls of a session came to, over all its conversations; most used first. */
  async uses(sessionId: string): Promise<ToolUses[]> {
    const { rows } = await this.db.query<Omit<ToolUses, 'last_at'> & { last_at: Date }>(
      `select t.name, count(*)::int as calls, count(*) filter (where t.is_error)::int as failed,
         max(coalesce(t.ended_at, t.started_at, m.created_at)) as last_at
       from sessions s join conversations c on c.session_id = s.id join tool_calls t on t.conversation_id = c.id
         join messages m on m.id = t.message_id
       where s.session_id = $1 group by t.name order by calls desc, t.name`,
      [sessionId],
    );
    return rows.map((row) => ({ ...row, last_at: isoTime(row.last_at) }));
  }

  async list(): Promise<ToolSwitch[]> {
    const { rows } = await this.db.query<ToolSwitch>(
      'select name, title, description, parameters, effects, is_enabled from tools order by name',
    );
    return rows;
  }
}
