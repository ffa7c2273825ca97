import { Signal } from './signal.js';

/** Before it a skeleton would only flicker. */
const SLOW_AFTER_MS = 150;

/** A list of the server as this page knows it. */
export interface Listed<T> {
  /** Null until the first answer. */
  items: readonly T[] | null;
  /** Why the last attempt to read it failed; empty when it did not. */
  problem: string;
  /** When `items` were read, in milliseconds since 1970. */
  at: number;
  /** Whether the first answer takes long enough for a skeleton. */
  isSlow: boolean;
}

/** Reads a list and keeps it: what was there stays while it is read anew, and when that fails. */
export class Listing<T> extends Signal<Listed<T>> {
  readonly #read: () => Promise<readonly T[]>;
  readonly #describe: (error: unknown) => string;
  #running: Promise<void> | null = null;
  #isStale = false;

  /** @param describe the words for a failure; empty where somebody else says it */
  constructor(read: () => Promise<readonly T[]>, describe: (error: unknown) => string) {
    super({ items: null, problem: '', at: 0, isSlow: false });
    this.#read = read;
    this.#describe = describe;
  }

  /** What is asked while it runs is answered by one more reading after it. */
  load(): Promise<void> {
    if (this.#running) {
      this.#isStale = true;
      return this.#running;
    }
    this.#running = this.#load().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Puts one item in the place of its older self. */
  put(item: T, isSame: (other: T) => boolean): void {
    const { items } = this.value;
    if (items) this.value = { ...this.value, items: items.map((other) => (isSame(other) ? item : other)) };
  }

  async #load(): Promise<void> {
    const slow = setTimeout(() => {
      if (this.value.items === null) this.value = { ...this.value, isSlow: true };
    }, SLOW_AFTER_MS);
    do {
      this.#isStale = false;
      try {
        const items = await this.#read();
        this.value = { items, problem: '', at: Date.now(), isSlow: false };
      } catch (error) {
        this.value = { ...this.value, problem: this.#describe(error), isSlow: false };
      }
    } while (this.#isStale);
    clearTimeout(slow);
  }
}
