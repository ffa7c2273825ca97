import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { MaestroError } from '@maestro/core';
import { decode, type Encoding, sniff } from './encoding.js';
import { explain, regularFile } from './place.js';

/** Files a whole-file edit takes into memory; larger ones are for ranges. */
export const WHOLE_FILE_BYTES = 16 * 1024 * 1024;

/** A text file as an edit needs it: what to keep when writing back travels along. */
export interface TextFile {
  /** Absolute, links followed. */
  file: string;
  text: string;
  mode: number;
  modifiedMs: number;
  encoding: Encoding;
  hasMark: boolean;
  /** Of the bytes, as `hashOf` gives it. */
  hash: string;
}

/** @throws MaestroError `tool.binary` for what is no text, `tool.too_large` over 16 MiB */
export async function readTextFile(place: string, signal: AbortSignal): Promise<TextFile> {
  const { file, size, mode, modifiedMs } = await regularFile(place);
  if (size > WHOLE_FILE_BYTES) {
    throw new MaestroError(
      'tool.too_large',
      `${place} has ${size} bytes, more than the ${WHOLE_FILE_BYTES} this edit can hold.`,
    );
  }
  try {
    const bytes = await readFile(file, { signal });
    const kind = sniff(bytes);
    if (kind === 'binary' || (kind.encoding === 'utf-8' && bytes.includes(0))) {
      throw new MaestroError('tool.binary', `${place} is not text (${bytes.length} bytes), so it was left alone.`);
    }
    const { text, encoding } = decode(bytes.subarray(kind.markBytes), kind.encoding);
    // A mark that did not keep its promise is a part of the text.
    const hasMark = kind.markBytes > 0 && encoding === kind.encoding;
    const whole = kind.markBytes > 0 && !hasMark ? bytes.toString('latin1') : text;
    return { file, text: whole, mode, modifiedMs, encoding, hasMark, hash: hashOf(bytes) };
  } catch (cause) {
    throw explain(place, cause);
  }
}

export const hashOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** The hash of a file of any size, in flat memory. */
export async function hashOfFile(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { signal, highWaterMark: 256 * 1024 })) hash.update(chunk);
  } catch (cause) {
    throw explain(file, cause);
  }
  return hash.digest('hex');
}
