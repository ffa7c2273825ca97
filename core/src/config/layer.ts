import { printable } from '../log.js';
import { nearest } from '../nearest.js';
import { pathOf, schemaErrors } from '../schema-errors.js';
import type { Problem } from './problem.js';
import { layerSchema, type SchemaNode, schemaAt } from './schema.js';

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
  for (const fault of schemaErrors(layerSchema, layer.value)) {
    const path = pathOf(fault);
    if (fault.keyword === 'additionalProperties') {
      for (const key of fault.params.additionalProperties) add(problems, unknownKey(layer, path, key));
    } else if (fault.keyword !== 'boolean') {
      add(problems, misfit(layer, path));
    }
  }
  return [...problems.values()];
}

/** Several faults may tell of one place (each branch of a union); the first says it all. */
function add(problems: Map<string, Problem>, problem: Problem): void {
  const place = `${problem.where} ${problem.path}`;
  if (!problems.has(place)) problems.set(place, problem);
}

function unknownKey(layer: Layer, path: readonly string[], key: string): Problem {
  const where = layer.where([...path, key], 'key');
  const dotted = printable([...path, key].join('.')).slice(0, 100);
  if (path[0] === 'plugins') return { where, path: dotted, message: 'is no package name, such as "@scope/name"' };
  const known = Object.keys(schemaAt(path)?.properties ?? {});
  const meant = nearest(key, known);
  const hint = meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}`;
  return { where, path: dotted, message: `unknown key; ${hint}` };
}

function misfit(layer: Layer, path: readonly string[]): Problem {
  const schema = schemaAt(path);
  const got = describe(valueAt(layer.value, path), schema);
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
function describe(value: unknown, schema: SchemaNode | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') {
    if (value === '') return 'an empty text';
    return schema?.pattern || schema?.enum ? 'another text' : 'a text';
  }
  if (typeof value === 'object') return 'a map';
  return schema?.secret ? `a ${typeof value}` : String(value);
}
