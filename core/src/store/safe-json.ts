/**
 * The one way text and JSON of strangers (models, tools, people) go into `text` and `jsonb` columns.
 * PostgreSQL refuses NUL and lone surrogates there, and both it and V8 give up on very deep nesting; what it
 * refuses becomes U+FFFD. Where the exact bytes matter a column is `bytea` and this file is not used.
 */

const replacement = '\ufffd';

// PostgreSQL's default stack holds some thousand levels; nothing a person reads needs more than these.
const deepest = 200;

/** A string as a `text` column can hold it. */
export function storableText(value: string): string {
  return value.toWellFormed().replaceAll('\0', replacement);
}

/** The same for a column that may be null. */
export function maybeText(value: string | null | undefined): string | null {
  return value == null ? null : storableText(value);
}

/** JSON text as a `jsonb` column can hold it. `undefined` is stored as null. */
export function storableJson(value: unknown): string {
  const shallow = isDeeper(value, deepest) ? cut(value, deepest) : value;
  return JSON.stringify(shallow ?? null).replace(refused, replacement);
}

/** The same for a column that may be null. */
export function maybeJson(value: unknown): string | null {
  return value == null ? null : storableJson(value);
}

/** What reading a `jsonb` column would give back for `value`. */
export function storable<T>(value: T): T {
  return JSON.parse(storableJson(value)) as T;
}

// JSON.stringify writes these, and never a surrogate pair, as escapes in lower case. The part that looks back makes
// sure that an even number of backslashes stands before: of an odd one the last would escape ours.
const refused = /\\u(?:0000|d[89a-f][0-9a-f]{2})(?<=(?<!\\)(?:\\\\)*\\u.{4})/g;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function cut(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return replacement;
  if (Array.isArray(value)) return value.map((inner) => cut(inner, levels - 1));
  // fromEntries defines properties, so a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner, levels - 1)]));
}
