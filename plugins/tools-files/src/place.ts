import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { MaestroError } from '@maestro/core';

/** A path as the model gave it, resolved against the session's working directory. */
export function resolvePlace(given: string, workingDirectory: string): string {
  if (given.trim() === '') throw new MaestroError('tool.bad_path', 'The path is empty: name a file or directory.');
  if (given.includes('\0')) throw new MaestroError('tool.bad_path', 'The path holds a NUL character: name it without.');
  return path.resolve(workingDirectory, given);
}

/** How a place is named in results: relative within the working directory, absolute outside it. */
export function nameOf(place: string, workingDirectory: string): string {
  const relative = path.relative(workingDirectory, place);
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return isInside ? relative.split(path.sep).join('/') : relative === '' ? '.' : place;
}

/**
 * The regular file behind a path, links followed.
 * @throws MaestroError `tool.not_found` or `tool.not_a_file`: a pipe or device could make a read wait for ever
 */
export async function regularFile(
  place: string,
): Promise<{ file: string; size: number; mode: number; modifiedMs: number }> {
  try {
    const found = await stat(place);
    if (found.isDirectory()) throw new MaestroError('tool.not_a_file', `${place} is a directory: list it instead.`);
    if (!found.isFile()) {
      throw new MaestroError(
        'tool.not_a_file',
        `${place} is a pipe, socket or device, not a regular file; it was left alone.`,
      );
    }
    return { file: await realpath(place), size: found.size, mode: found.mode & 0o7777, modifiedMs: found.mtimeMs };
  } catch (cause) {
    throw explain(place, cause);
  }
}

/** The file a write ends in: links are written through to their target, also to one that does not exist yet. */
export async function writeTarget(place: string): Promise<{ file: string; exists: boolean; mode: number | undefined }> {
  const found = await lstat(place).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw explain(place, cause);
  });
  if (!found) return { file: place, exists: false, mode: undefined };
  if (found.isSymbolicLink() && !(await exists(place))) {
    throw new MaestroError(
      'tool.not_found',
      `${place} is a link to something that does not exist: write to the target itself.`,
    );
  }
  const { file, mode } = await regularFile(place);
  return { file, exists: true, mode };
}

async function exists(place: string): Promise<boolean> {
  try {
    await stat(place);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw explain(place, cause);
  }
}

const reasons: Record<string, [code: string, text: string]> = {
  ENOENT: ['tool.not_found', 'does not exist: list the directory to see what is there'],
  ENOTDIR: ['tool.not_found', 'lies under something that is not a directory'],
  EACCES: ['tool.denied', 'may not be opened by the user this server runs as'],
  EPERM: ['tool.denied', 'may not be changed by the user this server runs as'],
  EROFS: ['tool.denied', 'lies on a file system that is mounted read-only'],
  ELOOP: ['tool.bad_path', 'is a loop of symbolic links'],
  ENAMETOOLONG: ['tool.bad_path', 'is a name too long for this file system'],
  ENOSPC: ['tool.disk_full', 'could not be written: the disk is full'],
};

/** What the operating system said, in words that help; our own errors pass through. */
export function explain(place: string, cause: unknown): Error {
  if (cause instanceof MaestroError || (cause as Error)?.name === 'AbortError') return cause as Error;
  const [code, text] = reasons[(cause as NodeJS.ErrnoException)?.code ?? ''] ?? [
    'tool.failed',
    `failed: ${(cause as Error)?.message}`,
  ];
  return new MaestroError(code, `${place} ${text}.`, { cause });
}
