const mostLines = 100;
const mostCharacters = 500;

/** The last lines a program wrote to its error output, over all its starts, oldest first. */
export class LastWords {
  readonly #lines: string[] = [];

  get lines(): string[] {
    return [...this.#lines];
  }

  add(line: string): void {
    const text = line.toWellFormed().replaceAll('\0', '').trimEnd().slice(0, mostCharacters);
    if (text === '') return;
    this.#lines.push(text);
    if (this.#lines.length > mostLines) this.#lines.shift();
  }
}
