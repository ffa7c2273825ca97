import { Value } from 'typebox/value';
import { nearest } from '../nearest.js';
import type { Problem } from './problem.js';
import { layerSchema, schemaAt } from './schema.js';

/** One source of configuration, read but not yet checked. */
export interface Layer {
  /** Name of the file, or `environment` or `flags`. */
  name: string;
  value: unknown;
  /** Where the value at `path` was written, or, with `key`, the key itself. */
  where(path: readonly string[], part?: 'key'): string;
}

/** Everything in a layer that does not fit the schema: got and wanted for values, the nearest known for keys. */
export function checkLayer(layer: Layer): Problem[] {
  const problems = new Map<string, Problem>();
  for (const fault of Value.Errors(layerSchema, layer.value)) {
    const path = fault.instancePath.split('/').slice(1).map(unescapePointer);
    if (fault.keyword === 'additionalProperties') {
      for (const key of fault.params.additionalProperties) add(problems, unknownKey(layer, path, key));
    } else if (fault.keyword !== 'boolean') {
      add(problems, misfit(layer, path));
    }
  }
  return [...problems.values()];
}

/** Undoes the escapes of a JSON pointer. */
export function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Several faults may tell of one place (each branch of a union); the first says it all. */
function add(problems: Map<string, Problem>, problem: Problem): void {
  const place = `${problem.where} ${problem.path}`;
  if (!problems.has(place)) problems.set(place, problem);
}

function unknownKey(layer: Layer, path: readonly string[], key: string): Problem {
  const where = layer.where([...path, key], 'key');
  const dotted = [...path, key].join('.');
  if (path[0] === 'plugins') return { where, path: dotted, message: 'is no package name, such as "@scope/name"' };
  const known = Object.keys(schemaAt(path)?.properties ?? {});
  const meant = nearest(key, known);
  const hint = meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}`;
  return { where, path: dotted, message: `unknown key; ${hint}` };
}

function misfit(layer: Layer, path: readonly string[]): Problem {
  const schema = schemaAt(path);
  const got = describe(valueAt(layer.value, path), schema?.secret === true);
  return { where: layer.where(path), path: path.join('.'), message: `got ${got}, wanted ${schema?.description}` };
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Words for a value. Texts are never shown: a key or password may have been put in the wrong place. */
function describe(value: unknown, secret: boolean): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'another text';
  if (typeof value === 'object') return 'a map';
  return secret ? `a ${typeof value}` : String(value);
}
