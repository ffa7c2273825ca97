import { open } from 'node:fs/promises';
import { defineTool, MaestroError, text } from '@maestro/core';
import { Type } from 'typebox';
import { explain, nameOf, regularFile, resolvePlace } from './place.js';

/** What one call gives at most; the rest is asked for by range. */
export const SLICE_BYTES = 256 * 1024;

export const readFile = defineTool({
  id: 'read_file',
  title: 'Read file',
  description:
    'Reads a text file, whole or a range of lines counted from 1. Relative paths start at the working directory. ' +
    'At most 256 KiB come back at once; the result then says which lines these were and how many there are.',
  parameters: Type.Object({
    file_path: Type.String({ minLength: 1, description: 'Path of the file' }),
    start_line: Type.Optional(Type.Integer({ minimum: 1, description: 'First line, from 1' })),
    end_line: Type.Optional(Type.Integer({ minimum: 1, description: 'Last line, included' })),
  }),
  effects: 'read',
  retry: 'safe',
  async run({ file_path, start_line = 1, end_line }, { workingDirectory, signal }) {
    const place = resolvePlace(file_path, workingDirectory);
    if (end_line !== undefined && end_line < start_line) {
      throw new MaestroError('tool.bad_range', `end_line ${end_line} is before start_line ${start_line}.`);
    }
    const { file } = await regularFile(place);
    const slice = await readSlice(file, { first: start_line, last: end_line ?? Number.POSITIVE_INFINITY, signal });
    const name = nameOf(place, workingDirectory);
    if (slice.isBinary)
      throw new MaestroError('tool.binary', `${name} is not text (${slice.bytesRead} bytes), so it was not read.`);
    if (slice.lines === 0 && slice.total > 0) {
      throw new MaestroError('tool.bad_range', `${name} has ${slice.total} lines; line ${start_line} is past its end.`);
    }
    const isWhole = start_line === 1 && slice.lines === slice.total;
    const last = start_line + slice.lines - 1;
    const more = slice.isCut ? ' (cut at 256 KiB; ask for the next lines)' : '';
    return {
      content: [
        text(
          isWhole && !slice.isCut ? slice.text : `Lines ${start_line}-${last} of ${slice.total}${more}:\n${slice.text}`,
        ),
      ],
    };
  },
});

interface Slice {
  text: string;
  /** Lines in the slice, and in the whole file. */
  lines: number;
  total: number;
  isCut: boolean;
  isBinary: boolean;
  bytesRead: number;
}

/** Walks the file through one small buffer and keeps only the wanted lines, so memory stays flat whatever its size. */
async function readSlice(file: string, range: { first: number; last: number; signal: AbortSignal }): Promise<Slice> {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let line = 1;
  let bytesRead = 0;
  let endsWithNewline = true;
  let isCut = false;
  const handle = await open(file);
  try {
    for (;;) {
      range.signal.throwIfAborted();
      const chunk = buffer.subarray(0, (await handle.read(buffer, 0, buffer.length, null)).bytesRead);
      if (chunk.length === 0) break;
      if (bytesRead === 0 && chunk.subarray(0, 8000).includes(0)) {
        return { text: '', lines: 0, total: 0, isCut, isBinary: true, bytesRead: chunk.length };
      }
      bytesRead += chunk.length;
      endsWithNewline = chunk[chunk.length - 1] === 10;
      for (let start = 0; start < chunk.length; ) {
        const newline = chunk.indexOf(10, start);
        const end = newline === -1 ? chunk.length : newline + 1;
        if (line >= range.first && line <= range.last && !isCut) {
          const room = SLICE_BYTES - keptBytes;
          kept.push(Buffer.from(chunk.subarray(start, Math.min(end, start + room))));
          keptBytes += Math.min(end - start, room);
          isCut = end - start > room;
        }
        if (newline !== -1) line += 1;
        start = end;
      }
    }
  } catch (cause) {
    throw explain(file, cause);
  } finally {
    await handle.close();
  }
  const bytes = Buffer.concat(kept);
  // A cut may split a character; the decoder leaves out the torn end instead of showing a replacement mark.
  const text = new TextDecoder('utf-8').decode(bytes, { stream: isCut });
  const lines = bytes.length === 0 ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return { text, lines, total: endsWithNewline ? line - 1 : line, isCut, isBinary: false, bytesRead };
}
