const PAUSE_MS = 700;

/** Letters typed one after another find the entry that begins so; the same letter again finds the next one. */
export class TypeAhead {
  #typed = '';
  #at = 0;

  /** The place of the entry that is meant, or -1. */
  find(key: string, labels: readonly string[], current: number, now = Date.now()): number {
    if (now - this.#at > PAUSE_MS) this.#typed = '';
    this.#at = now;
    this.#typed += key.toLowerCase();
    const isRepeated = [...this.#typed].every((letter) => letter === this.#typed[0]);
    const wanted = isRepeated ? this.#typed.slice(0, 1) : this.#typed;
    const from = isRepeated ? current + 1 : Math.max(0, current);
    for (let step = 0; step < labels.length; step += 1) {
      const index = (from + step) % labels.length;
      if (labels[index]?.toLowerCase().startsWith(wanted)) return index;
    }
    return -1;
  }
}

/** Whether a key is a letter for the search, and no command. */
export function isLetter(event: { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean }): boolean {
  return event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
}
