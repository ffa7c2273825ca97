import type { CallTiming } from '../protocol/resources.js';

/** More arrivals than these are thinned out. */
const MOST = 1_000;

/** Notes when the steps of one exchange happen. */
export class CallClock {
  readonly #now: () => number;
  #waitsSince: number;
  #queued = 0;
  #begin: number | null = null;
  #connected: number | null = null;
  #head: number | null = null;
  #firstByte: number | null = null;
  #lastByte: number | null = null;
  #arrivals: [bytes: number, ms: number][] = [];
  /** Arrivals closer to this one than `apart` are told as one, at the time of the last. */
  #slot = 0;
  #apart = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#waitsSince = now();
  }

  waits(): void {
    this.#waitsSince = this.#now();
  }

  enters(): void {
    this.#queued = tenths(this.#now() - this.#waitsSince);
  }

  begins(): void {
    this.#begin = this.#now();
  }

  connects(): void {
    this.#connected ??= this.#passed();
  }

  headArrives(): void {
    this.#head = this.#passed();
  }

  /** @param bytes of the body so far */
  arrives(bytes: number): void {
    const at = this.#passed();
    this.#firstByte ??= at;
    this.#lastByte = at;
    // The first stays as it is: it is the wait that people ask about.
    if (this.#arrivals.length > 1 && at - this.#slot < this.#apart) this.#arrivals.pop();
    else this.#slot = at;
    this.#arrivals.push([bytes, at]);
    if (this.#arrivals.length > MOST) this.#thinOut(at);
  }

  /** Null where nothing was handed to the wire. */
  timing(): CallTiming | null {
    if (this.#begin === null) return null;
    const [connected, head] = [this.#connected, this.#head];
    const [first_byte, last_byte] = [this.#firstByte, this.#lastByte];
    return { queued: this.#queued, connected, head, first_byte, last_byte, arrivals: this.#arrivals };
  }

  /** Keeps each second one: what lies between was there by the next. */
  #thinOut(at: number): void {
    this.#apart = Math.max(2 * this.#apart, (2 * at) / MOST);
    const [first, ...rest] = this.#arrivals;
    const last = rest.length - 1;
    this.#arrivals = [first!, ...rest.filter((_, index) => (last - index) % 2 === 0)];
  }

  #passed(): number {
    return tenths(this.#now() - (this.#begin ?? this.#now()));
  }
}

const tenths = (ms: number) => Math.round(ms * 10) / 10;
