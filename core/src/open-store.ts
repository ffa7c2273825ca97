import { hostname } from 'node:os';
import type { Closing } from './closing.js';
import type { LoadedConfig } from './config/load.js';
import { keepMachineToken } from './config/run-files.js';
import type { MaestroError } from './errors.js';
import type { AuthMethods } from './extension/registry.js';
import type { Logger } from './log.js';
import type { Secret } from './secret.js';
import type { Database } from './store/database.js';
import { ToolServers } from './store/tool-servers.js';

/** What a start begins with. */
export interface StoreStart {
  options: { onFatal?(error: MaestroError): void };
  env: NodeJS.ProcessEnv;
  /** Given by the environment. */
  masterKey: Secret | undefined;
  loaded: LoadedConfig;
  log: Logger;
  closing: Closing;
}

export interface Address {
  url: Promise<string>;
}

/**
 * Where the database is. An embedded one is on its way up when this resolves: what loads from then on blocks this
 * process while it wakes, and costs no time of its own.
 */
export async function beginDatabase({ loaded, log, closing }: StoreStart): Promise<Address> {
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
export async function openStore({ options, env, masterKey, loaded, log: all, closing }: StoreStart, address: Address) {
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
    store.openMasterKey({
      db: database,
      keysDir: home.keys,
      file: env.MAESTRO_MASTER_KEY_FILE || undefined,
      given: masterKey?.use((value) => value),
    }),
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
    approvals: new store.Approvals(database),
    approvalRules: new store.ApprovalRules(database),
    budgets: new store.Budgets(database, config.budgets),
    messages: new store.Messages(database),
    search: new store.Search(database),
    calls: new store.Calls(database),
    compactions: new store.Compactions(database),
    queue: new store.Queue(database),
    composer: new store.Composer(database),
    blobs: new store.Blobs(database),
    removeUnusedBlobs: (signal: AbortSignal) => store.removeUnusedBlobs(database, signal),
    templates: new store.Templates(database),
    turns: new store.Turns(database),
    statistics: new store.Statistics(database),
    usage: new store.UsageSums(database),
    usageReports: new store.UsageReports(database),
    tools: new store.ToolSwitches(database),
    toolUse: new store.ToolUse(database),
    toolServers: new ToolServers(new store.McpServers(database, key)),
    refreshes: new store.TokenRefreshes(database, key),
    keys: new store.KeyRotation(database, key),
    credentials: (methods: () => ReturnType<AuthMethods['all']>, from: NodeJS.ProcessEnv) =>
      new store.Credentials(database, key, methods, from),
  };
}
