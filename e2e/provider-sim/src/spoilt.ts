import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';

const MEBIBYTE = 1024 * 1024;

export const hugeLine = (bytes: number): string => `data: ${'x'.repeat(bytes)}`;

/** A line without an end, in pieces for as long as somebody takes them. */
export function* endlessLine(): Generator<Buffer> {
  yield Buffer.from('data: ');
  const piece = Buffer.alloc(MEBIBYTE / 16, 'x');
  for (;;) yield piece;
}

/** The same event over and over, many in one piece. */
export function* flood(text: string, count = Number.POSITIVE_INFINITY): Generator<string> {
  const thousand = text.repeat(1000);
  let remaining = count;
  for (; remaining > 1000; remaining -= 1000) yield thousand;
  yield text.repeat(remaining);
}

/** The last string in it begins with two bytes that no UTF-8 text has. */
export function withBadUtf8(text: string): Buffer {
  const at = text.lastIndexOf(':"') + 2;
  return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.of(0xc3, 0x28, 0xff), Buffer.from(text.slice(at))]);
}

/** A line of that many bytes, compressed; the memory it takes here does not grow with it. */
export function gzipBomb(bytes: number, layers: number): Readable {
  if (layers > 1) {
    let body: Buffer = gzipSync(hugeLine(bytes));
    for (let layer = 1; layer < layers; layer += 1) body = gzipSync(body);
    return Readable.from([body]);
  }
  return Readable.from(line(bytes)).pipe(createGzip({ level: 1 }));
}

function* line(bytes: number): Generator<Buffer> {
  yield Buffer.from('data: ');
  const piece = Buffer.alloc(MEBIBYTE, 'x');
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece.subarray(0, bytes - sent);
}
