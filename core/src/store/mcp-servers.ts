import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { McpServerPatchBody, NewMcpServerBody } from '../protocol/api.js';
import type { McpServerResource, McpServerSettings } from '../protocol/resources.js';
import { Secret } from '../secret.js';
import type { Database } from './database.js';
import { type Envelope, type KeyRing, seal, unseal } from './envelope.js';
import { type McpSealed, mcpBinding } from './sealed-columns.js';
import { checkReach, type LoginChange, type ToolServer, type ToolServerRows } from './tool-servers.js';

interface Row {
  id: string;
  name: string;
  description: string;
  transport: McpServerResource['transport'];
  url: string | null;
  command: string | null;
  args: string[];
  working_directory: string | null;
  env: Envelope | null;
  headers: Envelope | null;
  oauth: Envelope | null;
  is_enabled: boolean;
  settings: McpServerSettings;
  created_at: Date;
  updated_at: Date;
}

type Described = Omit<McpServerResource, 'status'>;

/** How MCP servers are reached. Environment, headers and sign-in are sealed and bound to their row and column. */
export class McpServers implements ToolServerRows {
  constructor(
    private readonly db: Database,
    private readonly keys: KeyRing,
  ) {}

  async list(): Promise<Described[]> {
    const { rows } = await this.db.query<Row>('select * from mcp_servers order by name');
    return rows.map((row) => this.#described(row));
  }

  /** @throws MaestroError `mcp.unknown` */
  async get(idOrName: string): Promise<Described> {
    return this.#described(await this.#row(idOrName));
  }

  /** @throws MaestroError `mcp.unknown`, `credential.corrupt` */
  async open(idOrName: string): Promise<ToolServer> {
    const row = await this.#row(idOrName);
    const { created_at, updated_at, ...rest } = row;
    return {
      ...rest,
      env: this.#secrets(row, 'env'),
      headers: this.#secrets(row, 'headers'),
      oauth: this.#login(row),
    };
  }

  /** @throws MaestroError `mcp.exists`, `mcp.invalid` */
  async create(body: NewMcpServerBody): Promise<Described> {
    const id = randomUUID();
    const { name, transport, url = null, command = null } = body;
    checkReach({ name, transport, url, command });
    const { rows } = await this.db.query<Row>(
      `insert into mcp_servers
          (id, name, description, transport, url, command, args, working_directory, env, headers, is_enabled, settings)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (name) do nothing returning *`,
      [
        id,
        name,
        body.description ?? '',
        transport,
        url,
        command,
        JSON.stringify(body.args ?? []),
        body.working_directory ?? null,
        this.#sealed(id, 'env', body.env ?? {}),
        this.#sealed(id, 'headers', body.headers ?? {}),
        body.is_enabled ?? true,
        JSON.stringify(body.settings ?? {}),
      ],
    );
    if (!rows[0]) throw taken(name);
    return this.#described(rows[0]);
  }

  /**
   * Changes what is given. Of environment and headers, names that are not given stay, and null takes one away.
   *
   * @throws MaestroError `mcp.unknown`, `mcp.exists`, `mcp.invalid`, `credential.corrupt`
   */
  async patch(idOrName: string, body: McpServerPatchBody): Promise<Described> {
    const row = await this.#row(idOrName);
    const { env, headers, ...plain } = body;
    const next = { ...row, ...plain };
    checkReach(next);
    // A sign-in belongs to the address it was made for.
    const oauth = next.url === row.url ? row.oauth : null;
    const { rows } = await this.db
      .query<Row>(
        `update mcp_servers set name = $2, description = $3, transport = $4, url = $5, command = $6, args = $7,
            working_directory = $8, env = $9, headers = $10, is_enabled = $11, settings = $12, oauth = $13,
            updated_at = clock_timestamp()
          where id = $1 returning *`,
        [
          row.id,
          next.name,
          next.description,
          next.transport,
          next.url,
          next.command,
          JSON.stringify(next.args),
          next.working_directory,
          env ? this.#merged(row, 'env', env) : text(row.env),
          headers ? this.#merged(row, 'headers', headers) : text(row.headers),
          next.is_enabled,
          JSON.stringify(next.settings),
          text(oauth),
        ],
      )
      .catch((error: { code?: string }) => {
        throw error.code === uniqueViolation ? taken(next.name) : error;
      });
    if (!rows[0]) throw unknown(idOrName);
    return this.#described(rows[0]);
  }

  /** @returns its id. @throws MaestroError `mcp.unknown` */
  async remove(idOrName: string): Promise<string> {
    const { id } = await this.#row(idOrName);
    await this.db.query('delete from mcp_servers where id = $1', [id]);
    return id;
  }

  /** @throws MaestroError `mcp.unknown`, `credential.corrupt`, and what `change` throws */
  changeLogin(id: string, change: LoginChange, { isNew = false } = {}): Promise<void> {
    return this.db.transaction(async (sql) => {
      const { rows } = await sql.query<Row>('select * from mcp_servers where id::text = $1 for update', [id]);
      if (!rows[0]) throw unknown(id);
      const next = await change(this.#login(rows[0]));
      const envelope = next && JSON.stringify(next.use((value) => seal(this.keys, mcpBinding(id, 'oauth'), value)));
      await sql.query(
        `update mcp_servers set oauth = $2, updated_at = case when $3 then clock_timestamp() else updated_at end
          where id::text = $1`,
        [id, envelope, isNew],
      );
    });
  }

  async versions(): Promise<Map<string, string>> {
    const { rows } = await this.db.query<Pick<Row, 'id' | 'updated_at'>>('select id, updated_at from mcp_servers');
    return new Map(rows.map(({ id, updated_at }) => [id, updated_at.toISOString()]));
  }

  async #row(idOrName: string): Promise<Row> {
    const { rows } = await this.db.query<Row>(
      'select * from mcp_servers where id::text = $1 or name = $1 order by id::text = $1 desc limit 1',
      [idOrName],
    );
    if (!rows[0]) throw unknown(idOrName);
    return rows[0];
  }

  #described({ oauth, created_at, updated_at, ...row }: Row): Described {
    return {
      ...row,
      env: this.#names(row, 'env'),
      headers: this.#names(row, 'headers'),
      created_at: created_at.toISOString(),
      updated_at: updated_at.toISOString(),
    };
  }

