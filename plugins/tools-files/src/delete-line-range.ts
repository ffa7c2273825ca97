import { defineTool, MaestroError } from '@maestro/core';
import { Type } from 'typebox';
import { editFile, editPreview } from './edit-file.js';
import { counted } from './insert-at-line.js';
import { linesOf } from './lines.js';
import { filePathParameters, filePlace } from './place.js';
import type { SeenFiles } from './seen-files.js';

export const deleteLineRange = (seen: SeenFiles) =>
  defineTool({
    id: 'delete_line_range',
    title: 'Delete lines',
    description: 'Deletes the lines of a file from start_line to end_line, counted from 1, both included.',
    parameters: Type.Object({
      ...filePathParameters,
      start_line: Type.Integer({ minimum: 1, description: 'First line to delete, from 1' }),
      end_line: Type.Integer({ minimum: 1, description: 'Last line to delete' }),
    }),
    effects: 'write',
    retry: 'never',
    preview: (args, about) =>
      editPreview(filePlace(args, about.workingDirectory), about, (before, name) => deleteLines(before, name, args)),
    run: async (args, call) =>
      await editFile({ place: filePlace(args, call.workingDirectory), seen, call }, ({ text }, name) => ({
        text: deleteLines(text, name, args),
        said: `Deleted ${counted(args.end_line - args.start_line + 1)} of ${name}, from line ${args.start_line}.`,
      })),
  });

/** @throws MaestroError `tool.bad_range` for lines the text does not have */
export function deleteLines(
  text: string,
  name: string,
  { start_line, end_line }: { start_line: number; end_line: number },
): string {
  const lines = linesOf(text);
  if (end_line < start_line) {
    throw new MaestroError('tool.bad_range', `end_line ${end_line} is before start_line ${start_line}.`);
  }
  if (end_line > lines.length) {
    throw new MaestroError('tool.bad_range', `${name} has ${counted(lines.length)}; there is no line ${end_line}.`);
  }
  return [...lines.slice(0, start_line - 1), ...lines.slice(end_line)].join('');
}
