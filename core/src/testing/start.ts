import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeOf, prepareHome } from '../config/home.js';
import { defaultConfigFile, loadConfig, merge } from '../config/load.js';
import { readToken } from '../config/run-files.js';
import { type Maestro, type StartOptions, startMaestro } from '../main.js';
import { testDatabase } from './database.js';

export interface TestStart extends Omit<StartOptions, 'flags'> {
  /** As in maestro.yaml. Without `plugins` in it those that ship are off. */
  config?: Readonly<Record<string, unknown>>;
  /** Use this home and keep it, instead of one that goes away. */
  home?: string;
  /** Use this database and keep it, instead of one that goes away. */
  databaseUrl?: string;
}

export interface TestMaestro extends Maestro {
  /** Token of this machine's clients. */
  token: string;
  databaseUrl: string;
  /** GET, or POST with a body, as this machine; gives the parsed answer and throws unless it is 2xx. */
  request<T = unknown>(path: string, body?: unknown, method?: string): Promise<T>;
}

/**
 * A whole platform on a free port with a home and a database of its own:
 * `await using maestro = await startTestMaestro({ plugins: [{ plugin }] })`.
 */
export async function startTestMaestro(options: TestStart = {}): Promise<TestMaestro> {
  const { config = {}, home, databaseUrl, env = {}, ...rest } = options;
  const database = databaseUrl ? { url: databaseUrl, drop: async () => undefined } : await testDatabase();
  const folder = home ?? mkdtempSync(join(tmpdir(), 'maestro-test-'));
  const cleanUp = async () => {
    await database.drop();
    if (!home) rmSync(folder, { recursive: true, force: true });
  };
  try {
    // JSON is YAML.
    prepareHome(homeOf({}, folder));
    writeFileSync(join(folder, 'maestro.yaml'), JSON.stringify(merge({ plugins: shippedOff() }, config)), {
      mode: 0o600,
    });
    const own = { MAESTRO_HOME: folder, MAESTRO_DATABASE_URL: database.url };
    const maestro = await startMaestro({ ...rest, env: { ...own, ...env }, flags: { port: 0 } });
    return withTools(maestro, database.url, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function withTools(maestro: Maestro, databaseUrl: string, cleanUp: () => Promise<void>): TestMaestro {
  const token = readToken(maestro.home) ?? '';
  const request = async <T>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<T> => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${maestro.url}/api/v1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return (answer ? JSON.parse(answer) : undefined) as T;
  };
  const close = async () => {
    await maestro.close();
    await cleanUp();
  };
  return { ...maestro, token, databaseUrl, request, close, [Symbol.asyncDispose]: close };
}

/** Tests of the core do without the plugins that ship, unless they name them. */
function shippedOff(): Record<string, false> {
  const { config } = loadConfig({ env: { MAESTRO_HOME: join(defaultConfigFile, 'none') } });
  return Object.fromEntries(Object.keys(config.plugins).map((name) => [name, false]));
}
