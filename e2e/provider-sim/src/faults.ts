/** Something that goes wrong with an answer. Applies to requests that keep the rules; the others get their refusal. */
export type Fault =
  /** Answers with this status and the provider's error body. `retry_after`: seconds or an HTTP date. */
  | { type: 'status'; status: number; retry_after?: string; error_type?: string; message?: string }
  /** Takes the request and never answers. */
  | { type: 'silence' }
  /** Closes the connection before a head. */
  | { type: 'reset' }
  /** Closes the connection after this many bytes of the body. */
  | { type: 'cut'; at: number }
  /** Falls silent after this many bytes of the body and keeps the connection. */
  | { type: 'stall'; at: number }
  /** The frame with this index (from 0) holds broken JSON. */
  | { type: 'malformed'; at: number }
  /** Before the frame with this index comes a line of this many bytes, without an end. */
  | { type: 'huge_line'; at: number; bytes: number }
  /** The head drips for this long, a byte every ten milliseconds. */
  | { type: 'slow_head'; ms: number }
  /** Instead of the frame with this index: an error inside the 200. */
  | { type: 'error_event'; at: number; error_type?: string; message?: string };

export interface FaultOrder {
  fault: Fault;
  /** How many requests it meets, default 1; 0: all. */
  times?: number;
  /** Only requests to this path. */
  path?: string;
}

const TYPES = ['status', 'silence', 'reset', 'cut', 'stall', 'malformed', 'huge_line', 'slow_head', 'error_event'];

export interface OpenFault {
  fault: Fault;
  left: number;
  path: string | undefined;
}

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
