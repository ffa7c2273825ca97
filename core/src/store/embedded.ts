import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { MaestroError } from '../errors.js';
import {
  type ClusterFiles,
  clusterFiles,
  disownPostmaster,
  embeddedFailed,
  exists,
  logSize,
  logTail,
  type Postmaster,
  readPostmaster,
  rotateLog,
  syncFolder,
} from './cluster-files.js';
import { lockDataDir } from './data-lock.js';
import type { StoreLog } from './database.js';
import { type Footing, footing } from './embedded-root.js';
import { commandOf, isAlive } from './process-identity.js';

export interface EmbeddedDatabase {
  url: string;
  /** `created` anew, `started`, `adopted` while running, `recovered` after a crash of the cluster. */
  how: 'created' | 'started' | 'adopted' | 'recovered';
  /** Its files, as PostgreSQL names them. */
  dataDirectory: string;
  /** Stops the cluster and lets go of the data folder. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  log: StoreLog;
  /** Leaves out flushing the files of a new cluster: for one that is thrown away. */
  throwAway?: boolean;
  /** Where root puts a cluster that cannot lie in the home. */
  base?: string;
  /** PostgreSQL's programs; those that npm installed unless given. */
  native?: string;
  /** Finds a port that is free; that it stays so until it is used is nobody's promise. */
  port?: () => Promise<number>;
  /** Called once PostgreSQL is on its way and there is nothing to do but wait: a good time for work that blocks. */
  onLaunch?: () => void;
}

/**
 * The PostgreSQL that comes with the packages, run under `dataDir`. It is a process of its own and outlives a
 * server that is killed; the next one takes it over.
 *
 * @throws MaestroError `server.second` when another server uses the folder, `database.embedded_failed`
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { dataDir, log } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataDir(dataDir);
  try {
    const began = performance.now();
    const ground = await footing(options);
    const files = clusterFiles(ground.directory);
    const isNew = await create(ground, files, options.throwAway ?? false);
    const running = await adopt(files);
    const { url, how } = running.url
      ? { url: running.url, how: 'adopted' as const }
      : await launch(ground, files, running.crashed, options);
    log.info('the embedded database runs', { how: isNew ? 'created' : how, ms: Math.round(performance.now() - began) });
    const stop = async () => {
      await halt(ground, files);
      await lock.release();
    };
    return { url, how: isNew ? 'created' : how, dataDirectory: files.data, stop };
  } catch (error) {
    await lock.release();
    throw error instanceof MaestroError ? error : embeddedFailed(`cannot start: ${(error as Error).message}`, error);
  }
}

/** Address of the cluster that a server of this folder holds right now; undefined where none answers. */
export async function runningEmbedded(options: Pick<EmbeddedOptions, 'dataDir' | 'base'>): Promise<string | undefined> {
  const files = clusterFiles((await footing(options)).directory);
  const postmaster = await readPostmaster(files.data);
  if (!postmaster || !(await isOurs(postmaster, files))) return undefined;
  const url = await urlOf(files, postmaster.port);
  return (await answers(url, files)) ? url : undefined;
}

