import { stat } from 'node:fs/promises';
import { defineTool, text } from '@maestro/core';
import { Type } from 'typebox';
import { filterOf, filterParameters } from './file-filter.js';
import { findFiles } from './find-files.js';
import { globMatcher } from './glob-pattern.js';
import { directory, directoryPathParameters, directoryPlace, nameOf } from './place.js';
import type { Ripgrep } from './ripgrep.js';

/** More names than this help no model. */
export const MOST_NAMES = 1000;
/** Found ones whose times are compared; beyond this "newest first" counts among these. */
const mostCompared = 50_000;
const timeoutMs = 20_000;

export const glob = (ripgrep: Ripgrep) =>
  defineTool({
    id: 'glob',
    title: 'Find files',
    description:
      'Finds files whose path fits a pattern such as `src/**/*.ts` or `*.{md,txt}`, newest first. ' +
      'A pattern without a slash fits in every directory. What ignore files name is left out.',
    parameters: Type.Object({
      pattern: Type.String({ minLength: 1, description: 'The pattern, from the directory on' }),
      ...directoryPathParameters,
      case_sensitive: Type.Optional(Type.Boolean({ description: 'Tell upper from lower case' })),
      respect_git_ignore: Type.Optional(Type.Boolean({ description: 'As in file_filtering_options' })),
      respect_gemini_ignore: Type.Optional(Type.Boolean({ description: 'As in file_filtering_options' })),
      ...filterParameters,
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const place = await directory(directoryPlace(args, call.workingDirectory));
      const fits = globMatcher(args.pattern, { isCaseSensitive: args.case_sensitive ?? false });
      const wanted = { directory: place, filter: filterOf(args), fits, most: mostCompared, timeoutMs };
      const found = await findFiles(ripgrep, wanted, call);
      const sorted = await newestFirst(found.files, call.signal);
      const names = sorted.slice(0, MOST_NAMES).map((file) => nameOf(file, call.workingDirectory));
      const where = nameOf(place, call.workingDirectory);
      const more = [
        ...(sorted.length > MOST_NAMES ? [`(${sorted.length - MOST_NAMES} older ones are not shown)`] : []),
        ...(found.hasMore ? ['(there are more files than were looked at; name a directory further in)'] : []),
        ...(found.isOutOfTime ? [`(the time of ${timeoutMs / 1000} s ran out; name a directory further in)`] : []),
      ];
      if (names.length === 0)
        return { content: [text([`No file in ${where} fits ${args.pattern}.`, ...more].join('\n'))] };
      return { content: [text([...names, ...more].join('\n'))] };
    },
  });

/** By time of change, the newest first; those of the same time by name, so that the order is always the same. */
async function newestFirst(files: string[], signal: AbortSignal): Promise<string[]> {
  const timed: { file: string; time: number }[] = [];
  for (let at = 0; at < files.length; at += 64) {
    signal.throwIfAborted();
    const some = files.slice(at, at + 64);
    timed.push(
      ...(await Promise.all(
        some.map(async (file) => ({ file, time: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 })),
      )),
    );
  }
  return timed.sort((a, b) => b.time - a.time || (a.file < b.file ? -1 : 1)).map(({ file }) => file);
}
