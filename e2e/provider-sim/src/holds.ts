/**
 * Named points where an answer waits. A point is armed before the request reaches it and passed once released;
 * `head`, `start`, `block:N`, `delta:N`, `tool`, `stop` and `end` exist in every streamed answer, scripts add their own.
 */
export class Holds {
  readonly #armed = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #watchers = new Map<string, (() => void)[]>();

  arm(point: string): void {
    this.#armed.add(point);
  }

  /** Lets through who waits there, and whoever comes later; without a point: everywhere. */
  release(point?: string): void {
    const points = point === undefined ? [...this.#armed, ...this.#waiting.keys()] : [point];
    for (const name of points) {
      this.#armed.delete(name);
      for (const go of this.#waiting.get(name) ?? []) go();
      this.#waiting.delete(name);
    }
  }

  isArmed(point: string): boolean {
    return this.#armed.has(point);
  }

  /** Resolves once somebody waits at the point. */
  async reached(point: string): Promise<void> {
    if (this.#waiting.has(point)) return;
    await new Promise<void>((resolve) => this.#watchers.set(point, [...(this.#watchers.get(point) ?? []), resolve]));
  }

  waiting(): string[] {
    return [...this.#waiting.keys()];
  }

  /** Waits at the point; ends early when the client is gone. */
  async wait(point: string, gone: AbortSignal): Promise<void> {
    if (gone.aborted) return;
    await new Promise<void>((resolve) => {
      gone.addEventListener('abort', () => resolve(), { once: true });
      this.#waiting.set(point, [...(this.#waiting.get(point) ?? []), resolve]);
      for (const told of this.#watchers.get(point) ?? []) told();
      this.#watchers.delete(point);
    });
  }
}
