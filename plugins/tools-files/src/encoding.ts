import { MaestroError } from '@maestro/core';

/** How the bytes of a text file stand for its characters. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';

/** Bytes looked at to tell text from what is none. */
export const SNIFFED_BYTES = 8192;

const marks = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const;

/**
 * What the first bytes of a file say: its byte order mark, or that it is no text, for text holds no NUL.
 * Without a mark it is taken for UTF-8 until a byte says otherwise.
 */
export function sniff(head: Buffer): { encoding: Encoding; markBytes: number } | 'binary' {
  const mark = marks.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (mark) return { encoding: mark.encoding, markBytes: mark.bytes.length };
  // A PDF may hold no NUL in its first bytes, and is no text all the same.
  const isPdf = head.subarray(0, 5).toString('latin1') === '%PDF-';
  return isPdf || head.subarray(0, SNIFFED_BYTES).includes(0) ? 'binary' : { encoding: 'utf-8', markBytes: 0 };
}

/**
 * Characters of bytes without a mark. What is no UTF-8 is read as latin1, in which every byte is a character.
 *
 * @param isCut the bytes may end within a character, which is then left out
 */
export function decode(bytes: Buffer, encoding: Encoding, isCut = false): { text: string; encoding: Encoding } {
  if (encoding === 'latin1') return { text: bytes.toString('latin1'), encoding };
  try {
    const decoder = new TextDecoder(encoding, { fatal: encoding === 'utf-8', ignoreBOM: true });
    return { text: decoder.decode(bytes, { stream: isCut }), encoding };
  } catch {
    return { text: bytes.toString('latin1'), encoding: 'latin1' };
  }
}

/** The bytes of a text as they go back to a file, with the mark it had. */
export function encode(text: string, { encoding, hasMark }: { encoding: Encoding; hasMark: boolean }): Buffer {
  const marked = hasMark ? `\uFEFF${text}` : text;
  if (encoding === 'utf-8') return Buffer.from(marked, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(marked, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(marked, 'utf16le').swap16();
  const foreign = [...text].find((character) => character > '\u00ff');
  if (foreign !== undefined) {
    throw new MaestroError(
      'tool.encoding',
      `The file is latin1 text, which cannot hold ${JSON.stringify(foreign)}: leave that character out, or write the whole file anew as UTF-8.`,
    );
  }
  return Buffer.from(text, 'latin1');
}
