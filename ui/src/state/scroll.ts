/** What scrolls in a page. The log of a session keeps its own place. */
const SCROLLED = '.body, .dash-l, .dash-r, .tp';
const PATIENCE_MS = 1500;
const MOST = 50;

/** Where each place in the history was scrolled to, for who goes back. */
export class ScrollMemory {
  readonly #places = new Map<string, number[]>();
  #wanted = 0;

  save(key: string, root: ParentNode): void {
    this.#places.delete(key);
    this.#places.set(key, tops(root));
    const oldest = this.#places.keys().next().value;
    if (this.#places.size > MOST && oldest !== undefined) this.#places.delete(oldest);
  }

  /** Scrolls there once the page is long enough; gives up when the reader scrolls first. */
  restore(key: string, root: ParentNode): void {
    const places = this.#places.get(key);
    this.#wanted += 1;
    if (!places?.some((top) => top > 0)) return;
    const turn = this.#wanted;
    const until = Date.now() + PATIENCE_MS;
    const stop = () => {
      if (turn === this.#wanted) this.#wanted += 1;
    };
    for (const kind of ['wheel', 'touchmove', 'keydown']) addEventListener(kind, stop, { once: true, passive: true });
    const step = () => {
      if (turn !== this.#wanted) return;
      const all = [...root.querySelectorAll<HTMLElement>(SCROLLED)];
      for (const [index, top] of places.entries()) if (all[index] && top > 0) all[index].scrollTop = top;
      const isThere = tops(root).every((top, index) => Math.abs(top - (places[index] ?? 0)) < 2);
      if (!isThere && Date.now() < until) requestAnimationFrame(step);
    };
    step();
  }
}

function tops(root: ParentNode): number[] {
  return [...root.querySelectorAll<HTMLElement>(SCROLLED)].map(({ scrollTop }) => scrollTop);
}
