/** What is this far outside is drawn as well, so that scrolling finds it there. */
const MARGIN = '400px 0px';

interface CanBeSeen extends Element {
  seen: boolean;
}

/** Tells elements whether they are on the screen or near it. */
export class Seen {
  #known = new Set<CanBeSeen>();
  readonly #observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) (target as CanBeSeen).seen = isIntersecting;
    },
    { rootMargin: MARGIN },
  );

  watch(elements: readonly CanBeSeen[]): void {
    const now = new Set(elements);
    for (const gone of this.#known) if (!now.has(gone)) this.#observer.unobserve(gone);
    for (const fresh of now) if (!this.#known.has(fresh)) this.#observer.observe(fresh);
    this.#known = now;
  }
}
