import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { McpLoginBody, McpServerPatchBody, NewMcpServerBody } from '../protocol/api.js';
import type { McpServerResource, McpServerStatus, McpServerTool, McpTrial } from '../protocol/resources.js';
import { Secret } from '../secret.js';
import { Subscribers } from './subscribers.js';

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
  /** Connects to a server that is not saved, looks what it offers, and lets it go. */
  tryOut(server: ToolServer): Promise<McpTrial>;
  /** The last lines a program wrote to its error output, oldest first. */
  words(id: string): string[];
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
  readonly #changes = new Subscribers<[id: string]>();
  readonly #states = new Subscribers();

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
    return this.#changes.add(fn);
  }

  /** Told when a connection is another one than before. `fn` must return at once and must not throw. */
  onStatus(fn: () => void): Dispose {
    return this.#states.add(fn);
  }

  /** For whoever holds the connections: how one of them is has changed. */
  statusChanged(): void {
    this.#states.tell();
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

  /**
   * Connects to a server that is not saved. Of a saved one that is tried with changes, what is secret and not given is
   * taken from there.
   *
   * @param like id or name of the saved one
   * @throws MaestroError `mcp.unknown`, `mcp.off`, `mcp.invalid`, `credential.corrupt`
   */
  async tryOut(body: NewMcpServerBody, like?: string): Promise<McpTrial> {
    checkReach(body);
    const saved = like === undefined ? undefined : await this.rows.open((await this.rows.get(like)).id);
    const isSame = saved !== undefined && saved.url === (body.url ?? null);
    return this.#attached().tryOut({
      id: isSame ? saved.id : 'trial',
      name: body.name,
      description: body.description ?? '',
      transport: body.transport,
      url: body.url ?? null,
      command: body.command ?? null,
      args: body.args ?? [],
      working_directory: body.working_directory ?? null,
      env: { ...saved?.env, ...sealed(body.env) },
      headers: { ...saved?.headers, ...sealed(body.headers) },
      // A sign-in belongs to the address it was made for.
      oauth: isSame ? saved.oauth : null,
      is_enabled: true,
      settings: body.settings ?? {},
    });
  }

  /** What a program last wrote to its error output. @throws MaestroError `mcp.unknown`, `mcp.off` */
  async words(idOrName: string): Promise<string[]> {
    const { id } = await this.rows.get(idOrName);
    return this.#attached().words(id);
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
    this.#changes.tell(id);
  }
}

const sealed = (values: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));

/** A program for stdio, an address for the others. @throws MaestroError `mcp.invalid` */
export function checkReach({ name, transport, url, command }: Reach): void {
  if (transport === 'stdio') {
    if (!command || url) throw invalid(name, 'a server on stdio has a command and no url');
    return;
  }
  if (!url || command) throw invalid(name, `a server on ${transport} has a url and no command`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw invalid(name, 'its url must begin with http:// or https://');
  if (parsed.username || parsed.password) throw invalid(name, 'a url with a password is shown in lists; use a header');
}

/** How to reach a server, before anything is sealed. */
interface Reach {
  name: string;
  transport: McpServerResource['transport'];
  url?: string | null;
  command?: string | null;
}

function invalid(name: string, why: string): MaestroError {
  return new MaestroError('mcp.invalid', `the MCP server "${name}" cannot be saved: ${why}`);
}
