import { lstat, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spoolName } from './kept-output.js';

const WEEK_MS = 7 * 24 * 3_600_000;

/** Removes files of long outputs that are a week old. Their folder belongs to everybody: only our own are touched. */
export async function removeOldOutputs(folder = tmpdir(), now = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!spoolName.test(name)) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() && found.uid === process.getuid?.() && now - found.mtimeMs > WEEK_MS) {
      await rm(path, { force: true });
    }
  }
}
