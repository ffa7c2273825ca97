import { ProviderError } from '../errors.js';
import type { WireLimits } from './limits.js';

/**
 * Ends an exchange when its caller stops it, the head is late, or the whole takes too long. The head has a timer of
 * its own because the client library restarts its timer with every byte, and a head may drip for hours.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #forget: () => void;

  constructor(origin: string, caller: AbortSignal, limits: WireLimits) {
    const stop = () =>
      this.#end(new ProviderError('interrupted', `the call to ${origin} was stopped`, { cause: caller.reason }));
    const late = (what: string, ms: number) => () =>
      this.#end(new ProviderError('timeout', `${origin} ${what} within ${ms / 1000} s`));
    caller.addEventListener('abort', stop, { once: true });
    this.#forget = () => caller.removeEventListener('abort', stop);
    this.#timers.push(
      setTimeout(late('did not begin to answer', limits.headersMs), limits.headersMs),
      setTimeout(late('did not finish its answer', limits.totalMs), limits.totalMs),
    );
    for (const timer of this.#timers) timer.unref();
    if (caller.aborted) stop();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  headArrived(): void {
    clearTimeout(this.#timers[0]);
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#forget();
  }

  #end(reason: ProviderError): void {
    this.dispose();
    this.#controller.abort(reason);
  }
}
