import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LeftOut } from '../protocol/context.js';

export interface TextRead {
  /** Without links. */
  path: string;
  text: string;
  /** Of what was read. */
  bytes: number;
  /** There is more of it than was wanted. */
  isCut: boolean;
}

/**
 * The beginning of a text file that somebody else may have put there. A pipe or a device is not opened and a link out
 * of `within` is not followed; what cannot be read is told and stops nobody.
 *
 * @param within a real path; left out: it may lie anywhere
 * @returns undefined where there is no such file, or nothing in it
 */
export async function readText(
  file: string,
  { bytes, within }: { bytes: number; within?: string },
): Promise<TextRead | LeftOut | undefined> {
  const out = (reason: string): LeftOut => ({ source: file, reason });
  try {
    const real = await realpath(file);
    if (within !== undefined && !isWithin(within, real)) return out('it is a link that leads out of the project');
    // Looked at before it is opened, since opening a device may do something.
    if (!(await stat(real)).isFile()) return out('it is no regular file');
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(real, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
    try {
      if (!(await handle.stat()).isFile()) return out('it is no regular file');
      return described(real, await head(handle, bytes + 1), bytes) ?? out('it is no text');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return out(`it cannot be read (${code})`);
  }
}

/** Whether `file` lies in `folder`; both are real paths. */
export function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** A read may give less than was asked for. */
async function head(handle: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function described(file: string, read: Buffer, bytes: number): TextRead | undefined {
  const isCut = read.length > bytes;
  const kept = isCut ? read.subarray(0, wholeCharacters(read, bytes)) : read;
  if (kept.includes(0)) return undefined;
  const text = kept
    .toString()
    .replace(/^\ufeff/, '')
    .trim();
  return { path: file, text, bytes: kept.length, isCut };
}

/** So many bytes, or a few less where they would end amid a character. */
function wholeCharacters(read: Buffer, bytes: number): number {
  let end = bytes;
  while (end > bytes - 4 && end > 0 && ((read[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
