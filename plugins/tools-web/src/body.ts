import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { MaestroError } from '@maestro/core';

export interface Body {
  bytes: Buffer;
  /** There is more than `most`. */
  isCut: boolean;
}

/**
 * A body as far as it has `most` bytes, decompressed: what is left is not even read.
 * @throws MaestroError `web.unreadable` for a way of packing that was not asked for
 */
export async function readBody(packed: Readable, packing: string, most: number): Promise<Body> {
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of unpacked(packed, packing) as AsyncIterable<Buffer>) {
      const fitting = chunk.subarray(0, most - length);
      chunks.push(fitting);
      length += fitting.length;
      if (fitting.length < chunk.length) return { bytes: Buffer.concat(chunks), isCut: true };
    }
    return { bytes: Buffer.concat(chunks), isCut: false };
  } finally {
    packed.destroy();
  }
}

/** Asked for with `accept-encoding`. */
export const PACKINGS = 'gzip, br';

function unpacked(packed: Readable, packing: string): Readable {
  const unpack = unpackerOf(packing.trim().toLowerCase());
  // An error on the way comes out where the last stream is read.
  return unpack ? pipeline(packed, unpack, () => undefined) : packed;
}

function unpackerOf(packing: string) {
  if (packing === '' || packing === 'identity') return undefined;
  if (packing === 'gzip' || packing === 'x-gzip') return createGunzip();
  if (packing === 'br') return createBrotliDecompress();
  if (packing === 'deflate') return createInflate();
  throw new MaestroError('web.unreadable', `The server packed its answer as "${packing.slice(0, 100)}" unasked.`);
}
