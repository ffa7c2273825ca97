const SLIDE_MS = 160;
const EASE_OUT = 'cubic-bezier(0.2, 0.8, 0.2, 1)';

/** Lets elements slide from where they were to where they are: `before` the change, `after` it. */
export class Slide {
  #places = new Map<HTMLElement, { left: number; top: number }>();

  before(elements: Iterable<HTMLElement>): void {
    this.#places = new Map([...elements].map((one) => [one, { left: one.offsetLeft, top: one.offsetTop }]));
  }

  after(): void {
    const moved = [...this.#places].filter(([one, { left, top }]) => one.offsetLeft !== left || one.offsetTop !== top);
    this.#places = new Map();
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    for (const [one, { left, top }] of moved) {
      if (!one.isConnected) continue;
      const from = `translate(${left - one.offsetLeft}px, ${top - one.offsetTop}px)`;
      one.animate([{ transform: from }, { transform: 'none' }], { duration: SLIDE_MS, easing: EASE_OUT });
    }
  }
}
