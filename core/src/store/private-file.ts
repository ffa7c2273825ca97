import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MaestroError } from '../errors.js';
import { syncFolder } from './cluster-files.js';

// Windows keeps rights in lists of its own; what a home holds is private to its user there.
const hasModes = process.platform !== 'win32';

/**
 * Reads a file that nobody else may read; undefined when there is none.
 *
 * @throws MaestroError `key.permissions` with the command that mends it: a symbolic link, another owner, or a
 *   mode that lets others in, for the file or its folder
 */
export async function readPrivate(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return undefined;
  if (found.isSymbolicLink()) throw refused(`${path} is a symbolic link`, `put the file itself there`);
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    judge(await file.stat(), path, '600');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The folder of private files: made, or checked like they are. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const folder = await lstat(path);
  if (folder.isSymbolicLink()) throw refused(`${path} is a symbolic link`, 'put the folder itself there');
  judge(folder, path, '700');
}

/** Writes a new private file, whole or not at all, and never over another. */
export async function createPrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeDraft(draft, text);
  try {
    // Unlike a rename, a link does not replace what another process may have put there meanwhile.
    await link(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

/** Puts a private file in the place of another: a reader finds the old one or the new one, whole. One writer at a time. */
export async function replacePrivate(path: string, text: string): Promise<void> {
  // Of one name: what a process that was killed has left is used again, and no key lies about.
  const draft = `${path}.new`;
  await writeDraft(draft, text);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

async function writeDraft(draft: string, text: string): Promise<void> {
  await rm(draft, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const file = await open(draft, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function judge(found: { mode: number; uid: number }, path: string, mode: '600' | '700'): void {
  if (!hasModes) return;
  const own = process.getuid?.();
  if (found.uid !== own) throw refused(`${path} belongs to user ${found.uid}`, `run: chown ${own} '${path}'`);
  if (found.mode & 0o077) throw refused(`${path} is open to others`, `run: chmod ${mode} '${path}'`);
}

function refused(what: string, remedy: string): MaestroError {
  return new MaestroError('key.permissions', `${what}; what it protects would not be safe. ${remedy}`);
}
