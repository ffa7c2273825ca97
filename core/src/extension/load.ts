import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MaestroError } from '../errors.js';
import type { PluginHost } from './host.js';
import type { Plugin } from './plugin.js';

/** Settings by package name; `false` turns a plugin off. */
export type PluginSettings = Readonly<Record<string, object | false>>;

export interface LoadOptions {
  /** Address of the module a package name stands for; throws where there is none. */
  resolve?: (name: string) => string;
  /** Where the settings of a plugin were written, for its reason when they do not fit. */
  where?: (name: string) => string | undefined;
  limitMs?: number;
}

/** Packages the configuration names, imported or with the reason why not; in the order they are named. */
export type FoundPlugins = readonly { name: string; settings: object | false; found?: Found | MaestroError }[];

type Found = { plugin: Plugin; version: string | null };

/** Imports what the configuration names, side by side. Needs nothing of the platform, so it may run while that starts. */
export function findPlugins(settings: PluginSettings, options: LoadOptions = {}): Promise<FoundPlugins> {
  return Promise.all(
    Object.entries(settings).map(async ([name, value]) =>
      value === false ? { name, settings: value } : { name, settings: value, found: await importPlugin(name, options) },
    ),
  );
}

/**
 * Starts what was found, in the order it is named: of two that add the same id at once the first one wins. A plugin
 * that is missing, broken or slow is listed with its reason and keeps nothing else from starting; this never throws.
 */
export async function startPlugins(host: PluginHost, plugins: FoundPlugins, options: LoadOptions = {}): Promise<void> {
  await Promise.all(
    plugins.map(async ({ name, settings, found }) => {
      if (settings === false || !found) return host.off(name);
      if (found instanceof MaestroError) return host.fail(name, found);
      try {
        await host.load(found.plugin, settings, found.version);
      } catch (error) {
        // The host has listed it already; it cannot know where the settings were written.
        const place = options.where?.(name);
        if (!place || !(error instanceof MaestroError) || error.code !== 'plugin.config') return;
        host.fail(name, new MaestroError(error.code, `${place} ${error.message}`), found.version);
      }
    }),
  );
}

async function importPlugin(name: string, options: LoadOptions): Promise<Found | MaestroError> {
  const { resolve = (specifier) => import.meta.resolve(specifier), limitMs = 10_000 } = options;
  let url: string;
  try {
    url = resolve(name);
  } catch (cause) {
    const message = `${name} is not installed; install it, or set it to false under "plugins" in maestro.yaml`;
    return new MaestroError('plugin.missing', message, { cause });
  }
  const late = Promise.withResolvers<MaestroError>();
  const message = `${name} did not finish loading within ${limitMs / 1000} s; the rest runs without it`;
  const timer = setTimeout(() => late.resolve(new MaestroError('plugin.slow', message)), limitMs);
  try {
    return await Promise.race([late.promise, importModule(name, url)]);
  } finally {
    clearTimeout(timer);
  }
}

async function importModule(name: string, url: string): Promise<Found | MaestroError> {
  try {
    const module: { default?: Partial<Plugin> } = await import(url);
    const plugin = module.default;
    if (typeof plugin?.activate === 'function' && plugin.name === name) {
      return { plugin: plugin as Plugin, version: versionOf(name, url) };
    }
    return new MaestroError('plugin.shape', `${name}: its default export is no plugin called "${name}"`);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException)?.code;
    if (code === 'ERR_MODULE_NOT_FOUND' && (cause as { url?: string }).url === url) {
      return new MaestroError('plugin.missing', `${name} is installed but not built; build it, or set it to false`, {
        cause,
      });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new MaestroError('plugin.activate', `${name} could not be loaded: ${reason}`, { cause });
  }
}

/** From the nearest package.json above the module that is the package's own. */
function versionOf(name: string, url: string): string | null {
  for (let folder = dirname(fileURLToPath(url)); ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found?.name === name) return found.version ?? null;
    if (folder === dirname(folder)) return null;
  }
}

function readPackage(file: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // No package here, or one that is not readable: the next folder up may hold it.
    return undefined;
  }
}
