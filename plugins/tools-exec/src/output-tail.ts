export type Stream = 'stdout' | 'stderr';

export interface Piece {
  stream: Stream;
  bytes: Buffer;
}

/** The last bytes of an output, copied into one buffer that is used round and round. */
export class OutputTail {
  readonly #capacity: number;
  #ring: Buffer | undefined;
  /** Where the oldest byte lies. */
  #start = 0;
  /** Whose bytes they are, oldest first. */
  readonly #runs: { stream: Stream; length: number }[] = [];
  length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(stream: Stream, bytes: Buffer): void {
    const last = bytes.subarray(-this.#capacity);
    this.#ring ??= Buffer.alloc(this.#capacity);
    this.#drop(this.length + last.length - this.#capacity);
    const at = (this.#start + this.length) % this.#capacity;
    const fitting = last.copy(this.#ring, at);
    last.copy(this.#ring, 0, fitting);
    this.length += last.length;
    const run = this.#runs.at(-1);
    if (run?.stream === stream) run.length += last.length;
    else this.#runs.push({ stream, length: last.length });
  }

  /** Oldest first. */
  pieces(): Piece[] {
    const ring = this.#ring ?? Buffer.alloc(0);
    const whole = Buffer.concat([ring.subarray(this.#start), ring.subarray(0, this.#start)]);
    let at = 0;
    return this.#runs.map(({ stream, length }) => {
      at += length;
      return { stream, bytes: whole.subarray(at - length, at) };
    });
  }

  #drop(excess: number): void {
    let left = Math.max(0, excess);
    this.#start = (this.#start + left) % this.#capacity;
    this.length -= left;
    for (let run = this.#runs[0]; run && left > 0; run = this.#runs[0]) {
      const dropped = Math.min(left, run.length);
      run.length -= dropped;
      left -= dropped;
      if (run.length === 0) this.#runs.shift();
    }
  }
}

/**
 * Gives the memory of a piece back at once instead of when the garbage is next collected, which with a flood is some
 * 60 MB later. The piece is empty from then on.
 */
export function release(bytes: Buffer): void {
  const { buffer } = bytes;
  // Small ones share their memory with others.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength && bytes.byteLength > 0) {
    buffer.transfer(0);
  }
}
