import { Signal } from './signal.js';

const KEY = 'maestro.watching';
export const MOST_PINS = 4;

function stored(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string').slice(0, MOST_PINS) : [];
  } catch {
    return [];
  }
}

/** Which sessions are watched beside the cards; kept in this browser. */
export class Pins extends Signal<readonly string[]> {
  constructor() {
    super(stored());
  }

  /** The oldest gives way where there are too many. */
  add(id: string): void {
    this.#keep([...this.value.filter((other) => other !== id), id].slice(-MOST_PINS));
  }

  remove(id: string): void {
    this.#keep(this.value.filter((other) => other !== id));
  }

  #keep(ids: readonly string[]): void {
    localStorage.setItem(KEY, JSON.stringify(ids));
    this.value = ids;
  }
}
