import type { ReactiveControllerHost } from 'lit';
import { messageOf } from './app.js';

/**
 * Something the server tells when asked, and asked again when it is another by now. What is there stays while a new
 * one is on its way, and when that fails.
 */
export class Loaded<T> {
  value: T | null = null;
  /** Why the newest answer is missing. */
  error: string | null = null;
  /** When `value` came. */
  at = 0;
  isLoading = false;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #epoch = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly load: () => Promise<T>,
  ) {}

  /** Asks now; while an answer is on its way, once more after it. */
  async ask(): Promise<void> {
    this.cancel();
    if (this.isLoading) {
      this.#isDue = true;
      return;
    }
    const epoch = this.#epoch;
    this.isLoading = true;
    this.host.requestUpdate();
    try {
      const value = await this.load();
      if (epoch !== this.#epoch) return;
      this.value = value;
      this.error = null;
      this.at = Date.now();
    } catch (error) {
      if (epoch !== this.#epoch) return;
      this.error = messageOf(error);
    }
    this.isLoading = false;
    this.host.requestUpdate();
    if (this.#isDue) {
      this.#isDue = false;
      void this.ask();
    }
  }

  /** Asks a little later, once for all who want it meanwhile. */
  askSoon(ms: number): void {
    this.#timer ??= setTimeout(() => void this.ask(), ms);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Forgets everything, as for another session. */
  reset(): void {
    this.cancel();
    this.#epoch += 1;
    this.#isDue = false;
    this.isLoading = false;
    this.value = null;
    this.error = null;
  }
}
