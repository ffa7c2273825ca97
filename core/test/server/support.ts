import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { ModelCatalogue } from '../../src/catalogue/model-catalogue.js';
import { ModelLists } from '../../src/catalogue/model-lists.js';
import { MaestroError } from '../../src/errors.js';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { Provider } from '../../src/extension/provider.js';
import { AuthMethods, Panels, Providers, Tools } from '../../src/extension/registry.js';
import { MemoryLive } from '../../src/live/memory.js';
import type { LogFields, Logger } from '../../src/log.js';
import { PanelRuns } from '../../src/panels/panel-runs.js';
import type { SessionEvent } from '../../src/protocol/events.js';
import type { ServerFrame } from '../../src/protocol/frames.js';
import type { PluginSummary } from '../../src/protocol/plugins.js';
import type { Session } from '../../src/protocol/resources.js';
import { Secret } from '../../src/secret.js';
import { createServer, type MaestroServer, type ServerOptions } from '../../src/server/server.js';
import type { ServerServices, ServerSettings } from '../../src/server/services.js';
import { SessionEngine } from '../../src/session/engine.js';
import { FreshCredentials } from '../../src/signin/fresh-credentials.js';
import { SignIns } from '../../src/signin/sign-ins.js';
import { VerifiedCredentials } from '../../src/signin/verified-credentials.js';
import { ApprovalRules } from '../../src/store/approval-rules.js';
import { Approvals } from '../../src/store/approvals.js';
import { Blobs } from '../../src/store/blobs.js';
import { Budgets, noBudgets } from '../../src/store/budgets.js';
import { Calls } from '../../src/store/calls.js';
import { Compactions } from '../../src/store/compactions.js';
import { Composer } from '../../src/store/composer.js';
import { Credentials } from '../../src/store/credentials.js';
import type { Database } from '../../src/store/database.js';
import type { KeyRing } from '../../src/store/envelope.js';
import { EventLog } from '../../src/store/event-log.js';
import { McpServers } from '../../src/store/mcp-servers.js';
import { Messages } from '../../src/store/messages.js';
import { Queue } from '../../src/store/queue.js';
import { Search } from '../../src/store/search.js';
import { Sessions } from '../../src/store/sessions.js';
import { Statistics } from '../../src/store/statistics.js';
import { Templates } from '../../src/store/templates.js';
import { TokenRefreshes } from '../../src/store/token-refreshes.js';
import { Tokens } from '../../src/store/tokens.js';
import { ToolServers } from '../../src/store/tool-servers.js';
import { ToolUse } from '../../src/store/tool-use.js';
import { ToolSwitches } from '../../src/store/tools.js';
import { Turns } from '../../src/store/turns.js';
import { UsageSums } from '../../src/store/usage.js';
import { UsageReports } from '../../src/store/usage-report.js';
import { AgentImport } from '../../src/templates/agent-import.js';
import { openTestDatabase } from '../../src/testing/database.js';

/** A log that can be read back. */
export class NotedLog implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields | undefined }[] = [];
  readonly debug = this.#at('debug');
  readonly info = this.#at('info');
  readonly warn = this.#at('warn');
  readonly error = this.#at('error');
  child(): Logger {
    return this;
  }
  #at(level: string) {
    return (message: string, fields?: LogFields) => void this.lines.push({ level, message, fields });
  }
}

async function unrotatable(): Promise<never> {
  throw new MaestroError('key.unrotatable', 'the key of this test comes from the environment');
}

function unused(): never {
  throw new Error('server tests run no turns');
}

const rehearsing: Provider = {
  id: 'scripted',
  label: 'Scripted',
  auth: [],
  models: async () => [{ id: 'scripted-1', label: 'Scripted 1', contextTokens: 8_000 }],
  stream: unused,
};
const locked: Provider = { ...rehearsing, id: 'locked', label: 'Locked', auth: ['locked-key'] };
const wordless: Provider = { ...rehearsing, id: 'wordless', label: 'Wordless', models: async () => [] };
const keyed: AuthMethod = {
  id: 'locked-key',
  provider: 'locked',
  kind: 'api_key',
  label: 'API key',
  env: ['LOCKED_TEST_KEY'],
  fields: [{ name: 'api_key', label: 'Key', secret: true }],
  complete: ({ api_key }) => {
    if (!api_key) throw new MaestroError('credential.invalid', 'give the field api_key');
    return { api_key: new Secret(api_key) };
  },
};

