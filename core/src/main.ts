import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { container, type InjectionToken } from 'tsyringe';
import { ModelCatalogue } from './catalogue/model-catalogue.js';
import { ModelLists } from './catalogue/model-lists.js';
import { Closing } from './closing.js';
import type { Flags } from './config/environment.js';
import { writeFirstConfig } from './config/first-start.js';
import { type Home, HomeFolder, prepareHome } from './config/home.js';
import { loadConfig } from './config/load.js';
import type { PriceSetting } from './config/price-schema.js';
import { removeServerInfo, writeServerInfo } from './config/run-files.js';
import type { Config } from './config/schema.js';
import { guardProcess } from './crash-guard.js';
import { MaestroError } from './errors.js';
import { PluginHost } from './extension/host.js';
import { findPlugins, startPlugins } from './extension/load.js';
import type { Plugin } from './extension/plugin.js';
import { AuthMethods, Panels, Providers, Tools } from './extension/registry.js';
import { Jobs } from './jobs/jobs.js';
import { openLive } from './live/open.js';
import { createLog, type Logger } from './log.js';
import { LogFile, TerminalLog } from './log-sinks.js';
import { type Address, beginDatabase, openStore, type StoreStart } from './open-store.js';
import { PanelRuns } from './panels/panel-runs.js';
import { InstalledPlugins } from './plugins/installed-plugins.js';
import { RecentLines } from './plugins/recent-lines.js';
import { ownerName } from './processes/owner.js';
import { Processes } from './processes/processes.js';
import { Secret } from './secret.js';
import { estimateRequest } from './session/estimate.js';
import { estimateTokens } from './session/tokens.js';
import type { Clock } from './session/wait.js';
import { FreshCredentials } from './signin/fresh-credentials.js';
import { sendOnce } from './signin/send-once.js';
import { SignIns } from './signin/sign-ins.js';
import { VerifiedCredentials } from './signin/verified-credentials.js';
import { ownIdentity } from './store/process-identity.js';
import { Templates } from './store/templates.js';
import { ToolSeeding } from './store/tool-seeding.js';
import { ToolServers } from './store/tool-servers.js';
import { ToolSwitches } from './store/tools.js';
import { SystemFigures } from './system/system-figures.js';
import { AgentImport } from './templates/agent-import.js';
import { AgentsFolder } from './templates/agents-folder.js';
import { Prices } from './usage/prices.js';

// The composition root: the one file that knows every part. What is heavy to load is imported while the database
// wakes up, so that a second start costs little more than the database itself.

export interface StartOptions {
  /** Defaults to that of the process. */
  env?: NodeJS.ProcessEnv;
  flags?: Flags;
  /** Gets short lines of what happens; without it only the log file does. */
  terminal?: { write(text: string): unknown };
  /** Plugins given as values, beside those the configuration names. */
  plugins?: readonly { plugin: Plugin; settings?: object }[];
  /** Ends the process after an error that nobody caught. */
  ownsProcess?: boolean;
  /** How long running turns may take to let go when the platform closes. */
  closeGraceMs?: number;
  /** What the waits between attempts go by; tests bring one that lets them pass. */
  clock?: Clock;
  /** Told when another server has taken the database: this one is closing by itself. */
  onFatal?(error: MaestroError): void;
}

/** A running platform. */
export interface Maestro extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly config: Config;
  readonly home: Home;
  readonly log: Logger;
  readonly services: MaestroServices;
  /** Takes no more work, lets running work go in order, and closes everything, last opened first. */
  close(): Promise<void>;
}

export type MaestroServices = Awaited<ReturnType<typeof openServices>>;

export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

/**
 * Starts the platform: configuration, log, database, keys, plugins, recovery of what was running, server. It serves
 * when this resolves; when it rejects, everything that was opened is closed again.
 *
 * @throws MaestroError `config.*`, `file.mode`, `key.*`, `database.*`, `server.*`; the message says what to do
 */
