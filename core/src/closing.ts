import type { Dispose } from './extension/registry.js';
import type { Logger } from './log.js';

/** What is open, to be closed once and last first. One thing that does not close keeps nothing else open. */
export class Closing {
  readonly #open: { name: string; close: Dispose }[] = [];
  readonly #log: Logger;
  readonly #end: () => void;
  #closed: Promise<void> | undefined;

  /** @param end is called when all is closed; nothing can be logged after it */
  constructor(log: Logger, end: () => void) {
    this.#log = log;
    this.#end = end;
  }

  add(name: string, close: Dispose): void {
    this.#open.push({ name, close });
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    // Whatever is added while this runs is closed as well.
    for (let last = this.#open.pop(); last; last = this.#open.pop()) {
      try {
        await last.close();
      } catch (cause) {
        this.#log.error(`closing ${last.name} failed`, { cause });
      }
    }
    this.#log.info('closed');
    this.#end();
  }
}
