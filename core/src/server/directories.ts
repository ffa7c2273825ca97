import { access, constants, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { MaestroError } from '../errors.js';
import type { DirectoryListing } from '../protocol/resources.js';

const MOST_ENTRIES = 5_000;

/** Sub-directories, by name, for choosing a working directory. Links to directories count; hidden ones only if asked for. */
export async function listDirectories(given: string | undefined, withHidden: boolean): Promise<DirectoryListing> {
  const home = homedir();
  const path = normalize(given === undefined ? home : expandHome(given));
  if (!isAbsolute(path)) {
    throw new MaestroError('directory.unreadable', `"${given}" is no absolute path; begin it with / or ~`);
  }
  const found = await readEntries(path);
  const names = found.filter(({ name }) => isNameable(name) && (withHidden || !name.startsWith('.')));
  const entries = [];
  for (const { name, isDirectory } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = join(path, name);
    if (isDirectory ?? (await leadsToDirectory(full))) entries.push({ name, path: full });
    if (entries.length === MOST_ENTRIES) break;
  }
  const parent = dirname(path);
  return { path, parent: parent === path ? null : parent, home, entries };
}

/** `isDirectory` is undefined for a link, which has to be followed to know. */
interface Entry {
  name: string;
  isDirectory: boolean | undefined;
}

async function readEntries(path: string): Promise<Entry[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.flatMap((entry): Entry[] => {
      if (entry.isDirectory()) return [{ name: entry.name, isDirectory: true }];
      return entry.isSymbolicLink() ? [{ name: entry.name, isDirectory: undefined }] : [];
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new MaestroError('directory.unknown', `there is no directory "${path}"`, { cause });
    const why = code === 'ENOTDIR' ? 'is no directory' : 'cannot be read; check its permissions';
    throw new MaestroError('directory.unreadable', `"${path}" ${why}`, { cause });
  }
}

async function leadsToDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // A link to nothing, in a circle or into the forbidden is no place to work in.
    return false;
  }
}

/** A name that is no UTF-8 cannot be sent back. */
function isNameable(name: string): boolean {
  return !name.includes('\ufffd');
}

/** An existing directory that can be listed, as an absolute path; `~` stands for the home directory. */
export async function checkedDirectory(given: string): Promise<string> {
  const path = expandHome(given);
  const refused = (why: string, cause?: unknown) => {
    const message = `working_directory: "${given}" ${why}; choose an existing directory you may read`;
    return new MaestroError('session.directory_unreadable', message, { cause });
  };
  if (!isAbsolute(path)) throw refused('is no absolute path');
  try {
    if (!(await stat(path)).isDirectory()) throw refused('is no directory');
    await access(path, constants.R_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof MaestroError) throw cause;
    throw refused((cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read', cause);
  }
  return normalize(path);
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
