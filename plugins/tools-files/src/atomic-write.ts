import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { MaestroError } from '@maestro/core';
import { explain } from './place.js';

interface Writing {
  /** Permissions to keep; undefined for a new file. */
  mode: number | undefined;
  /** Modification time (ms) the target had when it was read; another one refuses with `tool.stale`. */
  unchangedSince?: number;
  /** There was no such file; one that has come meanwhile refuses with `tool.stale`. */
  isNew?: boolean;
  signal: AbortSignal;
}

/**
 * Writes all or nothing: a temporary file beside the target, flushed, then renamed over it. Whoever looks,
 * also after a power cut, sees the old file or the new one. Parents are created.
 */
export async function atomicWrite(file: string, bytes: Buffer, writing: Writing): Promise<void> {
  let temporary: string | undefined;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const opened = await openBeside(file, writing.mode);
    temporary = opened.temporary;
    await fill(opened.handle, bytes, writing);
    writing.signal.throwIfAborted();
    await moveOver(temporary, file, writing);
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw explain(file, cause);
  }
}

/** Long after any write has ended; what is left then was left by a server that was killed. */
const leftBehindMs = 10 * 60_000;

/** A few names per target, used again and again, so that a server killed over and over leaves no more than these. */
async function openBeside(file: string, mode = 0o666): Promise<{ temporary: string; handle: FileHandle }> {
  const base = path.join(path.dirname(file), `.${shortened(path.basename(file))}.maestro-write`);
  const names = [base, `${base}-2`, `${base}-3`, `${base}-4`];
  for (const temporary of names) {
    const found = await stat(temporary).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > leftBehindMs) await rm(temporary, { force: true });
    try {
      return { temporary, handle: await open(temporary, 'wx', mode) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
  }
  const temporary = `${base}-${randomBytes(6).toString('hex')}`;
  return { temporary, handle: await open(temporary, 'wx', mode) };
}

/** File systems take 255 bytes; a character has at most four, and what follows needs some. */
const shortened = (name: string) => [...name].slice(0, 50).join('');

async function fill(handle: FileHandle, bytes: Buffer, { mode, signal }: Writing): Promise<void> {
  try {
    await handle.writeFile(bytes, { signal });
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveOver(temporary: string, file: string, { unchangedSince, isNew }: Writing): Promise<void> {
  const stale = (cause?: unknown) =>
    new MaestroError('tool.stale', `${file} was changed by someone else meanwhile: read it again, then edit.`, {
      cause,
    });
  if (unchangedSince !== undefined && (await stat(file)).mtimeMs !== unchangedSince) throw stale();
  if (!isNew) {
    await rename(temporary, file);
    await syncFolder(file);
    return;
  }
  try {
    // Unlike a rename, this never replaces what somebody put there meanwhile.
    await link(temporary, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw stale(cause);
    await stat(file).then(
      () => Promise.reject(stale(cause)),
      () => rename(temporary, file), // a file system without hard links
    );
  }
  await rm(temporary, { force: true });
  await syncFolder(file);
}

/** The new name itself outlives a power cut only once its directory is on disk. Not every system can do that. */
async function syncFolder(file: string): Promise<void> {
  const handle = await open(path.dirname(file)).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
