import { type ContentPart, MaestroError, type ToolCallContext, type ToolOutput, text } from '@maestro/core';
import { atomicWrite } from './atomic-write.js';
import { encode } from './encoding.js';
import { fileDiff } from './file-diff.js';
import { nameOf, regularFile } from './place.js';
import type { SeenFiles } from './seen-files.js';
import { readTextFile, type TextFile } from './text-file.js';

/** What an edit makes of a text, and what it says of that. */
export interface Edited {
  text: string;
  said: string;
}

/** What an edit would change, as a diff; it writes nothing and needs no file to be known to the session. */
export async function editPreview(
  place: string,
  { workingDirectory, signal }: Pick<ToolCallContext, 'workingDirectory' | 'signal'>,
  change: (before: string, name: string) => string,
): Promise<ContentPart[]> {
  const name = nameOf(place, workingDirectory);
  const { text: before } = await readTextFile(place, signal);
  const diff = fileDiff(name, before, change(before, name));
  return diff ? [diff] : [];
}

/**
 * Reads a text file, changes it and writes it back: alone, only if the session knows the file as it is, with its
 * encoding, mark and mode. A preview shows what would change and writes nothing.
 *
 * @param change gives the new text; throws MaestroError when the edit does not fit
 * @throws MaestroError `tool.stale`, `tool.no_change`, and what reading, changing and writing throw
 */
export async function editFile(
  { place, seen, call, isPreview }: { place: string; seen: SeenFiles; call: ToolCallContext; isPreview?: boolean },
  change: (file: TextFile, name: string) => Edited | Promise<Edited>,
): Promise<ToolOutput> {
  const name = nameOf(place, call.workingDirectory);
  const target = await regularFile(place);
  return await seen.alone(target.file, async () => {
    const file = await readTextFile(place, call.signal);
    await seen.checkFresh(call, file.file, name, file);
    const { text: after, said } = await change(file, name);
    if (after === file.text) {
      throw new MaestroError('tool.no_change', `${name} would stay as it is; nothing was written.`);
    }
    const bytes = encode(after, file);
    if (!isPreview) {
      await atomicWrite(file.file, bytes, { mode: file.mode, unchangedSince: file.modifiedMs, signal: call.signal });
      await seen.noteWritten(call, file.file, { bytes, text: after });
    }
    const parts: ContentPart[] = [text(said)];
    const diff = fileDiff(name, file.text, after);
    return { content: diff ? [...parts, diff] : parts };
  });
}
