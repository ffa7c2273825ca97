import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MaestroError } from '../errors.js';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

interface Holder extends ProcessIdentity {
  host: string;
  startedAt: string;
}

const beatMs = 2_000;
const silentMs = 10_000;

/**
 * Keeps a data folder for one server: a file with who holds it, taken before the cluster in it is touched.
 * A holder we can look at (same host, boot and container) is judged by its process, any other by its beat.
 *
 * @throws MaestroError `server.second`
 */
export async function lockDataDir(dataDir: string): Promise<{ release(): Promise<void> }> {
  const path = join(dataDir, 'server.lock');
  const own: Holder = { ...(await ownIdentity()), host: hostname(), startedAt: new Date().toISOString() };
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o600, flag: 'wx' });
  try {
    await take(path, draft);
  } finally {
    await rm(draft, { force: true });
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), beatMs);
  beat.unref();
  const release = async () => {
    clearInterval(beat);
    if ((await read(path))?.startedAt === own.startedAt) await rm(path, { force: true });
  };
  return { release };
}

async function take(path: string, draft: string): Promise<void> {
  // Each round either takes the lock, refuses, or clears away one that is stale.
  for (;;) {
    if (await placed(draft, path)) return;
    const holder = await read(path);
    if (holder && (await holds(holder, path))) {
      const message = `another server (process ${holder.pid} on ${holder.host}, since ${holder.startedAt}) uses ${path.replace(/server\.lock$/, '')}; stop it, or give this one another home`;
      throw new MaestroError('server.second', message);
    }
    const aside = `${draft}.stale`;
    await rename(path, aside).catch(ignoreMissing);
    const moved = await read(aside);
    // Somebody else cleared the stale one and took the lock in between: it is theirs, put it back.
    if (moved && moved.startedAt !== holder?.startedAt) await placed(aside, path);
    await rm(aside, { force: true });
  }
}

/** Linking is atomic and, unlike renaming, never replaces. */
async function placed(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function holds(holder: Holder, path: string): Promise<boolean> {
  const own = await ownIdentity();
  if (holder.place === own.place) return isRunning(holder);
  const beaten = await stat(path).then(
    (file) => file.mtimeMs,
    () => 0,
  );
  return Date.now() - beaten < silentMs;
}

/** Who holds it; undefined when there is none or the file is damaged (a crash while it was written). */
async function read(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