export async function startMaestro(options: StartOptions = {}): Promise<Maestro> {
  const { env = process.env, flags = {} } = options;
  refuseUncheckedTls(env);
  const masterKey = takeMasterKey(env);
  const loaded = loadConfig({ env, flags });
  prepareHome(loaded.home);
  const isFirst = writeFirstConfig(loaded.home);
  const file = new LogFile(loaded.home.log);
  const lines = new RecentLines();
  const sinks = [file, lines, ...(options.terminal ? [new TerminalLog(options.terminal)] : [])];
  const log = createLog({ level: loaded.config.log.level, sinks });
  const closing = new Closing(log, () => file.close());
  if (options.ownsProcess)
    closing.add(
      'guard',
      guardProcess(log, () => closing.close()),
    );
  if (isFirst) log.info(`wrote ${loaded.home.config}; it explains every setting`);
  for (const warning of loaded.warnings) log.warn(warning);
  if (masterKey) log.warn(masterKeyInEnvironment);
  try {
    return await open({ options, env, masterKey, loaded, log, lines, closing });
  } catch (cause) {
    // To the file alone: whoever called shows the error.
    createLog({ sinks: [file] }).error('the start failed', { cause });
    await closing.close();
    throw cause;
  }
}

interface Start extends StoreStart {
  options: StartOptions;
  lines: RecentLines;
}

async function open(start: Start): Promise<Maestro> {
  const { options, loaded, log, closing } = start;
  const { config, home } = loaded;
  const address = await beginDatabase(start);
  const later = loadLater(config);
  const services = await openServices(start, later, address);
  const { host, registries, tools, engine } = services;
  const found = await later.found;
  services.plugins.started(found, options.plugins ?? []);
  await startPlugins(host, found, { where: (name) => loaded.where(['plugins', name]) });
  for (const { plugin, settings } of options.plugins ?? []) await loadGiven(host, plugin, settings);
  const agents = new AgentsFolder(home.agents, services.templates, log.child('agents'));
  closing.add('agents', () => agents.close());
  await agents.start();
  const seeding = new ToolSeeding(registries.tools, tools, log);
  closing.add('tools', () => seeding.close());
  await seeding.seed();
  tellWhatIsMissing(services, config, log);

  await engine.recover();
  closing.add('engine', () => engine.close(options.closeGraceMs ?? 10_000));
  const { createServer } = await later.server;
  const settings = { ...config.server, defaults: config.defaults, version, pages: pagesFolder() };
  const server = createServer({ services, settings });
  closing.add('server', () => server.close());
  const { url, port } = await server.listen();
  engine.start();
  // Looked for once the server serves: a start pays nothing for it.
  services.jobs.start();
  closing.add('jobs', () => services.jobs.close());

  const info = { url, pid: process.pid, version, startedAt: new Date().toISOString() };
  writeServerInfo(home, info);
  closing.add('server.json', () => removeServerInfo(home, info));
  log.info('ready', { url });
  const close = () => closing.close();
  return { url, port, config, home, log, services, close, [Symbol.asyncDispose]: close };
}

type Later = ReturnType<typeof loadLater>;

/** Begins to load code and packages; the database wakes meanwhile. */
function loadLater(config: Config) {
  const later = {
    server: import('./server/index.js'),
    engine: import('./session/engine.js'),
    http: import('./wire/http.js'),
    found: findPlugins(config.plugins),
  };
  // Whichever fails is told where it is awaited; until then it must not count as unhandled.
  for (const part of Object.values(later)) part.catch(() => undefined);
  return later;
}

