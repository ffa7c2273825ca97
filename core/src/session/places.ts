/** Tells a place in a line, one message after another, and only where it says something new. */
export class Places {
  #told: number | undefined;
  #latest: number | undefined;
  #telling: Promise<void> | undefined;
  #hasEnded = false;

  constructor(private readonly tell: (place: number) => Promise<void>) {}

  /** Rejects when it could not be told. A place that changes meanwhile is told after it. */
  told(place: number): Promise<void> {
    this.#latest = place;
    this.#telling ??= this.#catchUp().finally(() => {
      this.#telling = undefined;
    });
    return this.#telling;
  }

  /** Tells nothing more; resolves once nothing is being told. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#telling;
  }

  async #catchUp(): Promise<void> {
    while (!this.#hasEnded && this.#latest !== undefined && isNews(this.#latest, this.#told)) {
      this.#told = this.#latest;
      await this.tell(this.#latest);
    }
  }
}

/** The first place, that one is next, and each time the line is half as long: few messages, however long the line. */
function isNews(place: number, told: number | undefined): boolean {
  if (told === undefined) return true;
  return place !== told && (place === 1 || place <= told / 2 || place >= 2 * told);
}
