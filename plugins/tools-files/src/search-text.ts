import { stat } from 'node:fs/promises';
import path from 'node:path';
import { MaestroError, type ToolCallContext } from '@maestro/core';
import { type Filter, filterArguments } from './file-filter.js';
import { findFiles } from './find-files.js';
import { globMatcher } from './glob-pattern.js';
import { explain } from './place.js';
import type { Ripgrep } from './ripgrep.js';

export interface TextSearch {
  pattern: string;
  /** Absolute: a directory, or one file. */
  place: string;
  include?: string | undefined;
  exclude?: string | undefined;
  filter: Filter;
  isCaseSensitive?: boolean | undefined;
  isLiteral?: boolean | undefined;
  isNamesOnly?: boolean | undefined;
  before?: number | undefined;
  after?: number | undefined;
  most: { matches: number; perFile?: number | undefined; files?: number | undefined };
  timeoutMs: number;
}

export interface FoundLine {
  number: number;
  isMatch: boolean;
  text: string;
}

export interface TextFound {
  /** By absolute path, in the order of paths; no lines where only names were asked for. */
  files: Map<string, FoundLine[]>;
  matches: number;
  /** There are more than `most` allows. */
  hasMore: boolean;
  isOutOfTime: boolean;
}

/** Longer lines are cut to this many bytes. */
export const LINE_BYTES = 500;

/** Searches the text of files with a regular expression whose time is linear in what it reads. */
export async function searchText(ripgrep: Ripgrep, search: TextSearch, call: ToolCallContext): Promise<TextFound> {
  const deadline = Date.now() + search.timeoutMs;
  const found: TextFound = { files: new Map(), matches: 0, hasMore: false, isOutOfTime: false };
  const common = [...lineArguments(search), ...(await filterArguments(search.filter, call.workingDirectory))];
  for (const places of await batches(ripgrep, search, found, call)) {
    const timeoutMs = Math.max(1, deadline - Date.now());
    const run = { args: [...common, '--', ...places], cwd: call.workingDirectory, timeoutMs };
    const state = { isOutOfTime: false };
    for await (const record of ripgrep.records(run, { next: endOfRecord(search), call, state })) {
      if (!take(record.toString('utf8'), found, search)) return { ...found, hasMore: true };
    }
    if (state.isOutOfTime) return { ...found, isOutOfTime: true };
  }
  return found;
}

function lineArguments(search: TextSearch): string[] {
  const { pattern, exclude, isCaseSensitive, isLiteral, isNamesOnly, before, after, most } = search;
  return [
    ...['--null', '--color=never', '--sort=path', '--no-messages', `--regexp=${pattern}`],
    ...(isNamesOnly
      ? ['--files-with-matches']
      : ['--line-number', '--with-filename', '--no-heading', '--no-context-separator']),
    ...(isNamesOnly ? [] : [`--max-columns=${LINE_BYTES}`, '--max-columns-preview']),
    ...(isNamesOnly ? [] : [`--before-context=${before ?? 0}`, `--after-context=${after ?? 0}`]),
    ...(isCaseSensitive ? ['--case-sensitive'] : ['--ignore-case']),
    ...(isLiteral ? ['--fixed-strings'] : []),
    ...(most.perFile === undefined ? [] : [`--max-count=${most.perFile}`]),
    ...(exclude === undefined ? [] : [`--glob=!${exclude}`]),
  ];
}

/** Argument lists have a limit, of 1 MB on the strictest system. */
const mostArgumentBytes = 200_000;

/**
 * What to search, in lists that fit a command line. With `include` the files are chosen here: given to the search
 * program, such a pattern would bring back what ignore files name.
 */
async function batches(
  ripgrep: Ripgrep,
  { place, include, filter, timeoutMs }: TextSearch,
  found: TextFound,
  call: ToolCallContext,
): Promise<string[][]> {
  const there = await stat(place).catch((cause) => {
    throw explain(place, cause);
  });
  if (!there.isDirectory() && !there.isFile()) {
    throw new MaestroError('tool.not_a_file', `${place} is a pipe, socket or device; it was not searched.`);
  }
  if (include === undefined || there.isFile()) return [[place]];
  const fits = globMatcher(include, { isCaseSensitive: true });
  const chosen = await findFiles(ripgrep, { directory: place, filter, fits, most: 100_000, timeoutMs }, call);
  found.isOutOfTime = chosen.isOutOfTime;
  found.hasMore = chosen.hasMore;
  const lists: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of chosen.files.sort()) {
    bytes += Buffer.byteLength(file) + 1;
    if (bytes > mostArgumentBytes) {
      lists.push([]);
      bytes = Buffer.byteLength(file) + 1;
    }
    lists.at(-1)?.push(file);
  }
  return lists;
}

/** What the program says of a binary file, in the place of a record. */
const binaryMessage =
  /binary file matches \(found "\\0" byte around offset \d+\)\n$|WARNING: stopped searching binary file.*\n$/;

/** A record is `path NUL number:text newline`, or `path NUL` for names only; a path may hold newlines. */
function endOfRecord({ isNamesOnly }: TextSearch): (buffer: Buffer) => number {
  if (isNamesOnly) return (buffer) => buffer.indexOf(0) + 1 || -1;
  return (buffer) => {
    const nul = buffer.indexOf(0);
    const newline = buffer.indexOf(10);
    if (newline !== -1 && (nul === -1 || newline < nul)) {
      if (binaryMessage.test(buffer.toString('utf8', 0, newline + 1))) return newline + 1;
    }
    return nul === -1 ? -1 : buffer.indexOf(10, nul) + 1 || -1;
  };
}

/** Adds a record to what was found; false when it is one too many. */
function take(record: string, found: TextFound, { isNamesOnly, most }: TextSearch): boolean {
  const nul = record.indexOf('\0');
  if (nul === -1) return true;
  const file = path.normalize(record.slice(0, nul));
  const line = /^(\d+)([:-])(.*?)\r?\n?$/s.exec(record.slice(nul + 1));
  const isMatch = isNamesOnly || line?.[2] === ':';
  const isNew = !found.files.has(file);
  if (isMatch && found.matches >= most.matches) return false;
  if (isNew && found.files.size >= (most.files ?? Number.POSITIVE_INFINITY)) return false;
  if (isMatch) found.matches += 1;
  const lines = found.files.get(file) ?? [];
  if (line) lines.push({ number: Number(line[1]), isMatch, text: line[3] as string });
  found.files.set(file, lines);
  return true;
}
