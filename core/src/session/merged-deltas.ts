import type { Delta } from '../protocol/events.js';

/** Told one by one within one turn of the event loop; a model that writes brings one or two, a screen shows none between. */
const SINGLY = 4;
/** Characters of a merged delta. */
const LARGE = 16 * 1024;

/**
 * Tells the deltas of a reply in order, each by itself. Where a server sends very many at once, those that go on with
 * the same text are told as one, at the latest in the next turn of the event loop: telling costs far more than a word.
 */
export class MergedDeltas {
  #merged: Delta | undefined;
  #pieces: string[] = [];
  #length = 0;
  #told = 0;
  #next: NodeJS.Immediate | undefined;

  /**
   * @param tell gives what to wait for
   * @param onError hears of a delta that could not be told while nobody waited for it
   */
  constructor(
    private readonly tell: (delta: Delta) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Gives what to wait for; null where the delta waits to be told with those that follow. */
  add(delta: Delta): Promise<void> | null {
    this.#next ??= setImmediate(() => this.#nextTurn());
    if (this.#merged && !this.#goesOn(delta)) return this.flush().then(() => this.add(delta) ?? undefined);
    if (!this.#merged && this.#told < SINGLY) {
      this.#told += 1;
      return this.tell(delta);
    }
    this.#merged ??= delta;
    this.#pieces.push(delta.text);
    this.#length += delta.text.length;
    return this.#length < LARGE ? null : this.flush();
  }

  /** Tells what waits. */
  async flush(): Promise<void> {
    const delta = this.#taken();
    if (delta) await this.tell(delta);
  }

  /** No delta follows. */
  end(): Promise<void> {
    clearImmediate(this.#next);
    this.#next = undefined;
    return this.flush();
  }

  #nextTurn(): void {
    this.#next = undefined;
    this.#told = 0;
    this.flush().catch(this.onError);
  }

  #goesOn({ part, call_id, offset }: Delta): boolean {
    return part === this.#merged?.part && call_id === undefined && offset === this.#merged.offset + this.#length;
  }

  #taken(): Delta | undefined {
    const merged = this.#merged && { ...this.#merged, text: this.#pieces.join('') };
    this.#merged = undefined;
    this.#pieces = [];
    this.#length = 0;
    return merged;
  }
}
