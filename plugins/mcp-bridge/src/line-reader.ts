/** Bytes of one message at most; what is longer is thrown away as it comes in. */
export const MESSAGE_BYTES = 16 * 1024 * 1024;
/** Kept of both ends of a message that was thrown away, to tell whose answer it was. */
const endBytes = 512;

/** Cuts a stream of bytes into lines and holds no more than one of them, of a bounded length. */
export class LineReader {
  #parts: Buffer[] = [];
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /**
   * @param onLine a whole line without its end
   * @param onTooLong both ends of a line that is longer
   */
  constructor(
    private readonly onLine: (line: Buffer) => void,
    private readonly onTooLong: (head: string, tail: string) => void,
    private readonly most = MESSAGE_BYTES,
  ) {}

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, end));
      this.#finish();
      from = end + 1;
    }
    this.#add(chunk.subarray(from));
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    const before = this.#bytes;
    this.#bytes += part.length;
    if (this.#bytes <= this.most) this.#parts.push(part);
    else {
      // Of what is too long its beginning is kept, and its end as it moves on.
      if (before <= this.most) this.#parts = [Buffer.concat([...this.#parts, part].slice(0, 8)).subarray(0, endBytes)];
      this.#tail = Buffer.concat([this.#tail, part.subarray(-endBytes)]).subarray(-endBytes);
    }
  }

  #finish(): void {
    const [parts, bytes, tail] = [this.#parts, this.#bytes, this.#tail];
    this.#parts = [];
    this.#bytes = 0;
    this.#tail = Buffer.alloc(0);
    if (bytes > this.most) this.onTooLong(parts[0]?.toString('latin1') ?? '', tail.toString('latin1'));
    else if (bytes > 0) this.onLine(parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes));
  }
}

/** The id of a JSON-RPC message of which only both ends are left. */
export function idAtEnds(head: string, tail: string): number | undefined {
  const found = /"id"\s*:\s*(\d{1,15})\s*\}\s*$/.exec(tail) ?? /^\s*\{[^{[]{0,100}"id"\s*:\s*(\d{1,15})/.exec(head);
  return found ? Number(found[1]) : undefined;
}
