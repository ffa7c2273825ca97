import { defineTool, MaestroError } from '@maestro/core';
import { Type } from 'typebox';
import { editFile, editPreview } from './edit-file.js';
import { lineEndingOf, withEnding } from './lines.js';
import { filePathParameters, filePlace } from './place.js';
import { lineAt, placesOf } from './places-of.js';
import type { SeenFiles } from './seen-files.js';
import { whyNoMatch } from './why-no-match.js';

export const replace = (seen: SeenFiles) =>
  defineTool({
    id: 'replace',
    title: 'Edit file',
    description:
      'Replaces an exact piece of text in a file. old_string must occur exactly once, with enough lines around the change to be unique, ' +
      'unless allow_multiple or expected_replacements says otherwise. Line endings of the file are kept.',
    parameters: Type.Object({
      ...filePathParameters,
      old_string: Type.String({ minLength: 1, description: 'Text to replace, exactly as it stands in the file' }),
      new_string: Type.String({ description: 'Text to put there' }),
      allow_multiple: Type.Optional(Type.Boolean({ description: 'Replace every occurrence' })),
      expected_replacements: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Replace every occurrence, if there are just so many' }),
      ),
      replaceBeginLineNumber: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Only occurrences that begin in this line or below count' }),
      ),
      instruction: Type.Optional(Type.String({ description: 'What the change is for, in words; shown to people' })),
    }),
    effects: 'write',
    retry: 'never',
    preview: (args, about) =>
      editPreview(filePlace(args, about.workingDirectory), about, (before, name) => replaceIn(before, name, args).text),
    run: async (args, call) =>
      await editFile({ place: filePlace(args, call.workingDirectory), seen, call }, ({ text }, name) => {
        const edited = replaceIn(text, name, args);
        const places = `${edited.count} ${edited.count === 1 ? 'place' : 'places'}`;
        return { text: edited.text, said: `Replaced ${places} in ${name}.` };
      }),
  });

interface Replacement {
  old_string: string;
  new_string: string;
  allow_multiple?: boolean;
  expected_replacements?: number;
  replaceBeginLineNumber?: number;
}

/**
 * @returns the text with only the found places changed, in the line ending of the text
 * @throws MaestroError `tool.no_match` with the nearest place, `tool.many_matches`
 */
export function replaceIn(before: string, name: string, wanted: Replacement): { text: string; count: number } {
  const { old_string, new_string, expected_replacements, replaceBeginLineNumber: from = 1 } = wanted;
  const places = placesOf(before, old_string).filter(({ start }) => from === 1 || lineAt(before, start) >= from);
  if (places.length === 0) {
    const below = from > 1 ? ` in line ${from} or below` : '';
    throw new MaestroError(
      'tool.no_match',
      `${name}: old_string was not found${below}. ${whyNoMatch(before, old_string, new_string)}`,
    );
  }
  const most = wanted.allow_multiple ? undefined : (expected_replacements ?? 1);
  if (most !== undefined && places.length !== most) {
    const lines = places.slice(0, 10).map(({ start }) => lineAt(before, start));
    const expected = expected_replacements === undefined ? '' : `, not ${expected_replacements}`;
    throw new MaestroError(
      'tool.many_matches',
      `${name}: old_string occurs ${places.length} times${expected} (lines ${lines.join(', ')}): add lines around it, or set allow_multiple.`,
    );
  }
  const put = before.includes('\n') ? withEnding(new_string, lineEndingOf(before)) : new_string;
  let text = '';
  let at = 0;
  for (const { start, end } of places) {
    text += before.slice(at, start) + put;
    at = end;
  }
  return { text: text + before.slice(at), count: places.length };
}
