import { setTimeout as delay } from 'node:timers/promises';
import {
  type LiveToolServers,
  type Logger,
  MaestroError,
  type McpServerStatus,
  type McpServerTool,
  type McpTrial,
  type PluginContext,
  type Processes,
  redactSecrets,
  type ToolServer,
  type ToolServers,
} from '@maestro/core';
import { HeldLogin } from './held-login.js';
import { LastWords } from './last-words.js';
import { type GivenClient, Logins } from './logins.js';
import { ServerLink } from './server-link.js';
import { ServerTools } from './server-tools.js';
import { signInFetch } from './sign-in-fetch.js';
import { transportTo } from './transports.js';

interface Bridged {
  link: ServerLink;
  words: LastWords;
  tools: ServerTools;
  /** Missing for programs that run here, and until the first attempt. */
  login?: HeldLogin;
}

/** Rows that another process changed are noticed this soon. */
const watchMs = 2_000;
/** A sign-in begins with what the server says when it is asked without one. */
const challengeMs = 10_000;
/** How long a server that is tried may take. */
const trialMs = 30_000;

export interface BridgeParts {
  servers: ToolServers;
  processes: Processes;
  tools: PluginContext['tools'];
  log: Logger;
  version: string;
}

/** Every enabled server, connected; one connection each, whichever sessions use it. */
export class Bridge implements LiveToolServers {
  readonly #bridged = new Map<string, Bridged>();
  readonly #logins: Logins;
  /** Changes are followed one after another, so that the last one counts. */
  #following: Promise<void> = Promise.resolve();
  /** Of the rows as they are followed. */
  readonly #versions = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(private readonly parts: BridgeParts) {
    this.#logins = new Logins(parts.servers, parts.log, signInFetch);
  }

  /** Begins to connect to all; waits for none. */
  async start(): Promise<void> {
    await this.#watch();
    await this.#following;
  }

  /** A row was added, changed or removed. */
  follow(id: string): void {
    this.#following = this.#following
      .then(() => this.#follow(id))
      .catch((cause: unknown) => this.parts.log.error('a change of a server was not followed', { id, cause }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#following;
    await Promise.all([...this.#bridged.keys()].map((id) => this.#drop(id)));
    await this.#logins.close();
  }

  status(id: string): McpServerStatus | null {
    const bridged = this.#bridged.get(id);
    return bridged ? statusOf(bridged) : off();
  }

  async test(id: string): Promise<McpServerStatus> {
    await this.#following;
    const { link } = this.#get(id);
    await link.connect();
    return this.status(id) ?? off();
  }

  async tryOut(server: ToolServer): Promise<McpTrial> {
    // Nothing of it is registered.
    const tried = this.#bridge(server, { open: async () => server, tools: { add: () => () => undefined } });
    try {
      await Promise.race([tried.link.connect(), delay(trialMs, undefined, { ref: false })]);
      return { status: statusOf(tried), tools: tried.tools.list() };
    } finally {
      await tried.link.close();
    }
  }

  words(id: string): string[] {
    return (this.#bridged.get(id)?.words.lines ?? []).map(redactSecrets);
  }

  async tools(id: string): Promise<McpServerTool[]> {
    await this.#following;
    const { link, tools } = this.#get(id);
    await link.ready(AbortSignal.timeout(30_000));
    return tools.list();
  }

  async login(id: string, given: GivenClient): Promise<{ authorize_url: string }> {
    await this.#following;
    const bridged = this.#get(id);
    const { link } = bridged;
    if (link.status().state !== 'connected')
      await Promise.race([link.connect(), delay(challengeMs, undefined, { ref: false })]);
    const server = await this.parts.servers.open(id);
    const held = bridged.login ?? this.#heldBy(server);
    if (!held || !server.url) {
      const why = server.url ? 'has an Authorization header of its own' : 'runs here and has nothing to sign in to';
      throw new MaestroError('mcp.login', `"${server.name}" ${why}`);
    }
    const onEnd = (error?: MaestroError) => (error ? link.tell(error.message) : this.follow(id));
    return this.#logins.begin(server, { held, given, onEnd });
  }

  async answer(id: string, pasted: string): Promise<void> {
    await this.#logins.answer({ id, name: this.#get(id).link.name }, pasted);
    await this.#following;
  }

  /** @throws MaestroError `mcp.unknown`, naming those that are on */
  named(name: string): Bridged {
    const found = this.all().find(({ link }) => link.name === name);
    if (found) return found;
    const names = this.all().map(({ link }) => link.name);
    throw new MaestroError('mcp.unknown', `no MCP server "${name}" is on; there are: ${names.join(', ') || 'none'}`);
  }

  all(): Bridged[] {
    return [...this.#bridged.values()];
  }

  /** Looks whether rows are others than those that are followed, now and from time to time. */
  async #watch(): Promise<void> {
    try {
      const versions = await this.parts.servers.versions();
      const known = [...this.#versions.keys()];
      for (const [id, version] of versions) if (this.#versions.get(id) !== version) this.follow(id);
      for (const id of known) if (!versions.has(id)) this.follow(id);
      await this.#following;
    } catch (cause) {
      this.parts.log.debug('changes of servers could not be looked for', { cause });
    }
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#watch(), watchMs);
    this.#timer.unref();
  }

  async #follow(id: string): Promise<void> {
    const { servers } = this.parts;
    await this.#drop(id);
    const row = await servers.get(id).catch((error: unknown) => {
      if (error instanceof MaestroError && error.code === 'mcp.unknown') return undefined;
      throw error;
    });
    if (!row) return void this.#versions.delete(id);
    this.#versions.set(id, row.updated_at);
    if (row.is_enabled && !this.#isClosed) this.#connect(row);
  }

  #connect({ id, name }: Pick<ToolServer, 'id' | 'name'>): void {
    const { servers, tools } = this.parts;
    const bridged = this.#bridge({ name }, { open: () => servers.open(id), tools });
    this.#bridged.set(id, bridged);
    void bridged.link.connect();
  }

  #bridge(
    { name }: Pick<ToolServer, 'name'>,
    { open, tools: registry }: { open(): Promise<ToolServer>; tools: BridgeParts['tools'] },
  ): Bridged {
    const { servers, processes, log, version } = this.parts;
    const words = new LastWords();
    const link: ServerLink = new ServerLink(name, {
      log,
      version,
      open,
      transport: (server) => {
        const login = this.#heldBy(server, bridged.login);
        if (login) bridged.login = login;
        return transportTo(server, { processes, log: log.child(server.name), login, words });
      },
      refusal: () => bridged.login?.refusal,
      onState: () => servers.statusChanged(),
      onOffer: (server, offer) => tools.set(server, offer.tools),
    });
    const tools = new ServerTools(link, registry, log);
    const bridged: Bridged = { link, tools, words };
    return bridged;
  }

  /** What a sign-in left, and what the server wanted of one. A header that was given counts before it. */
  #heldBy(server: ToolServer, before?: HeldLogin): HeldLogin | undefined {
    const isGiven = Object.keys(server.headers).some((name) => name.toLowerCase() === 'authorization');
    if (server.transport === 'stdio' || (isGiven && !server.oauth)) return undefined;
    const held = new HeldLogin(server, this.parts.servers, signInFetch);
    if (before) held.challenge = before.challenge;
    return held;
  }

  async #drop(id: string): Promise<void> {
    const bridged = this.#bridged.get(id);
    this.#bridged.delete(id);
    bridged?.tools.clear();
    await bridged?.link.close();
  }

  #get(id: string): Bridged {
    const bridged = this.#bridged.get(id);
    if (bridged) return bridged;
    throw new MaestroError('mcp.unavailable', 'this MCP server is turned off; turn it on first');
  }
}

function statusOf({ link, tools }: Bridged): McpServerStatus {
  const schema_tokens = Math.ceil(tools.schemas().length / 4);
  return { ...link.status(), tools: tools.count, offered_tools: tools.offered, schema_tokens };
}

const off = (): McpServerStatus => ({
  state: 'off',
  reason: null,
  next_attempt_at: null,
  since: new Date().toISOString(),
  connect_ms: null,
  server: null,
  tools: 0,
  offered_tools: 0,
  resources: 0,
  prompts: 0,
  schema_tokens: null,
});
