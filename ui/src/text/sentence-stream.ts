/** Where a sentence may end: its mark with what closes it, or a line. */
const END = /[.!?…。！？]["')\]”’]*(?=\s)|\n/gu;
/** What marks code and structure is not said. */
const MARKS = /```[\s\S]*?(?:```|$)|[*_#>`|]+/g;

/** Gives out what is complete of a text that grows, a sentence at a time, for who listens. */
export class SentenceStream {
  #said = 0;
  #of = '';

  /** @param id of the text; another one begins anew */
  next(id: string, text: string): string {
    if (this.#of !== id) {
      this.#of = id;
      this.#said = 0;
    }
    const rest = text.slice(this.#said);
    // Inside a block of code nothing is complete.
    if ((text.match(/^```/gm) ?? []).length % 2 === 1) return '';
    let end = 0;
    for (const found of rest.matchAll(END)) end = found.index + found[0].length;
    this.#said += end;
    return rest.slice(0, end).replace(MARKS, ' ').replace(/\s+/g, ' ').trim();
  }

  /** What is left when the text has ended. */
  last(id: string, text: string): string {
    if (this.#of !== id) return '';
    const rest = text.slice(this.#said).replace(MARKS, ' ').replace(/\s+/g, ' ').trim();
    this.#said = text.length;
    return rest;
  }
}
