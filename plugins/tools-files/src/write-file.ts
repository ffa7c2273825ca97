import { type ContentPart, defineTool, MaestroError, type ToolCallContext, text } from '@maestro/core';
import { Type } from 'typebox';
import { atomicWrite } from './atomic-write.js';
import { fileDiff } from './file-diff.js';
import { filePathParameters, filePlace, nameOf, writeTarget } from './place.js';
import { type SeenFiles, unread } from './seen-files.js';
import { hashOfFile, readTextFile } from './text-file.js';

export const writeFile = (seen: SeenFiles) =>
  defineTool({
    id: 'write_file',
    title: 'Write file',
    description:
      'Writes a whole file, creating it and its parent directories when absent and replacing what was there. ' +
      'An existing file must have been read in this session first. To change a part of a file, use replace.',
    parameters: Type.Object({
      ...filePathParameters,
      content: Type.String({ description: 'All of its new content' }),
    }),
    effects: 'write',
    retry: 'never',
    async preview(args, { workingDirectory, signal }) {
      const place = filePlace(args, workingDirectory);
      const { exists } = await writeTarget(place);
      const before = exists ? (await readTextFile(place, signal)).text : '';
      const diff = fileDiff(nameOf(place, workingDirectory), before, args.content);
      return diff ? [diff] : [];
    },
    async run(args, call) {
      const place = filePlace(args, call.workingDirectory);
      const name = nameOf(place, call.workingDirectory);
      const target = await writeTarget(place);
      return await seen.alone(target.file, async () => {
        const before = target.exists ? await known(place, target.file, seen, call) : { text: '' };
        const bytes = Buffer.from(args.content, 'utf8');
        await atomicWrite(target.file, bytes, {
          mode: target.mode,
          ...(before.modifiedMs !== undefined && { unchangedSince: before.modifiedMs }),
          isNew: !target.exists,
          signal: call.signal,
        });
        await seen.noteWritten(call, target.file, { bytes, text: args.content });
        const said = text(`${target.exists ? 'Replaced' : 'Created'} ${name} (${bytes.length} bytes).`);
        const diff = before.text === undefined ? undefined : fileDiff(name, before.text, args.content);
        const content: ContentPart[] = diff ? [said, diff] : [said];
        return { content };
      });
    },
  });

/** What stands there, if the session knows it; without a text for what is none, or too large. */
async function known(
  place: string,
  file: string,
  seen: SeenFiles,
  call: ToolCallContext,
): Promise<{ text?: string; modifiedMs?: number }> {
  const name = nameOf(place, call.workingDirectory);
  if (!(await seen.has(call, file))) throw unread(name);
  try {
    const now = await readTextFile(place, call.signal);
    await seen.checkFresh(call, file, name, now);
    return now;
  } catch (cause) {
    if (!(cause instanceof MaestroError) || !['tool.binary', 'tool.too_large'].includes(cause.code)) throw cause;
    await seen.checkFresh(call, file, name, { hash: await hashOfFile(file, call.signal) });
    return {};
  }
}
