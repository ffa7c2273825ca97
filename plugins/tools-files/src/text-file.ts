import { readFile } from 'node:fs/promises';
import { MaestroError } from '@maestro/core';
import { explain, regularFile } from './place.js';

/** Files a whole-file edit takes into memory; larger ones are for ranges. */
export const WHOLE_FILE_BYTES = 16 * 1024 * 1024;

/** A text file as an edit needs it: what to keep when writing back travels along. */
export interface TextFile {
  file: string;
  text: string;
  mode: number;
  modifiedMs: number;
  hasBom: boolean;
  lineEnding: '\n' | '\r\n';
}

/** @throws MaestroError `tool.binary` for what is no UTF-8 text, `tool.too_large` over 16 MiB */
export async function readTextFile(place: string, signal: AbortSignal): Promise<TextFile> {
  const { file, size, mode, modifiedMs } = await regularFile(place);
  if (size > WHOLE_FILE_BYTES) {
    throw new MaestroError(
      'tool.too_large',
      `${place} has ${size} bytes, more than the ${WHOLE_FILE_BYTES} this edit can hold.`,
    );
  }
  try {
    const text = decode(await readFile(file, { signal }), place);
    const hasBom = text.startsWith('\uFEFF');
    const body = hasBom ? text.slice(1) : text;
    return { file, text: body, mode, modifiedMs, hasBom, lineEnding: lineEndingOf(body) };
  } catch (cause) {
    throw explain(place, cause);
  }
}

/** Bytes as they go back to the file, with the mark and line endings it had. */
export function encode(text: string, like: Pick<TextFile, 'hasBom' | 'lineEnding'>): Buffer {
  const body = like.lineEnding === '\r\n' ? text.replace(/\r?\n/g, '\r\n') : text;
  return Buffer.from((like.hasBom ? '\uFEFF' : '') + body, 'utf8');
}

/** The ending most lines have; a file without lines counts as `\n`. */
export function lineEndingOf(text: string): '\n' | '\r\n' {
  const all = text.split('\n').length - 1;
  const withReturn = text.split('\r\n').length - 1;
  return withReturn * 2 > all ? '\r\n' : '\n';
}

function decode(bytes: Buffer, place: string): string {
  try {
    if (bytes.includes(0)) throw new TypeError('NUL');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new MaestroError('tool.binary', `${place} is not UTF-8 text (${bytes.length} bytes), so it was left alone.`, {
      cause,
    });
  }
}
