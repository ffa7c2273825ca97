import { type Static, type TObject, Type } from 'typebox';
import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import { nearest } from '../nearest.js';
import { pathOf, schemaErrors } from '../schema-errors.js';
import type { Plugin } from './plugin.js';

/**
 * A plugin's settings as its schema wants them, defaults filled in.
 *
 * @throws MaestroError `plugin.config` naming the plugin and every place that does not fit, never a value
 */
export function parseSettings<S extends TObject>(plugin: Plugin<S>, raw: unknown): Static<S> & object {
  // Built anew: a spread copy of a schema loses its hidden kind and validates differently.
  const properties = plugin.config?.properties ?? {};
  const strict = Type.Object(properties, { additionalProperties: false });
  const value = Value.Default(strict, structuredClone(raw ?? {}));
  if (Value.Check(strict, value)) return value as Static<S> & object;
  // An unknown key is told twice: by the object that has it and by the schema `false` it meets.
  const told = schemaErrors(strict, value).filter((fault) => fault.keyword !== 'boolean');
  const faults = told.map((fault) => {
    const place = pathOf(fault).join('.') || 'settings';
    if (fault.keyword !== 'additionalProperties') return `${place} ${fault.message}`;
    return fault.params.additionalProperties.map((key) => unknownKey(key, Object.keys(properties))).join('; ');
  });
  throw new MaestroError('plugin.config', `${plugin.name}: ${[...new Set(faults)].join('; ')}`);
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `unknown key "${key}"${meant ? `, did you mean "${meant}"?` : known.length ? `; known: ${known.join(', ')}` : '; it has no settings'}`;
}
