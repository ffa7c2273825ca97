import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { MaestroError } from '../errors.js';

/** Where things lie under MAESTRO_HOME. */
export interface Home {
  root: string;
  config: string;
  /** Agents as files. */
  agents: string;
  data: string;
  keys: string;
  masterKey: string;
  logs: string;
  log: string;
  run: string;
  serverInfo: string;
  token: string;
}

/** For plugins: the folder that is MAESTRO_HOME here. */
export class HomeFolder {
  constructor(readonly path: string) {}
}

/** The flag, else MAESTRO_HOME, else ~/.maestro. */
export function homeOf(env: NodeJS.ProcessEnv, flag?: string): Home {
  const root = resolve(flag || env.MAESTRO_HOME || join(homedir(), '.maestro'));
  const [data, keys, logs, run] = ['data', 'keys', 'logs', 'run'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  return {
    root,
    config: join(root, 'maestro.yaml'),
    agents: join(root, 'agents'),
    data,
    keys,
    masterKey: join(keys, 'master.key'),
    logs,
    log: join(logs, 'maestro.log'),
    run,
    serverInfo: join(run, 'server.json'),
    token: join(run, 'token'),
  };
}

/**
 * Makes the private folders that are missing, then checks them and the files that hold secrets.
 *
 * @throws MaestroError `file.mode` naming everything others could read or change, each with the command that mends it
 */
export function prepareHome(home: Home): void {
  for (const folder of [home.root, home.data, home.keys, home.logs, home.run]) makeFolder(folder);
  const folders = [home.root, home.data, home.keys, home.logs, home.run].map((path) => fault(path, 0o700));
  const files = [home.masterKey, home.token, home.log].map((path) => fault(path, 0o600));
  const faults = [...folders, ...files, configFault(home.config)].filter((text) => text !== undefined);
  if (faults.length > 0) throw new MaestroError('file.mode', faults.join('\n'));
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new MaestroError('file.mode', `cannot make the folder ${path} (${code}); choose another with --home`, {
      cause,
    });
  }
}

/** What is wrong with a private file or folder; undefined where nothing is, or it does not exist. */
export function fault(path: string, mode: 0o600 | 0o700): string | undefined {
  const found = look(path, lstatSync);
  if (!found) return undefined;
  if (found.isSymbolicLink()) return `${path} is a link; put the real ${mode === 0o700 ? 'folder' : 'file'} there`;
  return ownerFault(path, found) ?? modeFault(path, found, mode, 0o077);
}

/** The configuration may be a link and may be read, but who can change it can run code as us. */
function configFault(path: string): string | undefined {
  const found = look(path, statSync);
  return found && (ownerFault(path, found) ?? modeFault(path, found, 0o600, 0o022));
}

function look(path: string, stat: (path: string) => Stats): Stats | undefined {
  try {
    return stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerFault(path: string, { uid }: Stats): string | undefined {
  const own = process.getuid?.();
  if (own === undefined || uid === own) return undefined;
  return `${path} belongs to another user (${uid}); run: sudo chown ${own} ${quoted(path)}`;
}

function modeFault(path: string, { mode }: Stats, wanted: number, refused: number): string | undefined {
  // Windows has no such modes; its folders under the profile are private already.
  if (process.platform === 'win32' || (mode & refused) === 0) return undefined;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return `${path} is open to other users (mode ${octal}); run: chmod ${wanted.toString(8)} ${quoted(path)}`;
}

function quoted(path: string): string {
  return /^[\w/.@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
