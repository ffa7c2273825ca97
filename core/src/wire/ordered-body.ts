import type { BodyShape } from './profile.js';

/**
 * A body with its top-level keys in the order of the shape. Fields without a value are left out.
 *
 * @throws Error for a field the shape does not place: a mistake in the plugin
 */
export function orderedBody(shape: BodyShape, fields: Readonly<Record<string, unknown>>): Buffer {
  const strange = Object.keys(fields).filter((key) => fields[key] !== undefined && !shape.keys.includes(key));
  if (strange.length > 0) throw new Error(`the shape of this body has no place for ${strange.join(', ')}`);
  const present = shape.keys.filter((key) => fields[key] !== undefined);
  if (shape.encoding === 'json') {
    return Buffer.from(JSON.stringify(Object.fromEntries(present.map((key) => [key, fields[key]]))));
  }
  return Buffer.from(
    new URLSearchParams(present.map((key): [string, string] => [key, String(fields[key])])).toString(),
  );
}
