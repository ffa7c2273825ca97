import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { defineTool, MaestroError, text } from '@maestro/core';
import { Type } from 'typebox';
import { filterOf, filterParameters } from './file-filter.js';
import { globMatcher } from './glob-pattern.js';
import { ignoreRules } from './ignore-rules.js';
import { directoryPathParameters, directoryPlace, explain, nameOf, quoted } from './place.js';

/** More names than this help no model; the result says that there are more. */
export const MOST_ENTRIES = 1000;
/** Names looked at when most of them are ignored. */
const mostLookedAt = 100_000;

export const listDirectory = defineTool({
  id: 'list_directory',
  title: 'List directory',
  description:
    'Lists the direct children of a directory: directories first, with a slash, then files with their size in bytes. ' +
    'What ignore files such as .gitignore name is left out and counted.',
  parameters: Type.Object({
    ...directoryPathParameters,
    ignore: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { maxItems: 100, description: 'Globs of names to leave out' }),
    ),
    ...filterParameters,
  }),
  effects: 'read',
  retry: 'safe',
  async run(args, { workingDirectory, signal }) {
    const place = directoryPlace(args, workingDirectory);
    const globs = (args.ignore ?? []).map((pattern) => globMatcher(pattern, { isCaseSensitive: true }));
    const isIgnored = await ignoreRules(place, { filter: filterOf(args), workingDirectory });
    const leaveOut = (name: string, isDirectory: boolean) =>
      globs.some((fits) => fits(name)) || isIgnored(name, isDirectory);
    const { entries, hasMore, ignored } = await children(place, leaveOut, signal);
    const lines = await Promise.all(entries.map((entry) => describe(place, entry)));
    const sorted = lines.sort(
      (a, b) => Number(b.isDirectory) - Number(a.isDirectory) || a.line.localeCompare(b.line, 'en'),
    );
    const name = nameOf(place, workingDirectory);
    const end = [
      ...(hasMore ? [`(only the first ${MOST_ENTRIES} entries are shown)`] : []),
      ...(ignored > 0 ? [`(${ignored} ignored ${ignored === 1 ? 'entry is' : 'entries are'} not shown)`] : []),
    ];
    const shown =
      sorted.length === 0 && !hasMore
        ? [`${name} ${ignored > 0 ? 'has nothing else' : 'is empty'}.`]
        : sorted.map(({ line }) => line);
    return { content: [text([...shown, ...end].join('\n'))] };
  },
});

type Child = { name: string; isDirectory: boolean; isLink: boolean };
type LeaveOut = (name: string, isDirectory: boolean) => boolean;

async function children(
  place: string,
  leaveOut: LeaveOut,
  signal: AbortSignal,
): Promise<{ entries: Child[]; hasMore: boolean; ignored: number }> {
  const entries: Child[] = [];
  let ignored = 0;
  try {
    for await (const entry of await opendir(place, { bufferSize: 256 })) {
      signal.throwIfAborted();
      if (leaveOut(entry.name, entry.isDirectory())) ignored += 1;
      else if (entries.length < MOST_ENTRIES) {
        entries.push({ name: entry.name, isDirectory: entry.isDirectory(), isLink: entry.isSymbolicLink() });
      } else return { entries, hasMore: true, ignored };
      if (ignored >= mostLookedAt) return { entries, hasMore: true, ignored };
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR') {
      throw new MaestroError('tool.not_a_directory', `${place} is not a directory: read it instead.`, { cause });
    }
    throw explain(place, cause);
  }
  return { entries, hasMore: false, ignored };
}

async function describe(
  place: string,
  { name, isDirectory, isLink }: Child,
): Promise<{ line: string; isDirectory: boolean }> {
  const shown = quoted(name);
  if (isDirectory) return { line: `${shown}/`, isDirectory };
  try {
    const { size, isDirectory: leadsToDirectory } = await stat(path.join(place, name)).then((found) => ({
      size: found.size,
      isDirectory: found.isDirectory(),
    }));
    return leadsToDirectory
      ? { line: `${shown}/ (link)`, isDirectory: true }
      : { line: `${shown} (${size} bytes${isLink ? ', link' : ''})`, isDirectory };
  } catch {
    return { line: `${shown} (${isLink ? 'broken link' : 'gone meanwhile'})`, isDirectory };
  }
}
