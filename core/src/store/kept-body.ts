import { deflate, deflateBlock } from './delta.js';

/** What an answer may have before it is deflated piece by piece. Most are smaller. */
const BLOCK = 256 * 1024;

/**
 * The raw answer of a provider as it comes in. A large one is deflated block by block meanwhile, since a server may send
 * sixty megabytes of next to nothing; what `deflated` gives inflates to exactly the bytes that were added.
 */
export class KeptBody {
  /** Grows to one block, and serves for all: a buffer for each would stay until the collector comes around. */
  #block = Buffer.alloc(0);
  #filled = 0;
  #length = 0;
  #isClosed = false;
  #adding: Promise<void> = Promise.resolve();
  readonly #pieces: Buffer[] = [];
  #whole: Promise<Buffer> | undefined;

  /** Bytes that were added. */
  get length(): number {
    return this.#length;
  }

  /** Copies the bytes; resolves once there is room for more. Those that come after `close` are not part of it. */
  add(chunk: Buffer): Promise<void> {
    if (this.#isClosed) return this.#adding;
    this.#length += chunk.length;
    this.#adding = this.#copy(chunk);
    return this.#adding;
  }

  /** Nothing is added any more. A small answer comes back as it is. */
  close(): Buffer | this {
    this.#isClosed = true;
    return this.#length < BLOCK ? this.#block.subarray(0, this.#filled) : this;
  }

  /** All of it, deflated. A step that is committed again asks again. */
  deflated(): Promise<Buffer> {
    this.#isClosed = true;
    this.#whole ??= this.#finish();
    return this.#whole;
  }

  async #copy(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + BLOCK - this.#filled);
      from += piece.length;
      this.#reserve(this.#filled + piece.length);
      this.#filled += piece.copy(this.#block, this.#filled);
      if (this.#filled === BLOCK) {
        this.#pieces.push(await deflateBlock(this.#block));
        this.#filled = 0;
      }
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#block.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(bytes, 2 * this.#block.length), BLOCK));
    this.#block.copy(larger, 0, 0, this.#filled);
    this.#block = larger;
  }

  async #finish(): Promise<Buffer> {
    await this.#adding;
    this.#pieces.push(await deflate(this.#block.subarray(0, this.#filled)));
    return Buffer.concat(this.#pieces);
  }
}
