/** Bytes of one message at most. */
export const MESSAGE_BYTES = 16 * 1024 * 1024;
const headerBytes = 4 * 1024;

/** Cuts a stream into the bodies of messages with a Content-Length, and holds no more than one of bounded length. */
export class MessageFrames {
  #header = '';
  #parts: Buffer[] = [];
  /** Bytes of the body that are still to come; undefined while the header is read. */
  #missing: number | undefined;
  #isBroken = false;

  /** @param onFault told once of what is no message; nothing is read after it, for nobody knows where the next begins */
  constructor(
    private readonly onBody: (body: Buffer) => void,
    private readonly onFault: (reason: string) => void,
  ) {}

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#isBroken) rest = this.#missing === undefined ? this.#head(rest) : this.#body(rest);
  }

  #head(chunk: Buffer): Buffer {
    const before = this.#header.length;
    this.#header += chunk.toString('latin1', 0, headerBytes);
    const end = this.#header.indexOf('\r\n\r\n');
    if (end === -1) {
      if (this.#header.length > headerBytes) this.#fail('it wrote something that is no header of a message');
      return chunk.subarray(headerBytes);
    }
    const length = /^content-length: *(\d{1,12}) *$/im.exec(this.#header.slice(0, end))?.[1];
    this.#header = '';
    if (length === undefined) this.#fail('it wrote a header without a length');
    else if (Number(length) > MESSAGE_BYTES) this.#fail(`it announced a message of ${length} bytes`);
    else this.#begin(Number(length));
    return chunk.subarray(end + 4 - before);
  }

  #begin(length: number): void {
    this.#missing = length;
    this.#parts = [];
    if (length === 0) this.#fail('it wrote an empty message');
  }

  #body(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#missing);
    this.#parts.push(part);
    this.#missing = (this.#missing as number) - part.length;
    if (this.#missing === 0) {
      this.#missing = undefined;
      this.onBody(this.#parts.length === 1 ? part : Buffer.concat(this.#parts));
    }
    return chunk.subarray(part.length);
  }

  #fail(reason: string): void {
    this.#isBroken = true;
    this.#parts = [];
    this.onFault(reason);
  }
}
