import { defineTool, MaestroError } from '@maestro/core';
import { Type } from 'typebox';
import { editFile, editPreview } from './edit-file.js';
import { lineEndingOf, linesOf, withEnding } from './lines.js';
import { filePathParameters, filePlace } from './place.js';
import type { SeenFiles } from './seen-files.js';

export const insertAtLine = (seen: SeenFiles) =>
  defineTool({
    id: 'insert_at_line',
    title: 'Insert lines',
    description:
      'Inserts text as lines of its own before a line of a file, counted from 1; one more than the last appends.',
    parameters: Type.Object({
      ...filePathParameters,
      line_number: Type.Integer({ minimum: 1, description: 'The line to stand after the new ones' }),
      content: Type.String({ minLength: 1, description: 'The new lines' }),
    }),
    effects: 'write',
    retry: 'never',
    preview: (args, about) =>
      editPreview(filePlace(args, about.workingDirectory), about, (before, name) => insertLines(before, name, args)),
    run: async (args, call) =>
      await editFile({ place: filePlace(args, call.workingDirectory), seen, call }, ({ text }, name) => ({
        text: insertLines(text, name, args),
        said: `Inserted ${counted(linesOf(args.content).length)} before line ${args.line_number} of ${name}.`,
      })),
  });

export const counted = (lines: number): string => `${lines} ${lines === 1 ? 'line' : 'lines'}`;

/**
 * @returns the text with new lines before one of its own, in its line ending; its last line keeps or gets no ending
 * @throws MaestroError `tool.bad_range` past the end
 */
export function insertLines(
  text: string,
  name: string,
  { line_number, content }: { line_number: number; content: string },
): string {
  const lines = linesOf(text);
  if (line_number > lines.length + 1) {
    throw new MaestroError(
      'tool.bad_range',
      `${name} has ${counted(lines.length)}: insert before line 1 to ${lines.length + 1}, not ${line_number}.`,
    );
  }
  const ending = lineEndingOf(text);
  const before = lines.slice(0, line_number - 1).join('');
  const after = lines.slice(line_number - 1).join('');
  const start = before === '' || before.endsWith('\n') ? before : before + ending;
  const added = withEnding(content, ending);
  const needsEnd = !added.endsWith('\n') && (after !== '' || before === '' || before.endsWith('\n'));
  return start + added + (needsEnd ? ending : '') + after;
}
