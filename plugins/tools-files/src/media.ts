import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ContentPart, MaestroError, type ToolCallContext, text } from '@maestro/core';
import { fileTypeFromBuffer } from 'file-type';

/** Pictures and documents that models take, up to a size providers take. */
export const MEDIA_BYTES = 20 * 1024 * 1024;

const keptTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf']);

interface Media {
  file: string;
  /** How the result calls it. */
  name: string;
  /** Its first bytes, at least 4 KiB where it has them. */
  head: Buffer;
  size: number;
}

/**
 * The parts that show a picture or PDF.
 * @throws MaestroError `tool.binary` for anything else, which it names; `tool.too_large` over 20 MiB
 */
export async function mediaParts({ file, name, head, size }: Media, call: ToolCallContext): Promise<ContentPart[]> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  const mediaType = found?.mime;
  if (!mediaType || !keptTypes.has(mediaType)) {
    const what = found ? `${found.mime} (${found.ext})` : 'binary data of an unknown kind';
    throw new MaestroError('tool.binary', `${name} is not text but ${what}, ${size} bytes, so it was not read.`);
  }
  if (size > MEDIA_BYTES) {
    throw new MaestroError(
      'tool.too_large',
      `${name} is ${mediaType} of ${size} bytes; at most ${MEDIA_BYTES} are read.`,
    );
  }
  const bytes = await readFile(file, { signal: call.signal });
  const part = await call.keep(bytes, { mediaType, name: path.basename(file) });
  return [text(`${name}: ${mediaType}, ${bytes.length} bytes.`), part];
}
