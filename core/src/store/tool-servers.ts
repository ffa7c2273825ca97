import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { McpLoginBody, McpServerPatchBody, NewMcpServerBody } from '../protocol/api.js';
import type { McpServerResource, McpServerStatus, McpServerTool } from '../protocol/resources.js';
import type { Secret } from '../secret.js';

/** A server as whoever connects to it needs it, with what is secret. */
export interface ToolServer
  extends Omit<McpServerResource, 'env' | 'headers' | 'status' | 'created_at' | 'updated_at'> {
  env: Readonly<Record<string, Secret>>;
  headers: Readonly<Record<string, Secret>>;
  /** What a sign-in left, in the words of whoever wrote it; null: nothing. */
  oauth: Secret | null;
}

/** What a plugin that connects to servers gives; every id is that of a row. */
export interface LiveToolServers {
  status(id: string): McpServerStatus | null;
  /** Connects anew where it must, and tells how that went. */
  test(id: string): Promise<McpServerStatus>;
  /** What the server offers, also what is hidden from agents. @throws MaestroError `mcp.unavailable` */
  tools(id: string): Promise<McpServerTool[]>;
  /** Begins to sign in. Resolves with the page the person opens; the rest goes on by itself. */
  login?(id: string, client: McpLoginBody): Promise<{ authorize_url: string }>;
  /** Ends a sign-in with what the person pasted, where the browser runs on another machine. */
  answer?(id: string, pasted: string): Promise<void>;
}

/** The rows, kept by the store. */
export interface ToolServerRows {
  list(): Promise<Omit<McpServerResource, 'status'>[]>;
  get(idOrName: string): Promise<Omit<McpServerResource, 'status'>>;
  open(id: string): Promise<ToolServer>;
  create(body: NewMcpServerBody): Promise<Omit<McpServerResource, 'status'>>;
  patch(idOrName: string, body: McpServerPatchBody): Promise<Omit<McpServerResource, 'status'>>;
  remove(idOrName: string): Promise<string>;
  changeLogin(id: string, change: LoginChange, options?: { isNew?: boolean }): Promise<void>;
  versions(): Promise<Map<string, string>>;
}

/** Gets what a sign-in left, gives what is kept from now on. */
export type LoginChange = (kept: Secret | null) => Promise<Secret | null>;

/**
 * Servers that bring tools: the core holds their rows and secrets, a plugin holds the connections. Wherever one is
 * named, its id or its name will do.
 */
export class ToolServers {
  #live: LiveToolServers | undefined;
  readonly #listeners = new Set<(id: string) => void>();

  constructor(private readonly rows: ToolServerRows) {}

  /** From now on `live` answers for all servers. @throws MaestroError `contribution.taken` */
  attach(live: LiveToolServers): Dispose {
    if (this.#live) throw new MaestroError('contribution.taken', 'another plugin connects to the servers already');
    this.#live = live;
    return () => {
      if (this.#live === live) this.#live = undefined;
    };
  }

  /** Told the id of a server that was added, changed or removed. `fn` must return at once and must not throw. */
  onChange(fn: (id: string) => void): Dispose {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  async list(): Promise<McpServerResource[]> {
    return (await this.rows.list()).map((row) => this.#shown(row));
  }

  /** @throws MaestroError `mcp.unknown` */
  async get(idOrName: string): Promise<McpServerResource> {
    return this.#shown(await this.rows.get(idOrName));
  }

  /** With its secrets. @throws MaestroError `mcp.unknown`, `credential.corrupt` */
  open(id: string): Promise<ToolServer> {
    return this.rows.open(id);
  }

  /** @throws MaestroError `mcp.exists`, `mcp.invalid` */
  async create(body: NewMcpServerBody): Promise<McpServerResource> {
    return this.#changed(await this.rows.create(body));
  }

  /** @throws MaestroError `mcp.unknown`, `mcp.exists`, `mcp.invalid` */
  async patch(idOrName: string, body: McpServerPatchBody): Promise<McpServerResource> {
    return this.#changed(await this.rows.patch(idOrName, body));
  }

  /** @throws MaestroError `mcp.unknown` */
  async remove(idOrName: string): Promise<void> {
    this.#tell(await this.rows.remove(idOrName));
  }

  /**
   * Changes what a sign-in left, one after another over all processes: others wait until `change` is done, which
   * should be bounded in time. Nobody is told; one that `isNew` counts as a change of the row for other processes.
   *
   * @throws MaestroError `mcp.unknown`, `credential.corrupt`, and what `change` throws; then nothing is changed
   */
  changeLogin(id: string, change: LoginChange, options?: { isNew?: boolean }): Promise<void> {
    return this.rows.changeLogin(id, change, options);
  }

  /** When each row was changed, by id, as its `updated_at` says: cheap, for looking often. */
  versions(): Promise<Map<string, string>> {
    return this.rows.versions();
  }

  /** @throws MaestroError `mcp.unknown`, `mcp.off` */
  async test(idOrName: string): Promise<McpServerResource> {
    const { id } = await this.rows.get(idOrName);
    const status = await this.#attached().test(id);
    return { ...(await this.rows.get(id)), status };
  }

  /** @throws MaestroError `mcp.unknown`, `mcp.off`, `mcp.unavailable` */
  async tools(idOrName: string): Promise<McpServerTool[]> {
    const { id } = await this.rows.get(idOrName);
    return this.#attached().tools(id);
  }

  /** @throws MaestroError `mcp.unknown`, `mcp.off`, `mcp.login` */
  async login(idOrName: string, client: McpLoginBody): Promise<{ authorize_url: string }> {
    const { id } = await this.rows.get(idOrName);
    const live = this.#attached();
    if (!live.login) throw new MaestroError('mcp.login', 'the plugin that connects to servers cannot sign in');
    return live.login(id, client);
  }

  /** @throws MaestroError `mcp.unknown`, `mcp.off`, `mcp.login`, `sign_in.code_invalid`, `sign_in.state` */
  async answer(idOrName: string, pasted: string): Promise<McpServerResource> {
    const { id } = await this.rows.get(idOrName);
    await this.#attached().answer?.(id, pasted);
    return this.#shown(await this.rows.get(id));
  }

  #attached(): LiveToolServers {
    if (this.#live) return this.#live;
    const message = 'no plugin that connects to MCP servers is loaded; turn one on under "plugins" in maestro.yaml';
    throw new MaestroError('mcp.off', message);
  }

  #shown(row: Omit<McpServerResource, 'status'>): McpServerResource {
    return { ...row, status: this.#live?.status(row.id) ?? null };
  }

  #changed(row: Omit<McpServerResource, 'status'>): McpServerResource {
    this.#tell(row.id);
    return this.#shown(row);
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }
}
