/** A tool's parameters as the API takes them. */
export type Schema = Record<string, unknown>;

/** What `parametersJsonSchema` understands. Source: ai.google.dev/api/caching#FunctionDeclaration, read 2026-11-27. */
const KNOWN = new Set([
  '$defs',
  '$ref',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'anyOf',
  'oneOf',
  'properties',
  'additionalProperties',
  'required',
]);

/** Keys whose values are schemas by name, whatever the names are. */
const BY_NAME = new Set(['$defs', 'properties']);
/** Keys whose values are schemas, or lists of them. */
const SCHEMAS = new Set(['items', 'prefixItems', 'anyOf', 'oneOf', 'additionalProperties']);

/**
 * JSON Schema without what the API refuses or does not know: a limit it cannot hold the model to is left to the tool,
 * which checks its arguments anyway. Tools of strangers send anything.
 */
export function jsonSchema(schema: unknown): Schema {
  const whole = clean(schema);
  return whole.type === undefined && whole.$ref === undefined ? { type: 'object', ...whole } : whole;
}

function clean(schema: unknown): Schema {
  if (!isObject(schema)) return {};
  const plain = withEnum(withDefinitions(flat(schema)));
  return Object.fromEntries(
    Object.entries(plain).flatMap(([key, value]): [string, unknown][] => {
      if (!KNOWN.has(key)) return [];
      if (BY_NAME.has(key)) return isObject(value) ? [[key, mapped(value, clean)]] : [];
      return [[key, SCHEMAS.has(key) ? inner(value) : value]];
    }),
  );
}

const inner = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(clean);
  return isObject(value) ? clean(value) : value;
};

/** `allOf` is not known; its members say what the whole must be, so they become the whole. */
function flat(schema: Schema): Schema {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  const parts = [...allOf.filter(isObject).map(flat), rest];
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const required = [...new Set(parts.flatMap((part) => (Array.isArray(part.required) ? part.required : [])))];
  return {
    ...Object.assign({}, ...parts),
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function withEnum(schema: Schema): Schema {
  const { const: only, ...rest } = schema;
  return typeof only === 'string' || typeof only === 'number' ? { ...rest, enum: [only] } : rest;
}

/** The older word for definitions; references name their place, so it stays with them. */
function withDefinitions(schema: Schema): Schema {
  const { definitions, $ref, ...rest } = schema;
  return {
    ...rest,
    ...(isObject(definitions) && { $defs: { ...definitions, ...(rest.$defs as object) } }),
    ...(typeof $ref === 'string' && { $ref: $ref.replace(/^#\/definitions\//, '#/$defs/') }),
  };
}

/**
 * What `parameters` understands: a part of OpenAPI 3.0, types in capitals, no references, choices of text alone.
 * Undefined for a tool that takes nothing: an object without properties is refused.
 */
export function openApiSchema(schema: unknown): Schema | undefined {
  const whole = narrow(clean(schema));
  return isObject(whole.properties) && Object.keys(whole.properties).length > 0
    ? { type: 'OBJECT', ...whole }
    : undefined;
}

function narrow(schema: Schema): Schema {
  const { type, enum: choices, description, properties, required, items, anyOf, oneOf } = schema;
  const types = (Array.isArray(type) ? type : [type]).filter((each): each is string => typeof each === 'string');
  const [first] = types.filter((each) => each !== 'null');
  const options = anyOf ?? oneOf;
  return {
    ...(first !== undefined && { type: first.toUpperCase() }),
    ...(types.includes('null') && { nullable: true }),
    ...(description !== undefined && { description }),
    ...(Array.isArray(choices) && first !== 'integer' && first !== 'number' && { enum: choices.map(String) }),
    ...(isObject(properties) && { properties: mapped(properties, narrow) }),
    ...(Array.isArray(required) && { required }),
    ...(isObject(items) && { items: narrow(items) }),
    // An array must say of what.
    ...(first === 'array' && !isObject(items) && { items: { type: 'STRING' } }),
    ...(Array.isArray(options) && { anyOf: options.filter(isObject).map(narrow) }),
  };
}

const mapped = (schemas: Schema, change: (schema: Schema) => Schema): Schema =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, value]) => [name, isObject(value) ? change(value) : {}] as const),
  );

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
