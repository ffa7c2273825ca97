import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { decode, type Encoding, SNIFFED_BYTES, sniff } from './encoding.js';
import { linesOf } from './lines.js';
import { explain } from './place.js';

/** What one call gives at most; the rest is asked for by range. */
export const SLICE_BYTES = 256 * 1024;

export interface Slice {
  text: string;
  encoding: Encoding;
  /** Lines in the slice, and in the whole file. */
  lines: number;
  total: number;
  /** More was asked for than one call gives. */
  isCut: boolean;
  /** Of the whole file. */
  hash: string;
  size: number;
}

/** The first bytes of what is no text, to tell what it is. */
export interface Unreadable {
  head: Buffer;
}

interface Range {
  /** From 1, both included; `last` may be Infinity. */
  first: number;
  last: number;
  /** Bytes it may have; `SLICE_BYTES` when left out. */
  most?: number;
  signal: AbortSignal;
}

/** Walks a file through one small buffer and keeps only the wanted lines, so memory stays flat whatever its size. */
export async function readSlice(file: string, range: Range): Promise<Slice | Unreadable> {
  const handle = await open(file).catch((cause) => {
    throw explain(file, cause);
  });
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    // Chunks are full but for the last, so that one never begins within a UTF-16 character.
    const next = async () => {
      let filled = 0;
      while (filled < buffer.length) {
        range.signal.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, null);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    };
    return await walk(next, range);
  } catch (cause) {
    throw explain(file, cause);
  } finally {
    await handle.close();
  }
}

const chunkBytes = 256 * 1024;

async function walk(next: () => Promise<Buffer>, range: Range): Promise<Slice | Unreadable> {
  let chunk = await next();
  const kind = sniff(chunk);
  if (kind === 'binary') return { head: Buffer.from(chunk.subarray(0, SNIFFED_BYTES)) };
  const hash = createHash('sha256').update(chunk);
  const keeper = new LineKeeper(range, kind.encoding);
  let size = chunk.length;
  keeper.take(chunk.subarray(kind.markBytes));
  while (chunk.length === chunkBytes) {
    chunk = await next();
    hash.update(chunk);
    size += chunk.length;
    keeper.take(chunk);
  }
  const { text, encoding } = decode(Buffer.concat(keeper.kept), kind.encoding, keeper.isCut);
  return {
    ...{ text, encoding, lines: linesOf(text).length, total: keeper.total },
    ...{ isCut: keeper.isCut, hash: hash.digest('hex'), size },
  };
}

/** Counts lines and keeps copies of those in a range, up to its most bytes. */
class LineKeeper {
  readonly kept: Buffer[] = [];
  isCut = false;
  readonly #range: Range;
  readonly #unit: 1 | 2;
  /** Where in a unit the newline's byte stands. */
  readonly #place: number;
  #room: number;
  #line = 1;
  #isOpen = false;

  constructor(range: Range, encoding: Encoding) {
    this.#range = range;
    this.#room = range.most ?? SLICE_BYTES;
    this.#unit = encoding.startsWith('utf-16') ? 2 : 1;
    this.#place = encoding === 'utf-16be' ? 1 : 0;
  }

  get total(): number {
    return this.#isOpen ? this.#line : this.#line - 1;
  }

  take(chunk: Buffer): void {
    const { first, last } = this.#range;
    let start = this.#line >= first && this.#line <= last ? 0 : -1;
    for (let end = this.#afterNewline(chunk, 0); end !== -1; end = this.#afterNewline(chunk, end)) {
      this.#line += 1;
      if (this.#line === first) start = end;
      if (this.#line === last + 1 && start !== -1) {
        this.#keep(chunk.subarray(start, end));
        start = -1;
      }
      this.#isOpen = end < chunk.length;
    }
    if (chunk.length > 0 && this.#lastUnit(chunk) !== 10) this.#isOpen = true;
    if (start !== -1) this.#keep(chunk.subarray(start));
  }

  /** The index behind the next newline. A plain loop: a call per newline would be slow where lines are short. */
  #afterNewline(chunk: Buffer, from: number): number {
    if (this.#unit === 1) {
      for (let at = from; at < chunk.length; at += 1) if (chunk[at] === 10) return at + 1;
      return -1;
    }
    const place = this.#place;
    for (let at = from; at + 1 < chunk.length; at += 2) {
      if (chunk[at + place] === 10 && chunk[at + 1 - place] === 0) return at + 2;
    }
    return -1;
  }

  #lastUnit(chunk: Buffer): number | undefined {
    if (this.#unit === 1) return chunk[chunk.length - 1];
    if (chunk.length % 2 === 1) return undefined;
    return this.#place === 1 ? chunk.readUInt16BE(chunk.length - 2) : chunk.readUInt16LE(chunk.length - 2);
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const part = bytes.subarray(0, this.#room);
    if (part.length > 0) this.kept.push(Buffer.from(part));
    this.#room -= part.length;
    if (part.length < bytes.length) this.isCut = true;
  }
}
