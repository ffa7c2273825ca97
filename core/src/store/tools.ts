import { MaestroError } from '../errors.js';
import type { Tool } from '../extension/tool.js';
import type { Database } from './database.js';

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
  constructor(private readonly db: Database) {}

  /** Enters the tools that are loaded; what a person switched stays as it is. */
  async seed(tools: readonly Pick<Tool, 'id' | 'title' | 'description' | 'parameters' | 'effects'>[]): Promise<void> {
    await this.db.transaction(async (sql) => {
      for (const { id, title, description, parameters, effects } of tools) {
        await sql.query(
          `insert into tools (name, title, description, parameters, effects) values ($1, $2, $3, $4, $5)
            on conflict (name) do update set title = $2, description = $3, parameters = $4, effects = $5, updated_at = now()
            where (tools.title, tools.description, tools.parameters, tools.effects) is distinct from ($2, $3, $4::jsonb, $5)`,
          [id, title, description, JSON.stringify(parameters), effects],
        );
      }
    });
  }

  /** False for a tool that was never loaded. */
  async isEnabled(name: string): Promise<boolean> {
    const { rows } = await this.db.query<{ is_enabled: boolean }>('select is_enabled from tools where name = $1', [
      name,
    ]);
    return rows[0]?.is_enabled ?? false;
  }

  /** @throws MaestroError `tool.unknown` */
  async setEnabled(name: string, on: boolean): Promise<void> {
    const { rowCount } = await this.db.query('update tools set is_enabled = $2, updated_at = now() where name = $1', [
      name,
      on,
    ]);
    if (rowCount !== 1)
      throw new MaestroError('tool.unknown', `there is no tool "${name}"; list them with GET /api/v1/tools`);
  }

  async list(): Promise<ToolSwitch[]> {
    const { rows } = await this.db.query<ToolSwitch>(
      'select name, title, description, parameters, effects, is_enabled from tools order by name',
    );
    return rows;
  }
}
