import { isUtf8 } from 'node:buffer';

/** What bytes are, by the bytes themselves: neither a name nor whoever sends them is believed. */
export function seenType(bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, 16);
  const found = BEGINNINGS.find(([, offset, ...letters]) => letters.some((each) => head.startsWith(each, offset)));
  if (found) return found[0];
  return isText(bytes) ? TEXT : 'application/octet-stream';
}

export const TEXT = 'text/plain';

/** Images a browser may show: nothing in them can run. */
export const RASTER: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Letters are bytes; the offset is where they stand. */
const BEGINNINGS: readonly (readonly [type: string, offset: number, ...letters: string[]])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF87a', 'GIF89a'],
  ['image/webp', 8, 'WEBPVP8'],
  ['image/heic', 4, 'ftypheic', 'ftypheix', 'ftyphevc'],
  ['image/heif', 4, 'ftypmif1', 'ftypmsf1'],
  ['image/avif', 4, 'ftypavif'],
  ['application/pdf', 0, '%PDF-'],
  ['application/zip', 0, 'PK\x03\x04'],
  ['application/gzip', 0, '\x1f\x8b'],
];

/** UTF-8 without the characters that only binary data has. SVG and HTML are text as well. */
function isText(bytes: Buffer): boolean {
  return bytes.length > 0 && isUtf8(bytes) && bytes.every((byte) => byte >= 0x20 || WHITE.has(byte));
}

/** Tab, line ends, form feed, and what begins a colour. */
const WHITE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);

/** Width and height in pixels as the head of an image says them; undefined where it does not, or lies too far in. */
export function pixelsOf(bytes: Buffer, type: string): readonly [width: number, height: number] | undefined {
  try {
    if (type === 'image/png') return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    if (type === 'image/gif') return [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
    if (type === 'image/jpeg') return jpegPixels(bytes);
    return type === 'image/webp' ? webpPixels(bytes) : undefined;
  } catch (error) {
    // The head is cut off.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Walks from segment to segment until the one that begins a frame. */
function jpegPixels(bytes: Buffer): readonly [number, number] | undefined {
  for (let at = 2; bytes.readUInt8(at) === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
  }
  return undefined;
}

function webpPixels(bytes: Buffer): readonly [number, number] | undefined {
  const form = bytes.toString('latin1', 12, 16);
  if (form === 'VP8X') return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  if (form === 'VP8 ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  if (form !== 'VP8L') return undefined;
  const bits = bytes.readUInt32LE(21);
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
}
