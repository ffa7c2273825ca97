import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ConfigSources, LoadedConfig } from '../config/load.js';
import { loadConfig } from '../config/load.js';
import { MaestroError } from '../errors.js';
import type { PluginHost } from '../extension/host.js';
import { type FoundPlugins, findPlugins } from '../extension/load.js';
import type { Plugin } from '../extension/plugin.js';
import { parseSettings } from '../extension/settings.js';
import type { PluginDetail, PluginLogLine, PluginSummary } from '../protocol/plugins.js';
import type { PluginResource } from '../protocol/resources.js';
import { Lanes } from '../store/lanes.js';
import { withPluginEntry } from './plugin-entry.js';
import { type PluginPackage, pluginPackage } from './plugin-package.js';
import { leaves, type SettingSchema, type Settings, withoutSecrets } from './plugin-settings.js';
import type { RecentLines } from './recent-lines.js';

export interface PluginChange {
  enabled?: boolean;
  /** What is given replaces what is set; null takes it back to its default. */
  settings?: Settings;
}

interface Parts {
  host: PluginHost;
  /** As the server started with it. */
  loaded: LoadedConfig;
  /** Where that came from: what is written has to hold together with all of it. */
  sources: ConfigSources;
  lines: RecentLines;
  resolve?: (name: string) => string;
  /** How long a plugin may take to stop; tests are in a hurry. */
  stopMs?: number;
}

const STOP_MS = 10_000;

type Found = { plugin: Plugin; version: string | null };

/**
 * The plugins that the configuration names: what they are, and how they are turned on and off and set up while
 * everything runs. What is changed is written to maestro.yaml once it works.
 */
