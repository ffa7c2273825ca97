import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MaestroError } from '../errors.js';
import { environmentLayer, environmentWarnings, type Flags, flagsLayer } from './environment.js';
import { type Home, homeOf } from './home.js';
import { checkLayer, isMap, type Layer, valueAt } from './layer.js';
import { ConfigError, type Problem } from './problem.js';
import type { Config } from './schema.js';
import { remembered } from './substitute.js';
import { parseYaml, readYamlFile } from './yaml-file.js';

export interface LoadedConfig {
  config: Config;
  home: Home;
  /** Files that were read, lowest layer first. */
  files: string[];
  /** Things that are allowed but probably not meant. */
  warnings: string[];
  /** Where the value that counts was written: `file:line:column`, a variable or a flag. */
  where(path: readonly string[]): string | undefined;
}

export interface ConfigSources {
  env?: NodeJS.ProcessEnv;
  flags?: Flags;
  /** Taken for what a file holds: how it would be with a file that is not written yet. */
  instead?: { file: string; text: string };
}

/** The layer that ships: config/maestro.default.yaml beside the packages. */
export const defaultConfigFile = fileURLToPath(new URL('../../../../config/maestro.default.yaml', import.meta.url));

/**
 * The configuration from all layers: what ships < maestro.yaml of the home < `--config` (else MAESTRO_CONFIG) <
 * environment < flags. Maps merge, lists and values replace.
 *
 * @throws ConfigError `config.invalid` with all problems of all layers at once
 * @throws MaestroError `config.unreadable`
 */
export function loadConfig({ env = process.env, flags = {}, instead }: ConfigSources = {}): LoadedConfig {
  const home = homeOf(env, flags.home);
  const extra = flags.config || env.MAESTRO_CONFIG;
  const files = [
    defaultConfigFile,
    ...(existsSync(home.config) || instead?.file === home.config ? [home.config] : []),
    ...(extra ? [resolve(extra)] : []),
  ];
  const read = files.map((file) =>
    file === instead?.file ? parseYaml(file, instead.text, env) : readYamlFile(file, env),
  );
  const layers = [...read.map(({ layer }) => layer), environmentLayer(env), flagsLayer(flags)];
  const problems = layers.flatMap((layer, index) => inOrder([...(read[index]?.problems ?? []), ...checkLayer(layer)]));
  if (problems.length > 0) throw new ConfigError(problems);

  const config = layers.reduce<unknown>((merged, { value }) => merge(merged, value), {}) as Config;
  hidePasswords(config);
  const warnings = environmentWarnings(env);
  return { config, home, files, warnings, where: (path) => origin(layers, path) };
}

/** Maps merge key by key; everything else replaces what was there. */
export function merge(low: unknown, high: unknown): unknown {
  if (!isMap(low) || !isMap(high)) return high;
  const merged = { ...low };
  for (const [key, value] of Object.entries(high)) merged[key] = key in low ? merge(low[key], value) : value;
  return merged;
}

function origin(layers: readonly Layer[], path: readonly string[]): string | undefined {
  return layers.findLast(({ value }) => valueAt(value, path) !== undefined)?.where(path);
}

/** As the text has them, and each place once: a variable that is not set is no misfit as well. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const place = `${problem.where} ${problem.path}`;
    if (!seen.has(place)) seen.set(place, problem);
  }
  return [...seen.values()].sort((a, b) => compare(placeOf(a), placeOf(b)));
}

function placeOf({ where }: Problem): [line: number, column: number] {
  const [, line, column] = /:(\d+):(\d+)$/.exec(where) ?? [];
  return [Number(line ?? 0), Number(column ?? 0)];
}

function compare(a: [number, number], b: [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** Connection URLs hold passwords; from here on no log shows them. */
function hidePasswords({ database, redis }: Config): void {
  for (const url of [database.url, redis.url]) {
    const password = URL.parse(url)?.password;
    if (!password) continue;
    remembered(password);
    remembered(decode(password, url));
  }
}

function decode(password: string, url: string): string {
  try {
    return decodeURIComponent(password);
  } catch (cause) {
    const scheme = url.slice(0, url.indexOf(':'));
    throw new MaestroError('config.invalid', `the password in the ${scheme} URL holds a "%" that must be written %25`, {
      cause,
    });
  }
}
