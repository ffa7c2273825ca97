import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { defineTool, MaestroError, text } from '@maestro/core';
import { Type } from 'typebox';
import { explain, nameOf, resolvePlace } from './place.js';

/** More names than this help no model; the result says that there are more. */
export const MOST_ENTRIES = 1000;

export const listDirectory = defineTool({
  id: 'list_directory',
  title: 'List directory',
  description:
    'Lists the direct children of a directory: directories first, with a slash, then files with their size in bytes.',
  parameters: Type.Object({
    dir_path: Type.Optional(Type.String({ description: 'Path of the directory; the working directory when left out' })),
  }),
  effects: 'read',
  retry: 'safe',
  async run({ dir_path = '.' }, { workingDirectory, signal }) {
    const place = resolvePlace(dir_path, workingDirectory);
    const { entries, hasMore } = await children(place, signal);
    const lines = await Promise.all(entries.map((entry) => describe(place, entry)));
    const sorted = lines.sort(
      (a, b) => Number(b.isDirectory) - Number(a.isDirectory) || a.line.localeCompare(b.line, 'en'),
    );
    const name = nameOf(place, workingDirectory);
    if (sorted.length === 0) return { content: [text(`${name} is empty.`)] };
    const end = hasMore ? [`(only the first ${MOST_ENTRIES} entries are shown)`] : [];
    return { content: [text([...sorted.map(({ line }) => line), ...end].join('\n'))] };
  },
});

type Child = { name: string; isDirectory: boolean; isLink: boolean };

async function children(place: string, signal: AbortSignal): Promise<{ entries: Child[]; hasMore: boolean }> {
  const entries: Child[] = [];
  try {
    for await (const entry of await opendir(place)) {
      signal.throwIfAborted();
      if (entries.length === MOST_ENTRIES) return { entries, hasMore: true };
      entries.push({ name: entry.name, isDirectory: entry.isDirectory(), isLink: entry.isSymbolicLink() });
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR') {
      throw new MaestroError('tool.not_a_directory', `${place} is not a directory: read it instead.`, { cause });
    }
    throw explain(place, cause);
  }
  return { entries, hasMore: false };
}

async function describe(
  place: string,
  { name, isDirectory, isLink }: Child,
): Promise<{ line: string; isDirectory: boolean }> {
  // A name may hold newlines or escape sequences; quoted, it stays one line and one name.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const shown = /[\u0000-\u001f\u007f"]/.test(name) ? JSON.stringify(name) : name;
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
