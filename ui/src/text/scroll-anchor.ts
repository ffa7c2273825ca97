interface Placed {
  element: Element;
  top: number;
}

/**
 * Keeps what a reader looks at where it is while lines come and go above it. Several lines are remembered: the first may
 * be among those that go.
 */
export class ScrollAnchor {
  #placed: readonly Placed[] = [];

  /** Remembers where the lines in sight stand. */
  hold(box: HTMLElement): void {
    const { top, bottom } = box.getBoundingClientRect();
    const placed: Placed[] = [];
    for (const element of box.querySelectorAll(':scope > .log-in > mx-message')) {
      const place = element.getBoundingClientRect();
      if (place.bottom <= top) continue;
      placed.push({ element, top: place.top - top });
      if (place.top > bottom || placed.length > 8) break;
    }
    this.#placed = placed;
  }

  /** Brings the first of them that is still there back to its place. */
  restore(box: HTMLElement): void {
    const first = this.#placed.find(({ element }) => element.isConnected);
    if (!first) return;
    const moved = first.element.getBoundingClientRect().top - box.getBoundingClientRect().top - first.top;
    if (Math.abs(moved) >= 1) box.scrollTop += moved;
  }

  drop(): void {
    this.#placed = [];
  }
}