const summary: PluginSummary = {
  name: 'test',
  version: '1.0.0',
  state: 'active',
  reason: null,
  contributes: { providers: ['scripted'], tools: [], auth: [], panels: [] },
  description: null,
  license: null,
  restart: null,
};
function unknownPlugin(): never {
  throw new MaestroError('plugin.unknown', 'the plugins of this test are a list only');
}

/** One plugin that nothing changes; those that change are tested on a whole platform. */
const plugins: ServerServices['plugins'] = {
  states: () => [summary],
  list: () => [summary],
  get: unknownPlugin,
  change: unknownPlugin,
  log: unknownPlugin,
  onChange: () => () => undefined,
};

export interface Running {
  server: MaestroServer;
  services: ServerServices;
  settings: ServerSettings;
  db: Database;
  events: EventLog;
  sessions: Sessions;
  engine: SessionEngine;
  live: MemoryLive;
  log: NotedLog;
  port: number;
  url: string;
  /** Of a machine's client. */
  token: string;
  tokenId: string;
  /** The environment the credentials see. */
  env: Record<string, string | undefined>;
  /** A folder of this server's own. */
  folder: string;
  /** Moves all clocks the server looks at. */
  clock: { now: number };
  close(): Promise<void>;
}

/** A server on a free port over real parts and a database of its own. */
export async function startServer(
  options: Partial<ServerSettings> & Pick<ServerOptions, 'limits' | 'tokenCheckMs'> = {},
): Promise<Running> {
  const { limits, tokenCheckMs, ...set } = options;
  const db = await openTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'maestro-server-'));
  const log = new NotedLog();
  const clock = { now: Date.now() };
  const env: Running['env'] = {};
  const registries = { providers: new Providers(), tools: new Tools(), auth: new AuthMethods(), panels: new Panels() };
  for (const provider of [rehearsing, locked, wordless]) registries.providers.add(provider, 'test');
  registries.auth.add(keyed, 'test');
  const [events, messages, tokens] = [new EventLog(db), new Messages(db), new Tokens(db, () => new Date(clock.now))];
  const sessions = new Sessions(db, events);
  const live = new MemoryLive(log);
  const key = randomBytes(32);
  const tools = new ToolSwitches(db);
  await tools.seed([{ id: 'look', title: 'Look', description: 'Looks', parameters: {} as never, effects: 'read' }]);
  const credentials = new Credentials(db, keyRing(key), () => registries.auth.all(), env);
  const fresh = new FreshCredentials({
    credentials,
    refreshes: new TokenRefreshes(db, keyRing(key)),
    methods: registries.auth,
    send: unused,
    log,
  });
  const verified = new VerifiedCredentials({
    ...{ credentials, fresh, send: unused, log },
    ...{ providers: registries.providers, methods: registries.auth },
  });
  const wire = { render: unused, send: unused };
  const signIns = new SignIns({ credentials, fresh, verified, http: wire, log });
  const engine = new SessionEngine({
    database: db,
    ...{ events, sessions, live, log, ...registries },
    credentials: fresh,
    // Another process owns every conversation: what people ask for is committed, and no turn runs here.
    instances: { id: randomUUID(), own: async () => null },
    switches: tools,
    wire,
  });
  const templates = new Templates(db);
  const services: ServerServices = {
    log,
    live,
    database: db,
    sessions,
    budgets: new Budgets(db, noBudgets),
    approvals: new Approvals(db),
    approvalRules: new ApprovalRules(db),
    messages,
    search: new Search(db),
    events,
    engine,
    tokens,
    tools,
    registries,
    calls: new Calls(db),
    compactions: new Compactions(db),
    queue: new Queue(db),
    composer: new Composer(db),
    blobs: new Blobs(db),
    templates,
    agentImport: new AgentImport(templates, registries.tools),
    turns: new Turns(db),
    statistics: new Statistics(db),
    usage: new UsageSums(db),
    usageReports: new UsageReports(db),
    toolUse: new ToolUse(db),
    toolServers: new ToolServers(new McpServers(db, keyRing(key))),
    http: { pools: () => [] },
    catalogue: new ModelCatalogue({
      lists: new ModelLists(db),
      providers: registries.providers,
      credentials,
      prices: { of: () => null },
      settings: {},
      log,
    }),
    ...{ credentials, fresh, verified, signIns },
    keys: {
      status: async () => ({ current: 'test', source: 'environment', keys: [], unreadable: [] }),
      // As with a key of the environment.
      rotate: unrotatable,
      dropOld: unrotatable,
    },
    jobs: { state: 'ok' },
    plugins,
    panels: new PanelRuns({ panels: registries.panels, log, times: { firstMs: 500, endMs: 100, actionMs: 500 } }),
  };
  const settings: ServerSettings = {
    host: '127.0.0.1',
    port: 0,
    defaults: { provider: 'scripted', model: 'scripted-1' },
    version: '1.2.3',
    pages: null,
    ...set,
  };
  const server = createServer({
    services,
    settings,
    now: () => clock.now,
    ...(limits && { limits }),
    ...(tokenCheckMs && { tokenCheckMs }),
  });
  const close = async () => {
    await server.close(200);
    await db.drop();
    await rm(folder, { recursive: true, force: true });
  };
  const { port, url } = await server.listen().catch(async (refusal: unknown) => {
    await close();
    throw refusal;
  });
  const { id: tokenId, token } = await tokens.create('this machine', 'machine');
  return {
    server,
    services,
    settings,
    db,
    events,
    sessions,
    engine,
    live,
    log,
    port,
    url,
    token,
    tokenId,
    env,
    folder,
    clock,
    close,
  };
}

