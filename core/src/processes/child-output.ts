import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** More than any system holds for a pipe, in bytes. */
const mostHeld = 1024 * 1024;

/** A pipe that gives nothing for so long is empty; a busy machine pauses for less. In milliseconds. */
const quietMs = 100;

/**
 * A child's output that surely ends: with the pipe, or when `cut` is called, after what the pipe holds by then. A
 * descendant that keeps the pipe open would otherwise keep whoever reads it waiting for ever.
 */
export class ChildOutput {
  readonly stream = new PassThrough();
  readonly #pipe: Readable;

  constructor(pipe: Readable) {
    this.#pipe = pipe;
    pipe.pipe(this.stream);
    pipe.on('error', () => this.stream.end());
    // Who reads may stop reading; that is no failure of the child.
    this.stream.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return !this.#pipe.closed;
  }

  async cut(): Promise<void> {
    if (!this.isOpen) return;
    const { stream } = this;
    this.#pipe.unpipe(stream);
    // No more than the pipe holds, so a slow reader need not be waited for.
    let taken = 0;
    this.#pipe.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (stream.writable) stream.write(chunk);
    });
    // Unpiped it stands still, and a listener alone does not set it going.
    this.#pipe.resume();
    // A busy machine gives it in several goes; a descendant that goes on writing would give for ever.
    for (let before = -1; this.isOpen && taken > before && taken < mostHeld; ) {
      before = taken;
      await sleep(quietMs, undefined, { ref: false });
    }
    this.#pipe.destroy();
    stream.end();
  }
}