/** Makes the cluster if there is none. It gets its name only when it is whole. */
async function create(ground: Footing, files: ClusterFiles, throwAway: boolean): Promise<boolean> {
  if (await exists(files.data)) return false;
  // An initdb of a server that was killed may still be at work: it keeps a draft of its own.
  const draft = `${files.data}.${randomUUID()}.new`;
  await removeDrafts(files);
  await rm(files.password, { force: true });
  await writeFile(files.password, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  await ground.give(files.password);
  await ground.run('initdb', [
    `--pgdata=${draft}`,
    '--username=maestro',
    '--auth=scram-sha-256',
    `--pwfile=${files.password}`,
    '--encoding=UTF8',
    // Sorting and case that are the same everywhere, whatever the system's library knows.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...settings.flatMap((setting) => ['-c', setting]),
    ...(throwAway ? ['--no-sync'] : []),
  ]);
  await rename(draft, files.data);
  await syncFolder(files.directory);
  return true;
}

async function halt(ground: Footing, files: ClusterFiles): Promise<void> {
  try {
    await ground.run('pg_ctl', ['-D', files.data, '-m', 'fast', '-w', '-t', '60', 'stop']);
  } catch (cause) {
    const postmaster = await readPostmaster(files.data);
    if (postmaster && (await isOurs(postmaster, files))) throw embeddedFailed('did not stop', cause);
  }
}

async function removeDrafts(files: ClusterFiles): Promise<void> {
  for (const name of await readdir(files.directory)) {
    if (!/^cluster\..*\.new$/.test(name)) continue;
    // What still grows cannot be removed; the next start will.
    await rm(join(files.directory, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_wal_size=256MB',
  // A failing statement holds what people wrote; that is no business of a log.
  'log_min_error_statement=panic',
];

// Recovery after a crash may take its time.
const patienceMs = 60_000;

/** Looks for the cluster already running, and waits while it is coming up or going down. */
async function adopt(files: ClusterFiles): Promise<{ url?: string; crashed: boolean }> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const postmaster = await readPostmaster(files.data);
    if (!postmaster) return { crashed: false };
    if (!(await isOurs(postmaster, files))) {
      await disownPostmaster(files.data);
      return { crashed: true };
    }
    const url = await urlOf(files, postmaster.port);
    if (await answers(url, files)) return { url, crashed: false };
    if (Date.now() > deadline) {
      throw embeddedFailed(`runs as process ${postmaster.pid} but does not let us in; see ${files.log}, or stop it`);
    }
    await sleep(20);
  }
}

/** Whether the process is a server of this folder, and no other that came to the same number. */
async function isOurs({ pid }: Postmaster, files: ClusterFiles): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  const command = await commandOf(pid);
  return command === '' || command.includes(files.data);
}

const attempts = 8;

async function launch(
  ground: Footing,
  files: ClusterFiles,
  crashed: boolean,
  { port = freePort, onLaunch }: Pick<EmbeddedOptions, 'port' | 'onLaunch'>,
): Promise<{ url: string; how: 'started' | 'recovered' }> {
  await rotateLog(files.log);
  for (let attempt = 1; ; attempt++) {
    const free = await port();
    const offset = await logSize(files.log);
    try {
      const up = ground.run('pg_ctl', [
        '-D',
        files.data,
        '-w',
        '-t',
        '120',
        '-l',
        files.log,
        '-o',
        `-p ${free}`,
        'start',
      ]);
      onLaunch?.();
      await up;
    } catch (cause) {
      if (cause instanceof MaestroError) throw cause;
      const tail = await logTail(files.log, offset);
      if (attempt === attempts || !passes.test(tail))
        throw embeddedFailed(`did not start:\n${tail}\n(${files.log})`, cause);
      await sleep(50 * attempt);
      continue;
    }
    const url = await urlOf(files, free);
    if (!(await answers(url, files))) throw embeddedFailed(`started, but another server answers on port ${free}`);
    return { url, how: crashed ? 'recovered' : 'started' };
  }
}

// Somebody took the port meanwhile; or children of a killed server are still on their way out.
const passes =
  /could not bind|could not create any TCP\/IP sockets|pre-existing shared memory|lock file .* already exists/;

async function urlOf(files: ClusterFiles, port: number): Promise<string> {
  const password = await readFile(files.password, 'utf8').catch((cause: unknown) => {
    throw embeddedFailed(`cannot be opened: its password file ${files.password} is gone`, cause);
  });
  return `postgres://maestro:${password}@127.0.0.1:${port}/postgres`;
}

/** Whether a server answers there, knows our password and serves our folder. */
async function answers(url: string, files: ClusterFiles): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return resolve(rows[0]?.data_directory ?? '') === resolve(files.data);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