  /** None of a column that does not open: the list is shown all the same, and whoever connects is told. */
  #names(row: Pick<Row, 'id' | 'env' | 'headers'>, column: 'env' | 'headers'): string[] {
    try {
      return Object.keys(this.#secrets(row, column));
    } catch {
      return [];
    }
  }

  #secrets(row: Pick<Row, 'id' | 'env' | 'headers'>, column: 'env' | 'headers'): Record<string, Secret> {
    const envelope = row[column];
    if (!envelope) return {};
    const plain = JSON.parse(unseal(this.keys, mcpBinding(row.id, column), envelope)) as Record<string, string>;
    return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, new Secret(value)]));
  }

  #login(row: Pick<Row, 'id' | 'oauth'>): Secret | null {
    return row.oauth && new Secret(unseal(this.keys, mcpBinding(row.id, 'oauth'), row.oauth));
  }

  #merged(row: Row, column: 'env' | 'headers', changes: Readonly<Record<string, string | null>>): string | null {
    const values = new Map(Object.entries(this.#secrets(row, column)).map(([name, one]) => [name, one.use((v) => v)]));
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) values.delete(name);
      else values.set(name, value);
    }
    return this.#sealed(row.id, column, Object.fromEntries(values));
  }

  #sealed(id: string, column: McpSealed, values: Readonly<Record<string, string>>): string | null {
    if (Object.keys(values).length === 0) return null;
    return JSON.stringify(seal(this.keys, mcpBinding(id, column), JSON.stringify(values)));
  }
}

const uniqueViolation = '23505';
const text = (envelope: Envelope | null) => envelope && JSON.stringify(envelope);

function unknown(idOrName: string): MaestroError {
  return new MaestroError('mcp.unknown', `there is no MCP server "${idOrName}"; list them with: maestro mcp list`);
}

function taken(name: string): MaestroError {
  const message = `there is an MCP server "${name}" already; choose another name, or remove that one`;
  return new MaestroError('mcp.exists', message);
}
