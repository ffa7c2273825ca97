import { type ContentPart, defineTool, text } from '@maestro/core';
import { Type } from 'typebox';
import { atomicWrite } from './atomic-write.js';
import { fileDiff } from './file-diff.js';
import { nameOf, resolvePlace, writeTarget } from './place.js';
import { readTextFile } from './text-file.js';

export const writeFile = defineTool({
  id: 'write_file',
  title: 'Write file',
  description:
    'Writes a whole file, creating it and its parent directories when absent and replacing what was there. ' +
    'Relative paths start at the working directory. To change a part of a file, use replace.',
  parameters: Type.Object({
    file_path: Type.String({ minLength: 1, description: 'Path of the file' }),
    content: Type.String({ description: 'All of its new content' }),
  }),
  effects: 'write',
  retry: 'never',
  async run({ file_path, content }, { workingDirectory, signal }) {
    const place = resolvePlace(file_path, workingDirectory);
    const target = await writeTarget(place);
    const before = target.exists ? await textBefore(place, signal) : '';
    const bytes = Buffer.from(content, 'utf8');
    await atomicWrite(target.file, bytes, { mode: target.mode, signal });
    const name = nameOf(place, workingDirectory);
    const parts: ContentPart[] = [text(`${target.exists ? 'Replaced' : 'Created'} ${name} (${bytes.length} bytes).`)];
    const diff = before === undefined ? undefined : fileDiff(name, before, content);
    return { content: diff ? [...parts, diff] : parts };
  },
});

/** For the diff only: what was no text, or too large, has none. */
async function textBefore(place: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await readTextFile(place, signal)).text;
  } catch (cause) {
    if (['tool.binary', 'tool.too_large', 'tool.denied'].includes((cause as { code?: string }).code ?? ''))
      return undefined;
    throw cause;
  }
}
