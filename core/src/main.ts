import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { container, type InjectionToken } from 'tsyringe';
import { Closing } from './closing.js';
import type { Flags } from './config/environment.js';
import { writeFirstConfig } from './config/first-start.js';
import { type Home, prepareHome } from './config/home.js';
import { type LoadedConfig, loadConfig } from './config/load.js';
import { keepMachineToken, removeServerInfo, writeServerInfo } from './config/run-files.js';
import type { Config } from './config/schema.js';
import { guardProcess } from './crash-guard.js';
import { MaestroError } from './errors.js';
import { PluginHost } from './extension/host.js';
import { findPlugins, startPlugins } from './extension/load.js';
import type { Plugin } from './extension/plugin.js';
import { AuthMethods, Panels, Providers, Tools } from './extension/registry.js';
import { openLive } from './live/open.js';
import { createLog, type Logger } from './log.js';
import { LogFile, TerminalLog } from './log-sinks.js';
import type { Database } from './store/database.js';

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
  const loaded = loadConfig({ env, flags });
  prepareHome(loaded.home);
  const isFirst = writeFirstConfig(loaded.home);
  const file = new LogFile(loaded.home.log);
  const sinks = options.terminal ? [file, new TerminalLog(options.terminal)] : [file];
  const log = createLog({ level: loaded.config.log.level, sinks });
  const closing = new Closing(log, () => file.close());
  if (options.ownsProcess)
    closing.add(
      'guard',
      guardProcess(log, () => closing.close()),
    );
  if (isFirst) log.info(`wrote ${loaded.home.config}; it explains every setting`);
  for (const warning of loaded.warnings) log.warn(warning);
  try {
    return await open({ options, env, loaded, log, closing });
  } catch (cause) {
    // To the file alone: whoever called shows the error.
    createLog({ sinks: [file] }).error('the start failed', { cause });
    await closing.close();
    throw cause;
  }
}

interface Start {
  options: StartOptions;
  env: NodeJS.ProcessEnv;
  loaded: LoadedConfig;
  log: Logger;
  closing: Closing;
}

async function open(start: Start): Promise<Maestro> {
  const { options, loaded, log, closing } = start;
  const { config, home } = loaded;
  const address = await beginDatabase(start);
  const later = loadLater(config);
  const services = await openServices(start, later, address);
  const { plugins, registries, tools, engine } = services;
  await startPlugins(plugins, await later.found, { where: (name) => loaded.where(['plugins', name]) });
  for (const { plugin, settings } of options.plugins ?? []) await loadGiven(plugins, plugin, settings);
  await tools.seed(registries.tools.all());
  tellWhatIsMissing(services, config, log);

  await engine.recover();
  closing.add('engine', () => engine.close(options.closeGraceMs ?? 10_000));
  const { createServer } = await later.server;
  const settings = { ...config.server, defaults: config.defaults, version, pages: pagesFolder() };
  const server = createServer({ services, settings });
  closing.add('server', () => server.close());
  const { url, port } = await server.listen();
  engine.start();

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
  const { env, loaded, log, closing } = start;
  const { config } = loaded;
  const store = await openStore(start, address);
  const registries = { providers: new Providers(), tools: new Tools(), auth: new AuthMethods(), panels: new Panels() };
  const credentials = store.credentials(() => registries.auth.all(), env);
  const [{ SessionEngine }, { Http }] = await Promise.all([later.engine, later.http]);
  const live = await openLive(config.redis.url, log.child('live'));
  closing.add('live', () => live.close());
  const http = new Http();
  closing.add('http', () => http.close());
  const { outputKiB, toolCallsPerTurn } = config.limits;
  const engine = new SessionEngine(
    {
      ...store,
      credentials,
      providers: registries.providers,
      tools: registries.tools,
      switches: store.tools,
      wire: http,
      live,
      log: log.child('engine'),
    },
    { limits: { toolCallsPerTurn, outputBytes: outputKiB * 1024 } },
  );
  const root = container.createChildContainer();
  const known: Instance[] = [
    [Providers, registries.providers],
    [Tools, registries.tools],
    [AuthMethods, registries.auth],
    [Panels, registries.panels],
    [SessionEngine, engine],
    [Http, http],
    [store.EventLog, store.events],
    [store.Credentials, credentials],
  ];
  for (const [token, service] of known) root.registerInstance(token, service);
  const plugins = new PluginHost(root, log.child('plugins'));
  closing.add('plugins', () => plugins.close());
  return { ...store, log: log.child('server'), credentials, registries, live, http, engine, plugins, container: root };
}

/** Core services are instances in the root: built in a plugin's container they would go with the plugin. */
type Instance = [token: InjectionToken<unknown>, service: unknown];

interface Address {
  url: Promise<string>;
}

/**
 * Where the database is. An embedded one is on its way up when this resolves: what loads from then on blocks this
 * process while it wakes, and costs no time of its own.
 */
async function beginDatabase({ loaded, log, closing }: Start): Promise<Address> {
  const { config, home } = loaded;
  if (config.database.url !== 'embedded') return { url: Promise.resolve(config.database.url) };
  const { startEmbedded } = await import('./store/embedded.js');
  const launched = Promise.withResolvers<void>();
  const embedded = startEmbedded({ dataDir: home.data, log: log.child('store'), onLaunch: launched.resolve });
  const url = embedded.then((running) => running.url);
  // Whoever waits for the address is told why there is none; closing has nothing to stop then.
  closing.add('embedded database', () =>
    embedded.then(
      (running) => running.stop(),
      () => undefined,
    ),
  );
  await Promise.race([launched.promise, url]);
  url.catch(() => undefined);
  return { url };
}

/** The database and everything that stands on it alone. */
async function openStore({ options, env, loaded, log: all, closing }: Start, address: Address) {
  const { config, home } = loaded;
  const log = all.child('store');
  const store = await import('./store/index.js');
  const url = await address.url;
  if (config.database.url !== 'embedded') log.info('uses the database', { at: store.describeUrl(url) });
  const database: Database = await store.openDatabase({ url, log });
  closing.add('database', () => database.close());
  const shared = config.redis.url !== 'none';
  const onLost = (error: MaestroError) => {
    all.error('this server has lost its database to another one and closes', { cause: error });
    options.onFatal?.(error);
    void closing.close();
  };
  const lock = await store.takeInstanceLock(database, { shared, onLost });
  closing.add('instance lock', () => lock.release());
  await store.migrate(database);

  const events = new store.EventLog(database, log);
  closing.add('events', () => events.close());
  const tokens = new store.Tokens(database);
  const instances = new store.Instances(database, log);
  const [key] = await Promise.all([
    store.openMasterKey({ db: database, keysDir: home.keys, file: env.MAESTRO_MASTER_KEY_FILE }),
    keepMachineToken(home, tokens),
    instances.register({ host: hostname(), pid: process.pid, alone: !shared }),
    // Commits of other processes are heard only where there may be some.
    shared && events.listen(),
  ]);
  closing.add('instance', () => instances.close());
  return {
    EventLog: store.EventLog,
    Credentials: store.Credentials,
    database,
    events,
    tokens,
    instances,
    sessions: new store.Sessions(database, events),
    messages: new store.Messages(database),
    calls: new store.Calls(database),
    queue: new store.Queue(database),
    composer: new store.Composer(database),
    blobs: new store.Blobs(database),
    tools: new store.ToolSwitches(database),
    credentials: (methods: () => ReturnType<AuthMethods['all']>, from: NodeJS.ProcessEnv) =>
      new store.Credentials(database, key, methods, from),
  };
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
