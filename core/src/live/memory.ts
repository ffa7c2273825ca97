import type { Dispose } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { Live } from './port.js';

/** Everything within this one process. */
export class MemoryLive implements Live {
  readonly #listeners = new Map<string, Set<{ hear(message: unknown): void }>>();
  readonly #members = new Map<string, { topic: string; member: string }>();
  readonly #log: Logger;
  #next = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  publish(topic: string, message: unknown): void {
    for (const { hear } of [...(this.#listeners.get(topic) ?? [])]) {
      try {
        hear(message);
      } catch (cause) {
        this.#log.error('a subscriber threw', { topic, cause });
      }
    }
  }

  subscribe(topic: string, fn: (message: unknown) => void): Dispose {
    // An entry of its own each time: the same function may subscribe twice.
    const entry = { hear: fn };
    const here = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, here.add(entry));
    return () => {
      here.delete(entry);
      if (here.size === 0 && this.#listeners.get(topic) === here) this.#listeners.delete(topic);
    };
  }

  enter(topic: string, member: string): Dispose {
    const key = String(this.#next++);
    this.#members.set(key, { topic, member });
    return () => void this.#members.delete(key);
  }

  async present(topic: string): Promise<string[]> {
    const here = [...this.#members.values()].filter((entry) => entry.topic === topic);
    return [...new Set(here.map(({ member }) => member))].sort();
  }

  /** All that entered from this process. */
  entered(): { topic: string; member: string }[] {
    return [...this.#members.values()];
  }

  health(): 'none' {
    return 'none';
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#members.clear();
  }
}
