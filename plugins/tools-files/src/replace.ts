import { type ContentPart, defineTool, MaestroError, text } from '@maestro/core';
import { Type } from 'typebox';
import { atomicWrite } from './atomic-write.js';
import { fileDiff } from './file-diff.js';
import { nameOf, resolvePlace } from './place.js';
import { encode, readTextFile } from './text-file.js';

export const replace = defineTool({
  id: 'replace',
  title: 'Edit file',
  description:
    'Replaces an exact piece of text in a file. old_string must occur exactly once, with enough lines around the change to be unique, ' +
    'unless allow_multiple is set. Line endings of the file are kept.',
  parameters: Type.Object({
    file_path: Type.String({ minLength: 1, description: 'Path of the file' }),
    old_string: Type.String({ minLength: 1, description: 'Text to replace, exactly as it stands in the file' }),
    new_string: Type.String({ description: 'Text to put there' }),
    allow_multiple: Type.Optional(Type.Boolean({ description: 'Replace every occurrence' })),
  }),
  effects: 'write',
  retry: 'never',
  async run({ file_path, old_string, new_string, allow_multiple = false }, { workingDirectory, signal }) {
    const place = resolvePlace(file_path, workingDirectory);
    const name = nameOf(place, workingDirectory);
    const file = await readTextFile(place, signal);
    // The model writes \n; a file with \r\n is edited as \n and gets its own endings back.
    const before = file.lineEnding === '\r\n' ? file.text.replaceAll('\r\n', '\n') : file.text;
    const wanted = file.lineEnding === '\r\n' ? old_string.replaceAll('\r\n', '\n') : old_string;
    const pieces = before.split(wanted);
    const count = pieces.length - 1;
    if (count === 0)
      throw new MaestroError('tool.no_match', `${name}: old_string was not found. ${whyNot(before, wanted)}`);
    if (count > 1 && !allow_multiple) {
      throw new MaestroError(
        'tool.many_matches',
        `${name}: old_string occurs ${count} times (lines ${linesOf(before, wanted).join(', ')}): add lines around it, or set allow_multiple.`,
      );
    }
    const after = pieces.join(new_string);
    if (after === before)
      throw new MaestroError('tool.no_change', `${name}: old_string and new_string are the same; nothing was written.`);
    await atomicWrite(file.file, encode(after, file), { mode: file.mode, unchangedSince: file.modifiedMs, signal });
    const parts: ContentPart[] = [text(`Replaced ${count} ${count === 1 ? 'place' : 'places'} in ${name}.`)];
    const diff = fileDiff(name, before, after);
    return { content: diff ? [...parts, diff] : parts };
  },
});

/** The nearest reason, so that the next try succeeds. */
function whyNot(haystack: string, wanted: string): string {
  const squeeze = (value: string) => value.replace(/\s+/g, ' ').trim();
  const first = wanted.split('\n').find((line) => line.trim() !== '') ?? wanted;
  const lines = haystack.split('\n');
  const exact = lines.findIndex((line) => line.includes(first));
  if (exact !== -1)
    return `Its first line stands at line ${exact + 1}, but what follows differs: read the file from there.`;
  const spaced = lines.findIndex((line) => squeeze(line) !== '' && squeeze(line).includes(squeeze(first)));
  if (spaced !== -1)
    return `Line ${spaced + 1} is the same but for white space: ${JSON.stringify(lines[spaced]?.slice(0, 200))}.`;
  const folded = lines.findIndex((line) => line.toLowerCase().includes(first.trim().toLowerCase()));
  if (folded !== -1)
    return `Line ${folded + 1} is the same but for upper and lower case: ${JSON.stringify(lines[folded]?.slice(0, 200))}.`;
  return 'No line is like its first line: read the file again, it may have changed.';
}

function linesOf(haystack: string, wanted: string): number[] {
  const found: number[] = [];
  for (
    let at = haystack.indexOf(wanted);
    at !== -1 && found.length < 10;
    at = haystack.indexOf(wanted, at + wanted.length)
  ) {
    found.push(haystack.slice(0, at).split('\n').length);
  }
  return found;
}
