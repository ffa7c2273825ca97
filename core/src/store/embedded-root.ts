import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyNative, embeddedFailed, nativeFolder, withLinks } from './cluster-files.js';

const run = promisify(execFile);

/** Where the cluster lies and how its programs are started there. */
export interface Footing {
  directory: string;
  /** Runs one of PostgreSQL's programs and gives what it printed. */
  run(program: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<string>;
  /** Hands a file or folder to whoever runs the cluster. */
  give(path: string): Promise<void>;
}

type Manner = 'plain' | 'namespace' | 'nobody';

/** The user that owns nothing; on every Linux we know. */
const nobody = 65_534;

/**
 * PostgreSQL refuses to run as root. So root runs it in a user namespace, where root's own files belong to an
 * ordinary user: the cluster stays under the home. Where the machine refuses that, `nobody` runs it from
 * `base`, which it can reach. How a cluster was made is remembered in `embedded.json`: its files fit one only.
 */
export async function footing(options: { dataDir: string; base?: string; native?: string }): Promise<Footing> {
  const { dataDir, base = '/var/lib/maestro' } = options;
  const native = options.native ?? (await nativeFolder());
  const folder = join(await realpath(dataDir), 'postgres');
  const manner = await chooseManner(dataDir, folder, native);
  if (manner === 'nobody') return asNobody(native, await outside(dataDir, base), dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const bin = join(await withLinks(native, folder), 'bin');
  const before = manner === 'namespace' ? inNamespace : [];
  return {
    directory: folder,
    run: (program, args) => start([...before, join(bin, program), ...args], { cwd: folder }),
    give: () => Promise.resolve(),
  };
}

const inNamespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--'];

async function chooseManner(dataDir: string, folder: string, native: string): Promise<Manner> {
  if (process.getuid?.() !== 0) return 'plain';
  const manner = await remembered(dataDir);
  if (manner === 'nobody') return 'nobody';
  const refused = await tryNamespace(folder, native);
  if (!refused) {
    if (!manner) await remember(dataDir, { manner: 'namespace' });
    return 'namespace';
  }
  if (manner === 'namespace') {
    throw embeddedFailed(`in ${dataDir} was made in a user namespace, which this machine no longer allows`, refused);
  }
  return 'nobody';
}

/**
 * Why root cannot run the cluster in a namespace; undefined when it can. There root has lost the right to
 * reach into other people's folders, so a home or checkout of somebody else is out of reach too.
 */
async function tryNamespace(folder: string, native: string): Promise<unknown> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const probe = 'test -w "$0" && "$1" --version';
  return start([...inNamespace, 'sh', '-c', probe, folder, join(native, 'bin', 'pg_ctl')], {}).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const record = (dataDir: string) => join(dataDir, 'embedded.json');

async function remembered(dataDir: string): Promise<Manner | undefined> {
  const text = await readFile(record(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { manner: Manner }).manner;
  } catch (cause) {
    // A guess could start an empty database beside the full one.
    throw embeddedFailed(`cannot be found: ${record(dataDir)} is damaged`, cause);
  }
}

async function remember(dataDir: string, what: { manner: Manner; directory?: string }): Promise<void> {
  const draft = `${record(dataDir)}.new`;
  await writeFile(draft, `${JSON.stringify(what)}\n`, { mode: 0o600 });
  await rename(draft, record(dataDir));
}

/** A folder for this home that a user without rights can reach. */
async function outside(dataDir: string, base: string): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 16);
  return join(base, name);
}

async function asNobody(native: string, directory: string, dataDir: string): Promise<Footing> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const bin = join(await copyNative(native, directory), 'bin');
  const give = (path: string) => chown(path, nobody, nobody);
  const folder = join(directory, 'postgres');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await give(folder);
  await remember(dataDir, { manner: 'nobody', directory: folder });
  return {
    directory: folder,
    run: (program, args) => start([join(bin, program), ...args], { cwd: folder, uid: nobody, gid: nobody }),
    give,
  };
}

async function start(
  command: readonly string[],
  options: { cwd?: string; uid?: number; gid?: number },
): Promise<string> {
  const [file = '', ...args] = command;
  try {
    const { stdout } = await run(file, args, { ...options, env: environment(), windowsHide: true });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    // The file is there but its loader is not: another C library (musl, as in Alpine).
    if (code === 'ENOENT' && file.startsWith('/')) throw embeddedFailed('needs glibc, which this system lacks', error);
    throw new Error(stderr?.trim() || (error as Error).message, { cause: error });
  }
}

/** Ours, less what would tell PostgreSQL's programs to talk to another server or in another language. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(own), LC_ALL: 'C' };
}
