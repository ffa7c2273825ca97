import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { MaestroRest, NewAttachment } from '../client/index.js';
import { UsageError } from './command.js';

/** Of `-a FILE`, which may be given several times. */
export const attach = { attach: { type: 'string', short: 'a', multiple: true } } as const;

/** The most the server stores as one. */
const MOST_BYTES = 32 * 1_048_576;
const MOST_FILES = 20;

export interface AttachedFile {
  name: string;
  bytes: Buffer<ArrayBuffer>;
}

/**
 * Reads the files a message is to bring along, before anything is sent.
 * @throws UsageError that names the file which cannot be read or is too large
 */
export async function attachedFiles(given: readonly string[] = []): Promise<AttachedFile[]> {
  if (given.length > MOST_FILES) throw new UsageError(`a message takes ${MOST_FILES} files, not ${given.length}`);
  const files: AttachedFile[] = [];
  for (const file of given) {
    const found = await stat(file).catch((error: Error) => {
      throw new UsageError(`"${file}" cannot be read: ${error.message}`);
    });
    if (!found.isFile()) throw new UsageError(`"${file}" is not a file, so it cannot be attached`);
    if (found.size > MOST_BYTES) throw new UsageError(`"${file}" has ${found.size} bytes; ${MOST_BYTES} is the most`);
    const bytes = await readFile(file).catch((error: Error) => {
      throw new UsageError(`"${file}" cannot be read: ${error.message}`);
    });
    files.push({ name: path.basename(file), bytes });
  }
  return files;
}

/** Stores their bytes on the server, for a message to name. */
export async function storeFiles(files: readonly AttachedFile[], rest: MaestroRest): Promise<NewAttachment[]> {
  const stored: NewAttachment[] = [];
  for (const { name, bytes } of files) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await rest.putBlob(sha256, bytes);
    stored.push({ v: 1, type: 'file', name, blob: sha256 });
  }
  return stored;
}
