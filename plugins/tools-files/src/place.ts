import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { MaestroError } from '@maestro/core';
import { Type } from 'typebox';

/** A path as the model gave it, resolved against the session's working directory. */
export function resolvePlace(given: string, workingDirectory: string): string {
  if (given.trim() === '') throw new MaestroError('tool.bad_path', 'The path is empty: name a file or directory.');
  if (given.includes('\0')) throw new MaestroError('tool.bad_path', 'The path holds a NUL character: name it without.');
  return path.resolve(workingDirectory, given);
}

/** The two names models know for the path of a file; the schema of a tool spreads this. */
export const filePathParameters = {
  file_path: Type.Optional(
    Type.String({ minLength: 1, description: 'Path of the file; relative ones start at the working directory' }),
  ),
  absolute_path: Type.Optional(Type.String({ minLength: 1, description: 'The same under another name' })),
};

/** The two names models know for the path of a directory. */
export const directoryPathParameters = {
  dir_path: Type.Optional(Type.String({ description: 'Path of the directory; the working directory when left out' })),
  path: Type.Optional(Type.String({ description: 'The same under another name' })),
};

/** @throws MaestroError `tool.bad_path` when neither name was given */
export function filePlace(
  { file_path, absolute_path }: { file_path?: string; absolute_path?: string },
  workingDirectory: string,
): string {
  const given = file_path ?? absolute_path;
  if (given === undefined) throw new MaestroError('tool.bad_path', 'No file was named: give file_path.');
  return resolvePlace(given, workingDirectory);
}

export const directoryPlace = (
  { dir_path, path: other }: { dir_path?: string; path?: string },
  workingDirectory: string,
): string => resolvePlace(dir_path ?? other ?? '.', workingDirectory);

/** A name as it can stand in a result: newlines, escapes and quotes in it cannot pass for something else. */
export function quoted(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u001f\u007f-\u009f"]/.test(name) ? JSON.stringify(name) : name;
}

/** How a place is named in results: relative within the working directory, absolute outside it. */
export function nameOf(place: string, workingDirectory: string): string {
  const relative = path.relative(workingDirectory, place);
  const isInside = relative !== '' && !/^\.\.(\/|\\|$)/.test(relative) && !path.isAbsolute(relative);
  return quoted(isInside ? relative.split(path.sep).join('/') : relative === '' ? '.' : place);
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

/** A path that is a directory. @throws MaestroError `tool.not_found`, `tool.not_a_directory` */
export async function directory(place: string): Promise<string> {
  const found = await stat(place).catch((cause) => {
    throw explain(place, cause);
  });
  if (found.isDirectory()) return place;
  throw new MaestroError('tool.not_a_directory', `${place} is not a directory: read it instead.`);
}
