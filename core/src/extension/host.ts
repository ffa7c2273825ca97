import type { DependencyContainer, InjectionToken } from 'tsyringe';
import type { TObject } from 'typebox';
import { MaestroError } from '../errors.js';
import type { Logger } from '../log.js';
import type { PluginResource } from '../protocol/resources.js';
import { type Plugin, PluginConfig, type PluginContext } from './plugin.js';
import { type Dispose, doors, type Registry } from './registry.js';
import { parseSettings } from './settings.js';

interface Entry {
  version: string | null;
  state: PluginResource['state'];
  reason: string | null;
}

/** Loads and unloads plugins, and remembers what became of each. Knows none by name. */
export class PluginHost {
  readonly #loaded = new Map<string, Dispose>();
  readonly #entries = new Map<string, Entry>();
  readonly #root: DependencyContainer;
  readonly #log: Logger;
  readonly #limitMs: number;
  readonly #standIn: unknown;

  /** @param standIn given for a service that is not there, where only what plugins add is looked at */
  constructor(root: DependencyContainer, log: Logger, { limitMs = 10_000, standIn = undefined as unknown } = {}) {
    this.#root = root;
    this.#log = log;
    this.#limitMs = limitMs;
    this.#standIn = standIn;
  }

  /**
   * @throws MaestroError `plugin.loaded`, `plugin.config`, `plugin.slow` or `plugin.activate`; then nothing of the
   *   plugin is left behind and it is listed as failed
   */
  async load<S extends TObject>(plugin: Plugin<S>, raw: unknown = {}, version: string | null = null): Promise<void> {
    const { name } = plugin;
    if (this.#loaded.has(name)) throw new MaestroError('plugin.loaded', `${name} is already loaded`);
    let close: Dispose | undefined;
    try {
      const config = parseSettings(plugin, raw);
      const opened = this.#open(name, config);
      close = opened.close;
      this.#loaded.set(name, close);
      await this.#inTime(name, async () => plugin.activate(opened.ctx, config));
      this.#entries.set(name, { version, state: 'active', reason: null });
    } catch (cause) {
      if (close && this.#loaded.get(name) === close) this.#loaded.delete(name);
      await close?.();
      const error = named(name, cause);
      this.fail(name, error, version);
      throw error;
    }
  }

  /** Takes back everything the plugin added, last first, after aborting its signal. */
  async unload(name: string): Promise<void> {
    const close = this.#loaded.get(name);
    if (!close) return;
    this.#loaded.delete(name);
    this.off(name, this.#entries.get(name)?.version ?? null);
    await close();
  }

  /** Unloads all, the last loaded first. */
  async close(): Promise<void> {
    for (const name of [...this.#loaded.keys()].reverse()) await this.unload(name);
  }

  /** Lists a plugin that is not there, with its reason. */
  fail(name: string, reason: MaestroError, version: string | null = null): void {
    this.#entries.set(name, { version, state: 'failed', reason: reason.message });
    this.#log.error(`plugin ${name} is not available`, { code: reason.code, cause: reason });
  }

  /** Lists a plugin that is turned off. */
  off(name: string, version: string | null = null): void {
    this.#entries.set(name, { version, state: 'off', reason: null });
  }

  list(): PluginResource[] {
    return [...this.#entries].map(([name, entry]) => ({ name, ...entry, contributes: this.#contributions(name) }));
  }

  #contributions(name: string): PluginResource['contributes'] {
    const ids = (door: keyof typeof doors) => this.#registry(door).idsOf(name);
    return { providers: ids('providers'), tools: ids('tools'), auth: ids('auth'), panels: ids('panels') };
  }

  #registry(door: keyof typeof doors): Registry<{ id: string }> {
    return this.#root.resolve<Registry<{ id: string }>>(doors[door]);
  }

  /** A plugin that hangs is left behind; what it does or throws afterwards is only logged. */
  async #inTime(name: string, activate: () => Promise<void>): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message = `${name} did not finish starting within ${this.#limitMs / 1000} s; the rest runs without it`;
      reject(new MaestroError('plugin.slow', message));
    }, this.#limitMs);
    let settled = false;
    const activation = activate().catch((cause: unknown) => {
      if (settled) this.#log.warn(`${name} threw after it was given up`, { cause });
      throw cause;
    });
    try {
      await Promise.race([activation, late]);
    } finally {
      settled = true;
      clearTimeout(timer);
    }
  }

  #open(name: string, config: object): { ctx: PluginContext; close: Dispose } {
    const container = this.#root.createChildContainer().registerInstance(PluginConfig, config);
    const gone = new AbortController();
    // The container goes last: clean-up may still want its services.
    const owned = new Set<Dispose>([() => container.dispose()]);
    const own = (dispose: Dispose): Dispose => {
      gone.signal.throwIfAborted();
      const once = () => (owned.delete(once) ? dispose() : undefined);
      owned.add(once);
      return once;
    };
    const opened = Object.keys(doors).map((key) => {
      const door = this.#registry(key as keyof typeof doors);
      const add = (item: { id: string }): Dispose => {
        gone.signal.throwIfAborted();
        return own(door.add(item, name));
      };
      return [key, { add }];
    });
    const log = this.#log.child(name);
    const close = async () => {
      gone.abort(new MaestroError('plugin.unloaded', `${name} is unloaded`));
      for (const dispose of [...owned].reverse()) {
        try {
          await dispose();
        } catch (cause) {
          log.error('clean-up failed', { cause });
        }
      }
    };
    const resolve: PluginContext['resolve'] = <T>(token: InjectionToken<T>): T => {
      try {
        return container.resolve(token);
      } catch (cause) {
        if (this.#standIn === undefined) throw cause;
        return this.#standIn as T;
      }
    };
    return { ctx: { ...Object.fromEntries(opened), log, signal: gone.signal, own, resolve }, close };
  }
}

function named(name: string, cause: unknown): MaestroError {
  if (cause instanceof MaestroError && /^(plugin|contribution)\./.test(cause.code)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MaestroError('plugin.activate', `${name} did not start: ${reason}`, { cause });
}
