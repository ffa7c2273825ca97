/** Something that goes wrong with an answer. Applies to requests that keep the rules; the others get their refusal. */
export type Fault =
  /**
   * Answers with this status and the provider's error body. `retry_after`: seconds or an HTTP date. `details`: more
   * fields of the error, such as `code` and `param`. `headers`: more of them, such as `location`. `body`: instead of the
   * provider's, as a proxy would.
   */
  | {
      type: 'status';
      status: number;
      retry_after?: string;
      error_type?: string;
      message?: string;
      details?: Record<string, unknown>;
      headers?: Record<string, string>;
      body?: string;
    }
  /** Takes the request and never answers. */
  | { type: 'silence' }
  /** Closes the connection before a head. */
  | { type: 'reset' }
  /** Closes the connection after this many bytes of the body. */
  | { type: 'cut'; at: number }
  /** Ends the body in good order after this many bytes of it. */
  | { type: 'eof'; at: number }
  /** Falls silent after this many bytes of the body and keeps the connection. */
  | { type: 'stall'; at: number }
  /** Sends the body byte by byte, each after this long. */
  | { type: 'drip'; ms: number }
  /** The frame with this index (from 0) holds broken JSON. */
  | { type: 'malformed'; at: number }
  /** The last text in the frame with this index begins with bytes that are no UTF-8. */
  | { type: 'bad_utf8'; at: number }
  /** Before the frame with this index comes a line of this many bytes, without an end. */
  | { type: 'huge_line'; at: number; bytes: number }
  /** Instead of the frame with this index comes a line that goes on until the client leaves. */
  | { type: 'endless_line'; at: number }
  /** The frame with this index comes this many times, without a count until the client leaves. */
  | { type: 'flood'; at: number; count?: number }
  /** A compressed body that unfolds to a line of this many bytes; `layers` says how often it is compressed. */
  | { type: 'gzip_bomb'; bytes: number; layers?: number }
  /** The head has this many bytes more. */
  | { type: 'header_flood'; bytes: number }
  /** The head drips for this long, a byte every ten milliseconds. */
  | { type: 'slow_head'; ms: number }
  /** Instead of the frame with this index: an error inside the 200. */
  | { type: 'error_event'; at: number; error_type?: string; message?: string; details?: Record<string, unknown> };

export interface FaultOrder {
  fault: Fault;
  /** How many requests it meets, default 1; 0: all. */
  times?: number;
  /** Only requests to this path. */
  path?: string;
}

const TYPES: readonly Fault['type'][] = [
  'status',
  'silence',
  'reset',
  'cut',
  'eof',
  'stall',
  'drip',
  'malformed',
  'bad_utf8',
  'huge_line',
  'endless_line',
  'flood',
  'gzip_bomb',
  'header_flood',
  'slow_head',
  'error_event',
];

export interface OpenFault {
  fault: Fault;
  left: number;
  path: string | undefined;
}

/** Those after which the whole answer has arrived all the same. */
const HARMLESS: readonly Fault['type'][] = ['slow_head', 'drip', 'header_flood'];

/** Whether the reply has to play again for the retry. */
export const spoils = ({ type }: Fault): boolean => !HARMLESS.includes(type);

export class Faults {
  #orders: OpenFault[] = [];

  add({ fault, times = 1, path }: FaultOrder): void {
    if (!TYPES.includes(fault?.type)) throw new Error(`no fault "${fault?.type}"; there are: ${TYPES.join(', ')}`);
    this.#orders.push({ fault, left: times === 0 ? Number.POSITIVE_INFINITY : times, path });
  }

  /** The fault that waits for a request to that path. */
  find(path: string): OpenFault | undefined {
    return this.#orders.find((each) => each.path === undefined || each.path === path);
  }

  use(order: OpenFault): Fault {
    order.left -= 1;
    this.#orders = this.#orders.filter(({ left }) => left > 0);
    return order.fault;
  }

  clear(): void {
    this.#orders = [];
  }
}