/** One server for the tests of a describe block. */
export function useServer(options: Parameters<typeof startServer>[0] = {}): Running {
  const running = {} as Running;
  before(async () => {
    Object.assign(running, await startServer(options));
  });
  after(() => running.close());
  return running;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Opens a connection and gives what the server answers to these very bytes, until it closes or an answer is whole. */
export function raw(port: number, request: string | Buffer, host = '127.0.0.1'): Promise<RawAnswer> {
  const socket = connect({ port, host });
  socket.write(request);
  return answerOn(socket).finally(() => socket.destroy());
}

/** The next whole answer on a connection. */
export function answerOn(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = '';
    const done = () => {
      const answer = parseAnswer(received);
      if (!answer) return false;
      socket.off('data', take).off('close', closed).off('error', closed);
      resolve(answer);
      return true;
    };
    const take = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      done();
    };
    const closed = () => {
      if (!done()) reject(new Error(`the connection closed after: ${JSON.stringify(received.slice(0, 200))}`));
    };
    socket.on('data', take).once('close', closed).once('error', closed);
  });
}

function parseAnswer(received: string): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = received.slice(0, end).split('\r\n');
  const status = Number(first!.split(' ')[1]);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = received.slice(end + 4);
  const isWhole = status === 101 || status === 204 || body.length >= Number(headers['content-length'] ?? 0);
  return isWhole ? { status, headers, body } : undefined;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what comes back is looked into field by field
  body: any;
}

/** A JSON request with the machine's token. */
export async function api(
  running: Running,
  method: string,
  path: string,
  body?: unknown,
  token = running.token,
): Promise<Answer> {
  const response = await fetch(`${running.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type') ?? '';
  const content =
    type.includes('json') && method !== 'HEAD' ? await response.json() : Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, body: content };
}

/** A session in the server's own folder. */
export async function newSession(running: Running, set: object = {}): Promise<Session> {
  const { status, body } = await api(running, 'POST', '/sessions', { working_directory: running.folder, ...set });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

/** A socket of a terminal client that keeps every frame. */
export class Client {
  readonly frames: ServerFrame[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #waiting = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)));
      for (const look of this.#waiting) look();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      for (const look of this.#waiting) look();
    });
  }

  static async open(running: Running, token = running.token): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${running.port}/socket/tui`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const client = new Client(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  say(content: unknown): this {
    this.socket.send(typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    return this;
  }

  /** Resolves with what `find` gives once it gives something. */
  until<T>(find: (client: Client) => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find(this);
        if (found === undefined || found === false) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The first frame of an op, now or later. */
  frame<Op extends ServerFrame['op']>(op: Op): Promise<Extract<ServerFrame, { op: Op }>> {
    return this.until(
      ({ frames }) => frames.find((found) => found.op === op) as Extract<ServerFrame, { op: Op }> | undefined,
    );
  }

  get events(): SessionEvent[] {
    return this.frames.flatMap((found) => (found.op === 'events' ? found.events : []));
  }

  get deltas() {
    return this.frames.flatMap((found) => (found.op === 'delta' ? [found] : []));
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.until(({ closed }) => closed);
  }
}

function keyRing(key: Buffer): KeyRing {
  return { current: 'test', kek: () => key };
}