export class InstalledPlugins {
  readonly #parts: Parts;
  readonly #resolve: (name: string) => string;
  readonly #found = new Map<string, Found | MaestroError>();
  readonly #packages = new Map<string, PluginPackage | undefined>();
  /** Handed in as values: they have no package and no entry in a file. */
  readonly #given = new Map<string, { found: Found; settings: object }>();
  readonly #restarts = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #lanes = new Lanes();
  #loaded: LoadedConfig;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#loaded = parts.loaded;
    this.#resolve = parts.resolve ?? ((name) => import.meta.resolve(name));
  }

  /** What the start found, so that nothing is imported twice. */
  started(plugins: FoundPlugins, given: readonly { plugin: Plugin; settings?: object }[]): void {
    for (const { name, found } of plugins) if (found) this.#found.set(name, found);
    for (const { plugin, settings = {} } of given) {
      this.#given.set(plugin.name, { found: { plugin, version: null }, settings });
    }
  }

  /** Told after a plugin was turned on or off, set up anew or failed at that. */
  onChange(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  states(): PluginResource[] {
    return this.#parts.host.list();
  }

  list(): PluginSummary[] {
    // As the configuration names them: they start side by side, and which is ready first means nothing.
    const named = Object.keys(this.#loaded.config.plugins);
    const place = ({ name }: PluginResource) => (named.includes(name) ? named.indexOf(name) : named.length);
    const states = this.states().sort((a, b) => place(a) - place(b));
    return states.map((state) => this.#summary(state));
  }

  /** @throws MaestroError `plugin.unknown` */
  get(name: string): PluginDetail {
    const summary = this.#summary(this.#state(name));
    const plugin = this.#plugin(name);
    const schema = plugin && ((plugin.config ?? { type: 'object', properties: {} }) as SettingSchema);
    const { shown, secrets } = withoutSecrets(this.#settings(name, plugin), schema);
    return {
      ...summary,
      folder: this.#package(name)?.folder ?? null,
      schema: schema ?? null,
      settings: shown,
      secrets,
      fixed: this.#fixed(name, schema),
    };
  }

  /** Its lines of the log, oldest first. @throws MaestroError `plugin.unknown` */
  log(name: string): readonly PluginLogLine[] {
    return this.#parts.lines.of(this.#state(name).name);
  }

  /**
   * Turns a plugin on or off, or sets it up anew, at once and for later starts. One that does not start with its new
   * settings goes on with its old ones, and nothing is written.
   *
   * @throws MaestroError `plugin.unknown`, `plugin.off`, `plugin.config`, `plugin.fixed`, `plugin.activate`, `plugin.slow`,
   *   `contribution.taken`, `config.unwritable`
   * @throws ConfigError `config.invalid` where maestro.yaml does not hold together as it stands now
   */
  change(name: string, change: PluginChange): Promise<PluginDetail> {
    return this.#lanes.run('change', async () => {
      this.#state(name);
      try {
        if (this.#given.has(name)) await this.#applyGiven(name, change);
        else await this.#applyConfigured(name, change);
      } finally {
        for (const listener of this.#listeners) listener();
      }
      return this.get(name);
    });
  }

  async #applyGiven(name: string, { enabled, settings }: PluginChange): Promise<void> {
    const given = this.#given.get(name)!;
    const next = settings ? { ...given.settings, ...settings } : given.settings;
    await this.#run(name, (enabled ?? true) && next, given.found, given.settings);
    this.#given.set(name, { ...given, settings: next });
  }

  async #applyConfigured(name: string, { enabled, settings = {} }: PluginChange): Promise<void> {
    const { home } = this.#loaded;
    const schema = this.#plugin(name)?.config as SettingSchema | undefined;
    const values = leaves(settings, schema);
    const wanted = enabled ?? this.#loaded.config.plugins[name] !== false;
    if (!wanted && values.length > 0) throw isOff(name);
    const text = withPluginEntry(textOf(home.config), name, { enabled: wanted, settings: values });
    const loaded = loadConfig({ ...this.#parts.sources, instead: { file: home.config, text } });
    const next = loaded.config.plugins[name] ?? false;
    if ((next !== false) !== wanted) throw fixed(name, loaded.where(['plugins', name]));
    for (const [path, value] of values) {
      const place = loaded.where(['plugins', name, ...path]);
      if (value !== null && !place?.startsWith(`${home.config}:`)) throw fixed(`${path.join('.')} of ${name}`, place);
    }
    const found = next === false ? undefined : await this.#find(name);
    if (found instanceof MaestroError) {
      this.#parts.host.fail(name, found, this.#package(name)?.version ?? null);
      // What failed to load once stays so in this process, whatever was mended.
      this.#restarts.set(name, 'its code could not be loaded in this run of the server; restart it to try again');
    } else {
      const before = this.#loaded.config.plugins[name];
      this.#restarts.delete(name);
      await this.#run(name, next, found, before === false ? undefined : before);
    }
    write(home.config, text);
    this.#loaded = loaded;
  }

  /** Has the plugin run with these settings, or not at all; where that fails, as it ran before. */
  async #run(name: string, next: object | false, found: Found | undefined, before: object | undefined): Promise<void> {
    const { host } = this.#parts;
    if (next === false || !found) {
      await this.#stop(name);
      host.off(name, this.#version(name));
      return;
    }
    parseSettings(found.plugin, next);
    const wasOn = this.#isOn(name);
    if (!(await this.#stop(name))) {
      throw new MaestroError('plugin.slow', `${name} does not stop, so it cannot begin anew; restart the server`);
    }
    try {
      await host.load(found.plugin, next, found.version);
    } catch (error) {
      if (wasOn && before) await host.load(found.plugin, before, found.version);
      throw error;
    }
  }

  /** False: it is left behind, and what it added may still be there until the server is restarted. */
  async #stop(name: string): Promise<boolean> {
    const { host, stopMs = STOP_MS } = this.#parts;
    const late = Promise.withResolvers<false>();
    const timer = setTimeout(() => late.resolve(false), stopMs);
    const hasStopped = await Promise.race([host.unload(name).then(() => true as const), late.promise]);
    clearTimeout(timer);
    if (!hasStopped) this.#restarts.set(name, `it did not stop within ${stopMs / 1000} s`);
    return hasStopped;
  }

  async #find(name: string): Promise<Found | MaestroError | undefined> {
    const known = this.#found.get(name);
    // A package that was missing may have been installed; what was imported stays imported.
    if (known && !(known instanceof MaestroError && known.code === 'plugin.missing')) return known;
    const [imported] = await findPlugins({ [name]: {} }, { resolve: this.#resolve });
    if (imported?.found) this.#found.set(name, imported.found);
    return imported?.found;
  }

  #state(name: string): PluginResource {
    const state = this.states().find((one) => one.name === name);
    if (state) return state;
    const message = `there is no plugin "${name}"; list them with \`maestro plugin list\``;
    throw new MaestroError('plugin.unknown', message);
  }

  #isOn(name: string): boolean {
    return this.#state(name).state === 'active';
  }

  #plugin(name: string): Plugin | undefined {
    const found = this.#given.get(name)?.found ?? this.#found.get(name);
    return found instanceof MaestroError ? undefined : found?.plugin;
  }

  #settings(name: string, plugin: Plugin | undefined): Settings {
    const raw = this.#given.get(name)?.settings ?? this.#loaded.config.plugins[name];
    if (!raw || !plugin) return (raw || {}) as Settings;
    try {
      return parseSettings(plugin, raw) as Settings;
    } catch {
      // They do not fit, which is why it failed: shown as they are written.
      return raw as Settings;
    }
  }

  #summary(state: PluginResource): PluginSummary {
    const found = this.#package(state.name);
    const version = state.version ?? found?.version ?? null;
    return {
      ...state,
      version,
      description: found?.description ?? null,
      license: found?.license ?? null,
      restart: this.#restarts.get(state.name) ?? null,
    };
  }

  #package(name: string): PluginPackage | undefined {
    if (this.#given.has(name)) return undefined;
    if (!this.#packages.has(name)) this.#packages.set(name, pluginPackage(name, this.#resolve));
    return this.#packages.get(name);
  }

  #version(name: string): string | null {
    return this.#state(name).version ?? this.#package(name)?.version ?? null;
  }

  #fixed(name: string, schema: SettingSchema | undefined): Record<string, string> {
    const set = this.#loaded.config.plugins[name];
    if (!set) return {};
    const own = [`${this.#loaded.home.config}:`, `${this.#loaded.files[0]}:`];
    const places = leaves(set as Settings, schema).flatMap(([path]) => {
      const place = this.#loaded.where(['plugins', name, ...path]);
      return place && !own.some((start) => place.startsWith(start)) ? [[path.join('.'), place] as const] : [];
    });
    return Object.fromEntries(places);
  }
}

function fixed(what: string, place: string | undefined): MaestroError {
  const message = `${what} is set in ${place ?? 'another place'}, which counts above maestro.yaml; change it there`;
  return new MaestroError('plugin.fixed', message);
}

function isOff(name: string): MaestroError {
  return new MaestroError('plugin.off', `${name} is off and keeps no settings; turn it on with them`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw unwritable(file, error);
  }
}

/** As a whole or not at all; a link is followed, as reading does. */
function write(file: string, text: string): void {
  const target = existing(file);
  const temporary = `${target}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true, recursive: true });
    throw unwritable(file, cause);
  }
}

function existing(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // It is not there yet.
    return file;
  }
}

function unwritable(file: string, cause: unknown): MaestroError {
  const { code } = cause as NodeJS.ErrnoException;
  const message = `${file} cannot be written (${code}); what was changed counts until the server stops`;
  return new MaestroError('config.unwritable', message, { cause });
}
