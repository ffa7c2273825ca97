import type { Dispose } from '../extension/registry.js';

/** Who wants to hear of changes of one kind. They must return at once and must not throw. */
export class Subscribers<Told extends unknown[] = []> {
  readonly #fns = new Set<(...told: Told) => void>();

  /** Gives the undo. */
  add(fn: (...told: Told) => void): Dispose {
    this.#fns.add(fn);
    return () => void this.#fns.delete(fn);
  }

  tell(...told: Told): void {
    for (const fn of this.#fns) fn(...told);
  }
}
