/** Where a scrolled box stands. */
export interface Place {
  scrollTop: number;
  scrollHeight: number;
  clientHeight: number;
}

/** Closer to the end than this counts as having come back to it. */
const NEAR = 24;

/**
 * Whether a log keeps its live end in sight. It follows until the reader scrolls up, then nothing moves and what
 * arrives is counted; coming back to the end, by hand or by the button, follows again.
 */
export class FollowMode {
  following = true;
  /** Messages that arrived while the reader was elsewhere. */
  unseen = 0;
  #lastTop = 0;

  /**
   * The box was scrolled. Any move upwards is a wish to leave, however small, unless the end itself came up because
   * the content shrank; growth of the content scrolls nothing by itself.
   */
  scrolled(place: Place): void {
    const left = place.scrollHeight - place.clientHeight - place.scrollTop;
    const isUp = place.scrollTop < this.#lastTop - 1;
    this.#lastTop = place.scrollTop;
    if (isUp && left > 1) this.following = false;
    else if (left <= NEAR && (!isUp || left <= 1)) this.resume();
  }

  arrived(messages: number): void {
    if (!this.following) this.unseen += messages;
  }

  resume(): void {
    this.following = true;
    this.unseen = 0;
  }
}
