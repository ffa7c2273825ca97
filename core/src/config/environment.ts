import { nearest } from '../nearest.js';
import type { Layer } from './layer.js';
import { schemaAt } from './schema.js';
import { coerce } from './substitute.js';

/** Settings given on the command line; texts are read as their place wants them. */
export interface Flags {
  port?: string | number;
  host?: string;
  config?: string;
  home?: string;
}

/** Variables that set a key; the first that is set counts. */
const variables: readonly { path: readonly string[]; names: readonly string[] }[] = [
  { path: ['database', 'url'], names: ['MAESTRO_DATABASE_URL', 'DATABASE_URL'] },
  { path: ['redis', 'url'], names: ['MAESTRO_REDIS_URL', 'REDIS_URL'] },
  { path: ['log', 'level'], names: ['MAESTRO_LOG_LEVEL'] },
];

/** Variables that are read elsewhere. */
const others = [
  'MAESTRO_HOME',
  'MAESTRO_CONFIG',
  'MAESTRO_URL',
  'MAESTRO_TOKEN_FILE',
  'MAESTRO_MASTER_KEY_FILE',
  'MAESTRO_MASTER_KEY',
];

/** An empty variable counts as not set, as shells and service files leave them. */
export function environmentLayer(env: NodeJS.ProcessEnv): Layer {
  return layerOf(
    'environment',
    variables.flatMap(({ path, names }) => {
      const source = names.find((name) => env[name]);
      return source ? [{ path, source, value: env[source] as string }] : [];
    }),
  );
}

export function flagsLayer(flags: Flags): Layer {
  const given = [
    { path: ['server', 'port'], source: '--port', value: flags.port },
    { path: ['server', 'host'], source: '--host', value: flags.host },
  ];
  return layerOf(
    'flags',
    given.flatMap(({ value, ...rest }) => (value === undefined ? [] : [{ ...rest, value: String(value) }])),
  );
}

/** Variables that look like ours with a slip in the name: they would be silently without effect. */
export function environmentWarnings(env: NodeJS.ProcessEnv): string[] {
  const known = [...variables.flatMap(({ names }) => names), ...others].filter((name) => name.startsWith('MAESTRO_'));
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('MAESTRO_') || known.includes(name) || name.startsWith('MAESTRO_TEST_')) return [];
    const meant = nearest(name, known);
    return meant ? [`the environment variable ${name} has no effect; did you mean ${meant}?`] : [];
  });
}

function layerOf(name: string, given: { path: readonly string[]; source: string; value: string }[]): Layer {
  const value: Record<string, Record<string, unknown>> = {};
  const sources = new Map<string, string>();
  for (const { path, source, value: text } of given) {
    const [section, key] = path as [string, string];
    value[section] = { ...value[section], [key]: coerce(text, schemaAt(path)) };
    sources.set(path.join('.'), source);
  }
  return { name, value, where: (path) => sources.get(path.join('.')) ?? name };
}
