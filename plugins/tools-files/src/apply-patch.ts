import { defineTool, MaestroError } from '@maestro/core';
import { Type } from 'typebox';
import { editFile } from './edit-file.js';
import { fitHunk, whyUnfit } from './fit-hunk.js';
import { bare, lineEndingOf, linesOf } from './lines.js';
import { type Hunk, type PatchLine, parsePatch } from './parse-patch.js';
import { filePathParameters, filePlace } from './place.js';
import type { SeenFiles } from './seen-files.js';

export const applyPatch = (seen: SeenFiles) =>
  defineTool({
    id: 'apply_patch',
    title: 'Apply patch',
    description:
      'Applies a unified diff to one existing file: all of its hunks or none. Lines may have moved, and up to two lines of context ' +
      'at each end of a hunk may differ; the result says so. File names within the diff are not looked at.',
    parameters: Type.Object({
      ...filePathParameters,
      patch_content: Type.String({ minLength: 1, description: 'The unified diff' }),
    }),
    effects: 'write',
    retry: 'never',
    run: async (args, call) => {
      const place = filePlace(args, call.workingDirectory);
      const hunks = parsePatch(args.patch_content);
      return await editFile({ place, seen, call }, ({ text }, name) => {
        const patched = patchText(text, name, hunks);
        const count = `${hunks.length} ${hunks.length === 1 ? 'hunk' : 'hunks'}`;
        return { text: patched.text, said: [`Applied ${count} to ${name}.`, ...patched.notes].join('\n') };
      });
    },
  });

/**
 * @returns the text with all hunks applied, and what was not exactly as the patch says
 * @throws MaestroError `tool.patch_unfit` saying which hunk does not fit and why
 */
export function patchText(before: string, name: string, hunks: readonly Hunk[]): { text: string; notes: string[] } {
  const lines = linesOf(before);
  const plain = lines.map(bare);
  const ending = lineEndingOf(before);
  const notes: string[] = [];
  const result: string[] = [];
  let done = 0;
  let drift = 0;
  for (const [index, hunk] of hunks.entries()) {
    const expected = expectedIndex(hunk, drift, done);
    const fit = fitHunk(plain, hunk, done, expected);
    if (!fit) {
      throw new MaestroError(
        'tool.patch_unfit',
        `${name}: hunk ${index + 1} of ${hunks.length} does not fit; nothing was written. ${whyUnfit(plain, hunk, done)}`,
      );
    }
    const leading = hunk.lines.indexOf(fit.lines[0] as PatchLine);
    const moved = fit.at - leading - expected;
    if (hunk.oldStart !== undefined) drift += moved;
    notes.push(...noteOf(index + 1, fit.fuzz, hunk.oldStart === undefined ? 0 : moved, fit.at + 1));
    push(result, lines.slice(done, fit.at));
    let at = fit.at;
    for (const { kind, text, hasEnding } of fit.lines) {
      if (kind === '+') push(result, [hasEnding ? text + ending : text]);
      else if (kind === ' ') push(result, [ended(lines[at++] as string, hasEnding, ending)]);
      else at += 1;
    }
    done = at;
  }
  push(result, lines.slice(done));
  return { text: withInnerEndings(result, ending), notes };
}

/** A hunk that takes no line away is placed after the line its header names, all others at it. */
function expectedIndex({ oldStart, lines }: Hunk, drift: number, done: number): number {
  if (oldStart === undefined) return done;
  const isInsertion = lines.every(({ kind }) => kind === '+');
  return (isInsertion ? oldStart : oldStart - 1) + drift;
}

function noteOf(number: number, fuzz: number, moved: number, line: number): string[] {
  if (fuzz === 0 && moved === 0) return [];
  const far = `${Math.abs(moved)} ${Math.abs(moved) === 1 ? 'line' : 'lines'} ${moved > 0 ? 'below' : 'above'} the place it names`;
  const without = `without ${fuzz} ${fuzz === 1 ? 'line' : 'lines'} of context at its ends (fuzz ${fuzz})`;
  const how = [...(moved === 0 ? [] : [far]), ...(fuzz === 0 ? [] : [without])].join(', ');
  return [`Hunk ${number} was applied at line ${line}, ${how}.`];
}

const push = (result: string[], lines: readonly string[]) => {
  for (const line of lines) result.push(line);
};

/** A context line as it was, unless the patch says that the file now ends with it and no newline. */
const ended = (line: string, hasEnding: boolean, ending: string) =>
  hasEnding || !line.endsWith(ending) ? line : bare(line);

/** Only the last line may go without an ending. */
const withInnerEndings = (lines: string[], ending: string) =>
  lines.map((line, index) => (index < lines.length - 1 && !line.endsWith('\n') ? line + ending : line)).join('');
