/** Of all texts together; half as many again in bytes, or twice. */
const mostCharacters = 20_000_000;

/** Texts that were given in part, so that what is read on is the rest of the same. The oldest go first. */
export class RecentPages {
  readonly #texts = new Map<string, string>();
  #characters = 0;

  keep(key: string, text: string): void {
    this.#drop(key);
    this.#texts.set(key, text);
    this.#characters += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters <= mostCharacters) return;
      this.#drop(oldest);
    }
  }

  get(key: string): string | undefined {
    return this.#texts.get(key);
  }

  #drop(key: string): void {
    this.#characters -= this.#texts.get(key)?.length ?? 0;
    this.#texts.delete(key);
  }
}
