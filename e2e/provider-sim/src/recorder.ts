import type { Socket } from 'node:net';
import type { Metered } from './bill.js';

/** One request as it came, to the byte. */
export interface Recorded {
  id: number;
  at: string;
  method: string;
  path: string;
  /** Everything read from the socket for it. */
  raw: Buffer;
  /** Request line and headers, without the empty line. */
  head: Buffer;
  body: Buffer;
  headers: [name: string, value: string][];
  status: number | null;
  /** `closed`: the client went away first; `cut`: we did. */
  state: 'open' | 'done' | 'closed' | 'cut';
  /** When it left `open`, by `performance.now()` of this process; null until then. */
  overAt: number | null;
  refusal: { type: string; message: string } | null;
  fault: string | null;
  /** What the answer said it used; null until it went out. */
  metered: Metered | null;
}

/** Keeps the bytes of a connection until a request is complete, then hands out its part. */
export class RawBytes {
  #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    // Ahead of the parser's listener: when a request ends, its last bytes are already here.
    socket.prependListener('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** Bytes since the last call. No client of ours pipelines, so they are one request. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return bytes;
  }
}

export function split(raw: Buffer): { head: Buffer; body: Buffer } {
  const end = raw.indexOf('\r\n\r\n');
  return { head: raw.subarray(0, end), body: raw.subarray(end + 4) };
}
