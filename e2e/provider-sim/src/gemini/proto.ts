/**
 * JSON as Google's servers read it into protocol buffers: names in camel or snake case, null as absent, a single thing
 * where a list is meant, and every name they do not know refused with the words of the real ones.
 */

export interface Message {
  /** Full name of the type, for error texts. */
  readonly type: string;
  readonly fields: Readonly<Record<string, Field>>;
}

type Scalar = 'string' | 'bool' | 'int' | 'number' | 'bytes' | 'struct' | 'any';

export type Field =
  | Scalar
  | { one: () => Message }
  | { many: () => Message }
  /** A list of scalars. */
  | { list: Scalar }
  | { map: () => Message }
  | { enum: string; values: readonly string[] };

const PACKAGE = 'google.ai.generativelanguage.v1beta';

export const message = (name: string, fields: Message['fields']): Message => ({ type: `${PACKAGE}.${name}`, fields });

export const oneOf = (name: string, ...values: string[]): Field => ({ enum: `${PACKAGE}.${name}`, values });

export interface Read {
  /** With camel-case names; what was wrong is left out. */
  value: Record<string, unknown>;
  /** Sentences, one for each thing that is wrong. */
  problems: string[];
}

/** Reads a value as a message of that shape. */
export function readMessage(value: unknown, shape: Message): Read {
  const problems: string[] = [];
  const read = readFields(value as Record<string, unknown>, shape, { path: '', problems });
  return { value: read, problems };
}

interface Place {
  path: string;
  problems: string[];
}

function readFields(value: Record<string, unknown>, shape: Message, { path, problems }: Place) {
  const read: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    const name = camel(key);
    const field = Object.hasOwn(shape.fields, name) ? shape.fields[name]! : undefined;
    if (!field) problems.push(unknownName(key, path, 'Cannot find field.'));
    else if (Array.isArray(given) && !repeats(field))
      problems.push(unknownName(key, path, 'Proto field is not repeating, cannot start list.'));
    else if (given !== null) read[name] = readField(given, field, { path: join(path, snake(name)), problems });
  }
  return read;
}

function readField(given: unknown, field: Field, place: Place): unknown {
  if (typeof field === 'string') return scalar(given, field, place);
  if ('enum' in field) return enumerated(given, field, place);
  if ('one' in field) return readOne(given, field.one(), place);
  if ('map' in field) return readMap(given, field.map(), place);
  const items = Array.isArray(given) ? given : [given];
  return items.map((item, index) => {
    const at = { ...place, path: `${place.path}[${index}]` };
    return 'many' in field ? readOne(item, field.many(), at) : scalar(item, field.list, at);
  });
}

function readOne(given: unknown, shape: Message, place: Place): unknown {
  if (isObject(given)) return readFields(given, shape, place);
  place.problems.push(invalid(place.path, `type.googleapis.com/${shape.type}`, given));
  return {};
}

/** The real ones name an entry of a map by its place. */
function readMap(given: unknown, shape: Message, place: Place): unknown {
  if (!isObject(given)) return readOne(given, shape, place);
  return Object.fromEntries(
    Object.entries(given).map(([key, item], index) => [
      key,
      readOne(item, shape, { ...place, path: `${place.path}[${index}].value` }),
    ]),
  );
}

function enumerated(given: unknown, { enum: type, values }: Extract<Field, { enum: string }>, place: Place): unknown {
  const name = typeof given === 'string' ? given.toUpperCase() : undefined;
  if (name && values.includes(name)) return name;
  place.problems.push(invalid(place.path, `type.googleapis.com/${type}`, given));
  return undefined;
}

const SCALARS: Readonly<Record<Scalar, { type: string; fits: (given: unknown) => boolean }>> = {
  string: { type: 'TYPE_STRING', fits: (given) => typeof given === 'string' },
  bool: { type: 'TYPE_BOOL', fits: (given) => typeof given === 'boolean' },
  int: { type: 'TYPE_INT32', fits: (given) => isNumeric(given) && Number.isInteger(Number(given)) },
  number: { type: 'TYPE_DOUBLE', fits: isNumeric },
  bytes: { type: 'TYPE_BYTES', fits: (given) => typeof given === 'string' && isBase64(given) },
  struct: { type: 'type.googleapis.com/google.protobuf.Struct', fits: isObject },
  any: { type: 'type.googleapis.com/google.protobuf.Value', fits: () => true },
};

function scalar(given: unknown, kind: Scalar, { path, problems }: Place): unknown {
  const { type, fits } = SCALARS[kind];
  if (fits(given)) return kind === 'int' || kind === 'number' ? Number(given) : given;
  const isText = kind === 'bytes' && typeof given === 'string';
  problems.push(
    isText
      ? `Invalid value at '${path}' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(given.slice(0, 40))}`
      : invalid(path, type, given),
  );
  return undefined;
}

const unknownName = (key: string, path: string, why: string) =>
  `Invalid JSON payload received. Unknown name ${JSON.stringify(key)}${path && ` at '${path}'`}: ${why}`;

const invalid = (path: string, type: string, given: unknown) =>
  `Invalid value at '${path}' (${type}), ${JSON.stringify(given)}`;

const repeats = (field: Field) => (typeof field === 'string' ? field === 'any' : 'many' in field || 'list' in field);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumeric(given: unknown): boolean {
  return typeof given === 'number' || (typeof given === 'string' && given.trim() !== '' && !Number.isNaN(+given));
}

/** Both alphabets, with or without padding. */
const isBase64 = (text: string) => /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;

const join = (path: string, name: string) => (path ? `${path}.${name}` : name);
const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