async function openServices(start: Start, later: Later, address: Address) {
  const { options, env, loaded, log, lines, closing } = start;
  const { config } = loaded;
  const store = await openStore(start, address);
  const registries = { providers: new Providers(), tools: new Tools(), auth: new AuthMethods(), panels: new Panels() };
  const saved = store.credentials(() => registries.auth.all(), env);
  const processes = await openProcesses(start, registries.auth);
  store.sessions.onChange((change) => {
    if (change.type === 'deleted') void processes.endOf(change.session_id);
  });
  const [{ SessionEngine }, { Http }] = await Promise.all([later.engine, later.http]);
  const prices = new Prices(pricesOf(config.models));
  const live = await openLive(config.redis.url, log.child('live'));
  closing.add('live', () => live.close());
  const http = new Http();
  closing.add('http', () => http.close());
  const credentials = new FreshCredentials({
    credentials: saved,
    refreshes: store.refreshes,
    methods: registries.auth,
    send: sendOnce(http, never),
    log: log.child('signin'),
  });
  const verified = new VerifiedCredentials({
    credentials: saved,
    fresh: credentials,
    providers: registries.providers,
    methods: registries.auth,
    send: sendOnce(http, never),
    log: log.child('signin'),
  });
  const signIns = new SignIns({ credentials: saved, fresh: credentials, verified, http, log: log.child('signin') });
  closing.add('sign-ins', () => signIns.close());
  const jobs = new Jobs({ url: store.database.url, log: log.child('jobs') });
  jobs.add({ name: 'signin.refresh', everyMs: 30_000, run: (signal) => credentials.refreshDue(signal) });
  const catalogue = new ModelCatalogue({
    lists: new ModelLists(store.database),
    providers: registries.providers,
    credentials,
    prices,
    settings: config.models,
    log: log.child('models'),
  });
  const { outputKiB, toolCallsPerTurn, sameCallsPerTurn, subAgentDepth } = config.limits;
  const { perOrigin: callsPerOrigin, onLimit, fallbacks } = config.calls;
  const { model: summariser } = config.compaction;
  const engine = new SessionEngine(
    {
      ...store,
      credentials,
      providers: registries.providers,
      tools: registries.tools,
      switches: store.tools,
      wire: http,
      live,
      prices,
      estimate: { request: estimateRequest, response: estimateTokens },
      sizes: (provider, model) => catalogue.sizes(provider, model),
      log: log.child('engine'),
    },
    {
      limits: { toolCallsPerTurn, sameCallsPerTurn, subAgentDepth, outputBytes: outputKiB * 1024 },
      callsPerOrigin,
      onLimit,
      approval: config.defaults.approval ?? 'allow',
      budgets: config.budgets,
      fallbacks: fallbacks.map(modelChoice),
      prompt: { ...config.instructions, home: loaded.home.root },
      compaction: { ...config.compaction, model: summariser === null ? null : modelChoice(summariser) },
      ...(options.clock && { clock: options.clock }),
    },
  );
  jobs.add({ name: 'models.refresh', everyMs: MODELS_EVERY_MS, waitsFirst: true, run: () => catalogue.refreshAll() });
  const { removeUnusedBlobs } = store;
  jobs.add({
    name: 'blobs.sweep',
    everyMs: SWEEP_EVERY_MS,
    waitsFirst: true,
    run: async (signal) => void (await removeUnusedBlobs(signal)),
  });
  const figures = new SystemFigures({ home: loaded.home.root, database: store.database, http });
  closing.add('figures', () => figures.close());
  const agentImport = new AgentImport(store.templates, registries.tools);
  const root = container.createChildContainer();
  const known: Instance[] = [
    [Providers, registries.providers],
    [Tools, registries.tools],
    [AuthMethods, registries.auth],
    [Panels, registries.panels],
    [ToolServers, store.toolServers],
    [SessionEngine, engine],
    [Http, http],
    [Processes, processes],
    [SystemFigures, figures],
    [HomeFolder, new HomeFolder(loaded.home.root)],
    [Templates, store.templates],
    [AgentImport, agentImport],
    [ToolSwitches, store.tools],
    [store.EventLog, store.events],
    [store.Credentials, saved],
  ];
  for (const [token, service] of known) root.registerInstance(token, service);
  const host = new PluginHost(root, log.child('plugins'));
  closing.add('plugins', () => host.close());
  const plugins = new InstalledPlugins({ host, loaded, sources: { env, flags: options.flags ?? {} }, lines });
  const panels = new PanelRuns({ panels: registries.panels, log });
  closing.add('panels', () => panels.close());
  return {
    ...store,
    log: log.child('server'),
    agentImport,
    catalogue,
    credentials: saved,
    fresh: credentials,
    verified,
    signIns,
    jobs,
    registries,
    live,
    http,
    engine,
    host,
    plugins,
    panels,
    container: root,
  };
}

