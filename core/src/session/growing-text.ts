/** Pieces that are joined at once. */
const PIECES = 512;

/**
 * Text that grows by small pieces. A string that is appended to keeps every piece as an object of its own, some sixty
 * bytes for each; half a million pieces of a word would take ten times what they say. Here they are joined as they come.
 */
export class GrowingText {
  #text: string;
  #pieces: string[] = [];
  #length: number;

  constructor(text = '') {
    this.#text = text;
    this.#length = text.length;
  }

  get length(): number {
    return this.#length;
  }

  append(piece: string): void {
    this.#length += piece.length;
    if (this.#pieces.push(piece) >= PIECES) this.#join();
  }

  toString(): string {
    this.#join();
    return this.#text;
  }

  #join(): void {
    if (this.#pieces.length === 0) return;
    // `join` makes one flat string, where `+` would make a tree of all its pieces.
    this.#text += this.#pieces.join('');
    this.#pieces = [];
  }
}
