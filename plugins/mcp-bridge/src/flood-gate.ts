/** What is taken from one server in a second, unasked: reading one message costs the SDK milliseconds. */
const perSecond = 100;

/** Notifications that somebody here listens to. */
const heard = new Set([
  'notifications/cancelled',
  'notifications/progress',
  'notifications/tools/list_changed',
  'notifications/elicitation/complete',
]);

/** Lets through what a server may tell unasked, and counts what it tells beyond. Answers are never held up. */
export class FloodGate {
  #second = 0;
  #taken = 0;
  dropped = 0;

  /** Whether nothing more is taken in this second, answers aside. */
  isFull(now = Date.now()): boolean {
    return Math.floor(now / 1_000) === this.#second && this.#taken >= perSecond;
  }

  /** @returns whether to take it */
  admit(message: object, now = Date.now()): boolean {
    if (!('method' in message)) return true;
    const isHeard = 'id' in message || heard.has(String(message.method));
    return this.#count(now) && isHeard;
  }

  #count(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    this.#taken += 1;
    if (this.#taken <= perSecond) return true;
    this.dropped += 1;
    return false;
  }
}
