import { ACTIVITY_STEP_MS, ACTIVITY_STEPS, type CardActivity } from '../protocol/cards.js';

/** Of English and code alike; the bars show when much was written, not what it costs. */
const UNITS_PER_TOKEN = 4;

/** Counts what a session writes in steps of 5 s, for as long as a card shows it. */
export class ActivityCount {
  readonly #steps: number[] = new Array<number>(ACTIVITY_STEPS).fill(0);
  /** Number of the newest step since 1970. */
  #newest = 0;

  /** Whether nothing in it would show any more. */
  isOver(now: number): boolean {
    return Math.floor(now / ACTIVITY_STEP_MS) - this.#newest >= ACTIVITY_STEPS;
  }

  /** @param units UTF-16 units that were written */
  add(units: number, now: number): void {
    this.#turnTo(Math.floor(now / ACTIVITY_STEP_MS));
    this.#steps[this.#newest % ACTIVITY_STEPS]! += units / UNITS_PER_TOKEN;
  }

  read(): CardActivity {
    const oldest = this.#newest - ACTIVITY_STEPS + 1;
    const tokens = this.#steps.map((_, index) => Math.ceil(this.#steps[(oldest + index) % ACTIVITY_STEPS] ?? 0));
    const first = tokens.findIndex((count) => count > 0);
    return { at: this.#newest * ACTIVITY_STEP_MS, tokens: first < 0 ? [] : tokens.slice(first) };
  }

  #turnTo(step: number): void {
    const passed = Math.min(step - this.#newest, ACTIVITY_STEPS);
    for (let back = 0; back < passed; back += 1) this.#steps[(step - back) % ACTIVITY_STEPS] = 0;
    this.#newest = Math.max(step, this.#newest);
  }
}
