import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { MaestroError } from '@maestro/core';
import { explain } from './place.js';

/**
 * Writes all or nothing: a temporary file beside the target, flushed, then renamed over it. Whoever looks,
 * also after a power cut, sees the old file or the new one. Parents are created.
 *
 * @param mode permissions to keep; undefined for a new file
 * @param unchangedSince modification time (ms) the target had when it was read; a newer one refuses with `tool.stale`
 */
export async function atomicWrite(
  file: string,
  bytes: Buffer,
  { mode, unchangedSince, signal }: { mode: number | undefined; unchangedSince?: number; signal: AbortSignal },
): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(temporary, 'wx', mode ?? 0o666);
    try {
      await handle.writeFile(bytes, { signal });
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal.throwIfAborted();
    if (unchangedSince !== undefined && (await stat(file)).mtimeMs !== unchangedSince) {
      throw new MaestroError('tool.stale', `${file} was changed by someone else meanwhile: read it again, then edit.`);
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw explain(file, cause);
  }
}
