import { existsSync, readFileSync } from 'node:fs';
import type { Health } from '../client/index.js';
import { fault, type Home } from '../config/home.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import type { Call } from './command.js';
import { runningServer } from './connection.js';
import { describeError } from './exit.js';

/** One thing that was looked at. `unknown`: it could not be, and `detail` says why. */
export interface Finding {
  what: string;
  state: 'good' | 'bad' | 'unknown';
  detail: string;
}

type Where = Pick<Call, 'env'> & { flags: { home?: string; config?: string } };

/** Looks at everything, and goes on after what is wrong as far as that makes sense. */
export async function examine(call: Where): Promise<Finding[]> {
  const findings = [versions()];
  const loaded = await attempt(findings, 'configuration', async () => loadConfig(sourcesOf(call)));
  if (!loaded) return findings;
  findings.push(good('configuration', ['good', ...loaded.warnings].join('\n')), files(loaded.home));
  const running = await attempt(findings, 'server', () => runningServer(call));
  if (running) {
    findings.push(good('server', `runs at ${running.url}`), token(loaded.home));
    const health = await attempt(findings, 'health', () => running.rest.health());
    if (health) findings.push(...ofHealth(health));
    findings.push(...(await history(loaded)));
  } else {
    await examineStopped(call, findings);
  }
  return findings;
}

/** No server runs: one of our own tells whether one could. */
async function examineStopped(call: Where, findings: Finding[]): Promise<void> {
  const { startMaestro } = await import('../main.js');
  const { env, flags } = sourcesOf(call);
  const maestro = await attempt(findings, 'start', () => startMaestro({ env, flags: { ...flags, port: 0 } }));
  if (!maestro) return;
  try {
    const { services } = maestro;
    await services.database.ping();
    findings.push(
      good('server', 'does not run, and can be started'),
      good('keys', 'the master key opens what is sealed'),
    );
    findings.push(good('database', 'answers'), ...ofPlugins(services.plugins.list()));
    findings.push(await invariants(services.database));
  } finally {
    await maestro.close();
  }
}

function sourcesOf({ env, flags: { home, config } }: Where) {
  return { env, flags: { ...(home !== undefined && { home }), ...(config !== undefined && { config }) } };
}

async function attempt<T>(findings: Finding[], what: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    findings.push(bad(what, describeError(error)));
    return undefined;
  }
}

function versions(): Finding {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return good('versions', `The Maestro ${version}, Node ${process.versions.node}, ${process.platform}-${process.arch}`);
}

function files(home: Home): Finding {
  const folders = [home.root, home.data, home.keys, home.logs, home.run].map((path) => fault(path, 0o700));
  const secrets = [home.masterKey, home.token, home.log].map((path) => fault(path, 0o600));
  const faults = [...folders, ...secrets].filter((text) => text !== undefined);
  if (faults.length > 0) return bad('private files', faults.join('\n'));
  return good('private files', existsSync(home.root) ? `${home.root} is yours alone` : `${home.root} will be made`);
}

function token(home: Home): Finding {
  if (existsSync(home.token)) return good('token', home.token);
  return bad('token', `${home.token} is missing; restart the server, which makes a new one`);
}

function ofHealth({ version, database, redis, plugins }: Health): Finding[] {
  return [
    good('server version', version),
    database === 'ok' ? good('database', 'answers') : bad('database', 'does not answer; is it running?'),
    redis === 'down' ? bad('redis', 'does not answer; work goes on, slower') : good('redis', redis),
    ...ofPlugins(plugins),
  ];
}

function ofPlugins(plugins: Health['plugins']): Finding[] {
  const each = plugins.map(({ name, state, reason, version }) => {
    if (state === 'failed') return bad(name, reason ?? 'failed');
    return good(name, state === 'active' ? (version ?? 'active') : (reason ?? 'off'));
  });
  return [...each, ...missing(plugins)];
}

/** What no plugin brings, so that it cannot work. */
function missing(plugins: Health['plugins']): Finding[] {
  const turnOn = 'turn a plugin that brings one on under "plugins" in maestro.yaml';
  const has = (kind: 'providers' | 'tools') => plugins.some(({ contributes }) => contributes[kind].length > 0);
  return [
    ...(has('providers') ? [] : [bad('providers', `no provider is loaded, so no agent can answer; ${turnOn}`)]),
    ...(has('tools') ? [] : [unknown('tools', `no tool is loaded, so agents can only talk; ${turnOn}`)]),
  ];
}

/** Beside a running server the database is looked at over a connection of our own. */
async function history({ config, home }: LoadedConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  const url = await attempt(findings, 'stored history', () => databaseUrl(config.database.url, home));
  if (!url) return findings;
  const { openDatabase } = await import('../store/database.js');
  const log = { info: () => undefined, warn: () => undefined };
  const open = () => openDatabase({ url, log, poolSize: 1 });
  const database = await attempt(findings, 'stored history', open);
  if (!database) return findings;
  try {
    return [await invariants(database)];
  } finally {
    await database.close();
  }
}

async function databaseUrl(configured: string, home: Home): Promise<string> {
  if (configured !== 'embedded') return configured;
  const { runningEmbedded } = await import('../store/embedded.js');
  const url = await runningEmbedded({ dataDir: home.data });
  if (!url) throw new Error('the embedded database does not answer; restart the server');
  return url;
}

async function invariants(database: Parameters<typeof import('../store/invariants.js')['checkInvariants']>[0]) {
  const { checkInvariants } = await import('../store/invariants.js');
  const violations = await checkInvariants(database);
  if (violations.length === 0) return good('stored history', 'everything that must hold holds');
  const lines = violations.map(({ invariant, subject, detail }) => `${invariant} ${subject}: ${detail}`);
  return bad('stored history', ['please report this', ...lines].join('\n'));
}

const good = (what: string, detail: string): Finding => ({ what, state: 'good', detail });
const bad = (what: string, detail: string): Finding => ({ what, state: 'bad', detail });
const unknown = (what: string, detail: string): Finding => ({ what, state: 'unknown', detail });
