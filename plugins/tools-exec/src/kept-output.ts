import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TerminalPart } from '@maestro/core';
import { OutputTail, type Piece, release, type Stream } from './output-tail.js';
import { colouredText, plainText } from './plain-text.js';

type Chunk = TerminalPart['chunks'][number];

/** Of the beginning, and again of the end: together a little less than the 256 KiB a model is shown of one result. */
const HALF = 127 * 1024;
/** What is written to a file of an output that is longer. */
const FILE_BYTES = 16 * 1024 * 1024;

/** Name of a file that holds an output; old ones are found by it. */
export const spoolName = /^maestro-output-[0-9a-f]{16}\.log$/;

/**
 * What a program writes, in bounded memory: its beginning and its end. An output longer than both goes into a private
 * file as well, and what is too long for that is counted and forgotten.
 */
export class KeptOutput {
  readonly #head: Piece[] = [];
  #headBytes = 0;
  readonly #tail = new OutputTail(HALF);
  #total = 0;
  #spool: { path: string; file: number | null; bytes: number; fault?: string } | undefined;

  /** Takes a piece; the memory of a large one is given back, so nobody else may have use for it. */
  add(stream: Stream, bytes: Buffer): void {
    if (this.#total + bytes.length > 2 * HALF) this.#write(bytes);
    this.#total += bytes.length;
    const first = Buffer.from(bytes.subarray(0, HALF - this.#headBytes));
    if (first.length > 0) append(this.#head, stream, first);
    this.#headBytes += first.length;
    if (bytes.length > first.length) this.#tail.add(stream, bytes.subarray(first.length));
    release(bytes);
  }

  /** Nothing more comes. */
  close(): void {
    if (this.#spool?.file == null) return;
    closeSync(this.#spool.file);
    this.#spool.file = null;
  }

  /** As text for a model, in the order it came. */
  chunks(): Chunk[] {
    const leftOut = this.#leftOut();
    const between: Chunk[] = leftOut > 0 ? [{ stream: 'stdout', text: `\n[... ${leftOut} bytes left out ...]\n` }] : [];
    // Without a gap one may go on where the other ends, even within a character.
    const pieces = leftOut > 0 ? [this.#head, this.#tail.pieces()] : [[...this.#head, ...this.#tail.pieces()]];
    const [head = [], tail = []] = pieces.map(texts);
    return [...head, ...between, ...tail];
  }

  /** The last lines of what is kept. */
  lastLines(count: number): string {
    const text = this.chunks()
      .map((chunk) => chunk.text)
      .join('');
    return text.replace(/\n$/, '').split('\n').slice(-count).join('\n');
  }

  /** Where the rest is, in words for a model; empty while nothing is left out. */
  note(): string {
    const leftOut = this.#leftOut();
    if (leftOut === 0) return '';
    const lost = this.#total - (this.#spool?.bytes ?? 0);
    const what = `The output is ${this.#total} bytes long; ${leftOut} from its middle are left out here.`;
    if (!this.#spool || this.#spool.bytes === 0) return `${what} No file holds them: ${this.#spool?.fault}.`;
    if (lost === 0) return `${what} All of it is in ${this.#spool.path}.`;
    const why = this.#spool.fault ?? 'discarded';
    return `${what} Its first ${this.#spool.bytes} bytes are in ${this.#spool.path}; the last ${lost} were not kept (${why}).`;
  }

  #leftOut(): number {
    return this.#total - this.#headBytes - this.#tail.length;
  }

  /** The first time with all that came before, which is in memory still. */
  #write(bytes: Buffer): void {
    if (!this.#spool) {
      this.#spool = openSpool();
      for (const piece of [...this.#head, ...this.#tail.pieces()]) this.#append(piece.bytes);
    }
    this.#append(bytes);
  }

  #append(bytes: Buffer): void {
    const spool = this.#spool;
    if (!spool || spool.file === null || spool.fault) return;
    const fitting = bytes.subarray(0, FILE_BYTES - spool.bytes);
    try {
      for (let at = 0; at < fitting.length; ) {
        const written = writeSync(spool.file, fitting, at);
        at += written;
        spool.bytes += written;
      }
    } catch (error) {
      // Such as a full disk. The program goes on; what is told of the output says so.
      spool.fault = (error as Error).message;
    }
  }
}

function openSpool() {
  const path = join(tmpdir(), `maestro-output-${randomBytes(8).toString('hex')}.log`);
  try {
    return { path, file: openSync(path, 'wx', 0o600), bytes: 0 };
  } catch (error) {
    return { path, file: null, bytes: 0, fault: (error as Error).message };
  }
}

function append(pieces: Piece[], stream: Stream, bytes: Buffer): void {
  const last = pieces.at(-1);
  // Pieces of a few bytes are joined.
  if (last?.stream === stream && last.bytes.length + bytes.length <= 4_096) {
    last.bytes = Buffer.concat([last.bytes, bytes]);
  } else pieces.push({ stream, bytes });
}

/** Neighbours of one stream are decoded together: a character or a sequence may be cut between them. */
function texts(pieces: readonly Piece[]): Chunk[] {
  const runs: { stream: Stream; parts: Buffer[] }[] = [];
  for (const { stream, bytes } of pieces) {
    const last = runs.at(-1);
    if (last?.stream === stream) last.parts.push(bytes);
    else runs.push({ stream, parts: [bytes] });
  }
  const chunks = runs.map(({ stream, parts }) => chunkOf(stream, Buffer.concat(parts).toString()));
  return chunks.filter(({ text }) => text !== '');
}

function chunkOf(stream: Stream, written: string): Chunk {
  const [text, ansi] = [plainText(written), colouredText(written)];
  return ansi === text ? { stream, text } : { stream, text, ansi };
}
