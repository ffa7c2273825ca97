/** One line of the table of a tool's parameters. */
export interface Parameter {
  name: string;
  type: string;
  note: string;
  description: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** What a tool takes, out of its JSON Schema; a stranger may have written that, so nothing in it is relied on. */
export function parametersOf(schema: unknown): Parameter[] {
  if (!isSchema(schema) || !isSchema(schema.properties)) return [];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(schema.properties).map(([name, given]) => {
    const one = isSchema(given) ? given : {};
    return {
      name,
      type: typeOf(one),
      note: noteOf(one, required.has(name)),
      description: typeof one.description === 'string' ? one.description : '',
    };
  });
}

function typeOf(schema: Schema, depth = 0): string {
  const { type, items, anyOf, oneOf } = schema;
  if (Array.isArray(schema.enum)) return schema.enum.map(shown).join(' | ').slice(0, 200);
  if ('const' in schema) return shown(schema.const);
  const some = [anyOf, oneOf].find(Array.isArray) as unknown[] | undefined;
  if (some && depth < 3) {
    return [...new Set(some.map((one) => (isSchema(one) ? typeOf(one, depth + 1) : 'any')))].join(' | ').slice(0, 200);
  }
  if (Array.isArray(type)) return type.map(String).join(' | ');
  if (type === 'array' && isSchema(items) && depth < 3) return `${typeOf(items, depth + 1)}[]`;
  return typeof type === 'string' ? type : 'any';
}

function noteOf(schema: Schema, isRequired: boolean): string {
  if (isRequired) return 'required';
  return 'default' in schema ? `default ${shown(schema.default)}`.slice(0, 80) : 'optional';
}

const shown = (value: unknown) => JSON.stringify(value) ?? String(value);

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
