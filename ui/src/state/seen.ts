import type { ReactiveControllerHost } from 'lit';

/** Cards this far outside are drawn as well, so that scrolling finds them there. */
const MARGIN = '400px 0px';
/** Until it is known what is seen, as many as fill a screen. */
const AT_FIRST = 40;

/** Knows which elements, by their `data-id`, are on the screen or near it, and draws the host when that changes. */
export class Seen {
  readonly #near = new Set<string>();
  #known = new Set<Element>();
  #isKnown = false;
  readonly #observer: IntersectionObserver;

  constructor(private readonly host: ReactiveControllerHost) {
    this.#observer = new IntersectionObserver((entries) => this.#turned(entries), { rootMargin: MARGIN });
  }

  has(id: string): boolean {
    return this.#near.has(id) || (!this.#isKnown && this.#known.size < AT_FIRST);
  }

  watch(elements: readonly Element[]): void {
    const now = new Set(elements);
    for (const gone of this.#known) if (!now.has(gone)) this.#observer.unobserve(gone);
    for (const fresh of now) if (!this.#known.has(fresh)) this.#observer.observe(fresh);
    this.#known = now;
  }

  #turned(entries: readonly IntersectionObserverEntry[]): void {
    this.#isKnown = true;
    for (const { target, isIntersecting } of entries) {
      const id = target.getAttribute('data-id') ?? '';
      if (isIntersecting) this.#near.add(id);
      else this.#near.delete(id);
    }
    this.host.requestUpdate();
  }
}
