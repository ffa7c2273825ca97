import type { ModelEvent } from '@maestro/core';

interface Part {
  key: string;
  /** Kept while an earlier part is still open. */
  waiting: ModelEvent[];
  isClosed: boolean;
}

/**
 * Parts of a reply in the order they began. Our events append to the part opened last, theirs may come interleaved:
 * the first open part goes out as it comes, later ones wait until it is closed.
 */
export class Parts {
  readonly #open: Part[] = [];

  *open(key: string, start: ModelEvent): Generator<ModelEvent> {
    this.#open.push({ key, waiting: [], isClosed: false });
    yield* this.append(key, start);
  }

  has(key: string): boolean {
    return this.#open.some((part) => part.key === key && !part.isClosed);
  }

  /** Those that are not closed, oldest first. */
  keys(): string[] {
    return this.#open.filter(({ isClosed }) => !isClosed).map(({ key }) => key);
  }

  *append(key: string, event: ModelEvent): Generator<ModelEvent> {
    const part = this.#open.find((each) => each.key === key && !each.isClosed);
    if (!part) throw new Error(`no part "${key}" is open`);
    if (part === this.#open[0]) yield event;
    else part.waiting.push(event);
  }

  *close(key: string): Generator<ModelEvent> {
    const part = this.#open.find((each) => each.key === key && !each.isClosed);
    if (part) part.isClosed = true;
    while (this.#open[0]?.isClosed) {
      this.#open.shift();
      yield* this.#open[0]?.waiting ?? [];
    }
  }
}