/** The pools end every exchange when they close. */
const never = new AbortController().signal;

/** What ends its children before the database closes, after every plugin. */
async function openProcesses({ loaded, log, closing }: Start, methods: AuthMethods): Promise<Processes> {
  const owner = ownerName({ home: loaded.home.root, ...(await ownIdentity()) });
  const secretNames = () => methods.all().flatMap((method) => method.env ?? []);
  const processes = new Processes({ owner, secretNames, log: log.child('processes') });
  closing.add('processes', () => processes.close());
  await processes.sweepOrphans();
  return processes;
}

/** `provider/model`, where the model may hold further slashes. */
function modelChoice(written: string): { provider: string; model: string } {
  const slash = written.indexOf('/');
  return { provider: written.slice(0, slash), model: written.slice(slash + 1) };
}

/** Core services are instances in the root: built in a plugin's container they would go with the plugin. */
type Instance = [token: InjectionToken<unknown>, service: unknown];

/** Lists of models change by the week; whoever waits for one asks for it. */
const MODELS_EVERY_MS = 12 * 3_600_000;
const SWEEP_EVERY_MS = 6 * 3_600_000;

/** What the configuration says of prices alone. */
function pricesOf(models: Config['models']): Record<string, PriceSetting> {
  return Object.fromEntries(Object.entries(models).flatMap(([model, { price }]) => (price ? [[model, price]] : [])));
}

/** A plugin that does not start is listed with its reason, like those the configuration names. */
async function loadGiven(plugins: PluginHost, plugin: Plugin, settings: object | undefined): Promise<void> {
  try {
    await plugins.load(plugin, settings);
  } catch (error) {
    if (!(error instanceof MaestroError)) throw error;
  }
}

/** The platform starts with any plugin off; it says what cannot work then. */
function tellWhatIsMissing({ registries }: MaestroServices, { defaults }: Config, log: Logger): void {
  const { providers, tools } = registries;
  const turnOn = 'turn a plugin that brings one on under "plugins" in maestro.yaml';
  if (providers.all().length === 0) log.warn(`no provider is loaded, so no agent can answer; ${turnOn}`);
  else if (!providers.has(defaults.provider)) {
    log.warn(`the default provider "${defaults.provider}" is not loaded; new sessions must name another`);
  }
  if (tools.all().length === 0) log.warn(`no tool is loaded, so agents can only talk; ${turnOn}`);
}

const masterKeyInEnvironment =
  'MAESTRO_MASTER_KEY holds the master key in the environment, where every program of this user can read it; a file of ' +
  'mode 600 named by MAESTRO_MASTER_KEY_FILE is safer, and its key can be rotated';

/** Read once and taken out of the environment, so that no program we start inherits it. */
function takeMasterKey(env: NodeJS.ProcessEnv): Secret | undefined {
  const value = env.MAESTRO_MASTER_KEY;
  delete process.env.MAESTRO_MASTER_KEY;
  return value ? new Secret(value) : undefined;
}

/** Keys must not travel over connections nobody checked. */
function refuseUncheckedTls(env: NodeJS.ProcessEnv): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' && process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return;
  const message =
    'NODE_TLS_REJECT_UNAUTHORIZED=0 would send keys over connections nobody checked; unset it, and name a private ' +
    'authority with NODE_EXTRA_CA_CERTS=FILE instead';
  throw new MaestroError('server.tls', message);
}

/** The built pages beside this package, if they are there. */
function pagesFolder(): string | null {
  const folder = fileURLToPath(new URL('../../../ui/dist', import.meta.url));
  return existsSync(`${folder}/index.html`) ? folder : null;
}
