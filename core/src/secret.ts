import { inspect } from 'node:util';

/** A value that never prints. `use` is the only way in. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  use<T>(read: (value: string) => T): T {
    return read(this.#value);
  }
  toString(): string {
    return '<secret>';
  }
  toJSON(): string {
    return '<secret>';
  }
  [inspect.custom](): string {
    return '<secret>';
  }
}
