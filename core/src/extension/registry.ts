import { MaestroError } from '../errors.js';
import type { AuthMethod } from './auth.js';
import type { Panel } from './panel.js';
import type { Provider } from './provider.js';
import type { Tool } from './tool.js';

/** Takes back what it was handed out for. Calling it twice is harmless. */
export type Dispose = () => void | Promise<void>;

/** Contributions of one kind, looked up late and by id, so load order never matters. */
export class Registry<T extends { readonly id: string }> {
  /** What an id may look like; ids stand in URLs, in configuration and on the wire. */
  protected readonly shape: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
  readonly #entries = new Map<string, { item: T; owner: string }>();
  readonly #listeners = new Set<() => void>();

  add(item: T, owner: string): Dispose {
    if (typeof item?.id !== 'string' || !this.shape.test(item.id)) {
      throw new MaestroError('contribution.bad', `${owner} adds something whose id does not fit ${this.shape}`);
    }
    const taken = this.#entries.get(item.id);
    if (taken) throw new MaestroError('contribution.taken', `${owner}: "${item.id}" already comes from ${taken.owner}`);
    const entry = { item, owner };
    this.#entries.set(item.id, entry);
    this.#changed();
    return () => {
      if (this.#entries.get(item.id) !== entry) return;
      this.#entries.delete(item.id);
      this.#changed();
    };
  }

  /** Called after something was added or taken back. `fn` must return at once and must not throw. */
  onChange(fn: () => void): Dispose {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** @throws MaestroError `contribution.unknown`, naming those that are there */
  get(id: string): T {
    const item = this.find(id);
    if (item) return item;
    const loaded = [...this.#entries.keys()].join(', ') || 'none';
    throw new MaestroError('contribution.unknown', `no "${id}"; loaded: ${loaded}`);
  }

  find(id: string): T | undefined {
    return this.#entries.get(id)?.item;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  all(): T[] {
    return [...this.#entries.values()].map(({ item }) => item);
  }

  /** The plugin that added `id`. */
  ownerOf(id: string): string | undefined {
    return this.#entries.get(id)?.owner;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Ids of what one plugin added. */
  idsOf(owner: string): string[] {
    return [...this.#entries].flatMap(([id, entry]) => (entry.owner === owner ? [id] : []));
  }
}

export class Providers extends Registry<Provider> {}
export class Tools extends Registry<Tool> {
  protected override readonly shape = /^[A-Za-z0-9_-]{1,64}$/;
}
export class AuthMethods extends Registry<AuthMethod> {
  /** Several providers have a method of the same kind: `provider/method` tells them apart. */
  protected override readonly shape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/;
}
export class Panels extends Registry<Panel> {}

/** The four doors into the core. Opening a fifth takes a decision record. */
export const doors = { providers: Providers, tools: Tools, auth: AuthMethods, panels: Panels };
