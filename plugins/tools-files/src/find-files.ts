import path from 'node:path';
import type { ToolCallContext } from '@maestro/core';
import { type Filter, filterArguments } from './file-filter.js';
import type { Ripgrep } from './ripgrep.js';

/** Names looked through at most; a tree with more is searched in parts. */
export const MOST_FILES = 500_000;

export interface FilesFound {
  /** Absolute. */
  files: string[];
  isOutOfTime: boolean;
  hasMore: boolean;
}

interface Wanted {
  /** Absolute. */
  directory: string;
  filter: Filter;
  /** Paths relative to the directory, with slashes. */
  fits: (relative: string) => boolean;
  /** Found ones at most. */
  most: number;
  isDeep?: boolean;
  timeoutMs: number;
}

/** Files under a directory that are not ignored and fit. */
export async function findFiles(ripgrep: Ripgrep, wanted: Wanted, call: ToolCallContext): Promise<FilesFound> {
  const { directory, filter, fits, most, isDeep = true, timeoutMs } = wanted;
  const args = [
    '--files',
    '--null',
    ...(isDeep ? [] : ['--max-depth=1']),
    ...(await filterArguments(filter, call.workingDirectory)),
  ];
  const state = { isOutOfTime: false };
  const files: string[] = [];
  let count = 0;
  let hasMore = false;
  const run = { args: [...args, '--', directory], cwd: call.workingDirectory, timeoutMs };
  const next = (buffer: Buffer) => buffer.indexOf(0) + 1 || -1;
  for await (const record of ripgrep.records(run, { next, call, state })) {
    const file = record.toString('utf8', 0, record.length - 1);
    count += 1;
    if (count > MOST_FILES || files.length >= most) {
      hasMore = true;
      break;
    }
    const relative = path.relative(directory, file).split(path.sep).join('/');
    if (fits(relative)) files.push(file);
  }
  return { files, hasMore, isOutOfTime: state.isOutOfTime };
}
