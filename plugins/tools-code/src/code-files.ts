import { stat } from 'node:fs/promises';
import { MaestroError, type ToolCallContext } from '@maestro/core';
import { findFiles } from '@maestro/tools-files/find-files';
import { globMatcher } from '@maestro/tools-files/glob-pattern';
import { explain } from '@maestro/tools-files/place';
import type { Ripgrep } from '@maestro/tools-files/ripgrep';
import { isWrittenIn } from './languages.js';

export interface CodeSearch {
  /** Absolute: a directory, or one file. */
  place: string;
  /** Any one must fit; with `!` before it none may. */
  globs?: readonly string[] | undefined;
  /** Left out: every known one. */
  languages?: readonly string[] | undefined;
  timeoutMs: number;
}

export interface CodeFiles {
  /** In lists that fit a command line. */
  lists: string[][];
  count: number;
  hasMore: boolean;
  isOutOfTime: boolean;
}

export const MOST_CODE_FILES = 20_000;
/** Argument lists have a limit, of 1 MB on the strictest system. */
const mostArgumentBytes = 200_000;

/**
 * The files of code under a place, without those that ignore files name. They are chosen here, for the search program
 * knows neither our ignore files nor globs that leave ignored files ignored.
 */
export async function codeFiles(
  ripgrep: Ripgrep,
  { place, globs = [], languages, timeoutMs }: CodeSearch,
  call: ToolCallContext,
): Promise<CodeFiles> {
  const there = await stat(place).catch((cause) => {
    throw explain(place, cause);
  });
  if (there.isFile()) return { lists: [[place]], count: 1, hasMore: false, isOutOfTime: false };
  if (!there.isDirectory()) {
    throw new MaestroError('tool.not_a_file', `${place} is a pipe, socket or device; it was not searched.`);
  }
  const fitsGlobs = globsMatcher(globs);
  const found = await findFiles(
    ripgrep,
    {
      directory: place,
      filter: { hasGitRules: true, hasOwnRules: true },
      fits: (relative) => isWrittenIn(relative, languages) && fitsGlobs(relative),
      most: MOST_CODE_FILES,
      timeoutMs,
    },
    call,
  );
  return { ...found, lists: inLists(found.files.sort()), count: found.files.length };
}

function globsMatcher(globs: readonly string[]): (path: string) => boolean {
  const made = (some: readonly string[]) => some.map((glob) => globMatcher(glob, { isCaseSensitive: true }));
  const wanted = made(globs.filter((glob) => !glob.startsWith('!')));
  const unwanted = made(globs.flatMap((glob) => (glob.startsWith('!') ? [glob.slice(1)] : [])));
  return (path) => (wanted.length === 0 || wanted.some((fits) => fits(path))) && !unwanted.some((fits) => fits(path));
}

function inLists(files: readonly string[]): string[][] {
  const lists: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    bytes += Buffer.byteLength(file) + 1;
    if (bytes > mostArgumentBytes) {
      lists.push([]);
      bytes = Buffer.byteLength(file) + 1;
    }
    lists.at(-1)?.push(file);
  }
  return lists;
}
