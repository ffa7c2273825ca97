import { type Static, type TProperties, type TSchema, Type } from 'typebox';

/**
 * Every key of the configuration with what it wants, in words. One table makes both the schema of the whole
 * (nothing may be missing) and that of a layer (everything may); `secret` values are never echoed.
 */
const wants = (wanted: string, more: { secret?: true } = {}) => ({ description: wanted, ...more });
const strict = { additionalProperties: false };
const count = (minimum: number, maximum: number, of: string) =>
  Type.Integer({ minimum, maximum, ...wants(`a whole number from ${minimum} to ${maximum} (${of})`) });
const usd = (of: string) =>
  Type.Union(
    [Type.Null(), Type.Number({ minimum: 0 })],
    wants(`an amount in USD from 0 (${of}), or null for no limit`),
  );
const id = (of: string) =>
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$', ...wants(`the id of a ${of}`) });

const sections = {
  server: {
    host: Type.String({
      pattern: '^(localhost|127(\\.[0-9]{1,3}){3}|::1)$',
      ...wants('127.0.0.1, ::1 or localhost: The Maestro serves this machine only'),
    }),
    port: count(0, 65535, '0: any free port'),
  },
  database: {
    url: Type.String({
      pattern: '^(embedded|postgres(ql)?://.+)$',
      ...wants('embedded or a postgres:// URL', { secret: true }),
    }),
  },
  redis: {
    url: Type.String({ pattern: '^(none|rediss?://.+)$', ...wants('none or a redis:// URL', { secret: true }) }),
  },
  defaults: { provider: id('provider'), model: id('model'), template: id('template') },
  limits: {
    sessions: count(1, 10_000, 'sessions at most'),
    toolCallsPerTurn: count(1, 10_000, 'tool calls of one turn at most'),
    subAgentDepth: count(0, 20, 'how deep agents may call agents'),
    outputKiB: count(1, 65_536, 'output of one tool call in KiB'),
  },
  budgets: {
    perSessionUsd: usd('what one session may cost'),
    perDayUsd: usd('what one day may cost'),
    warnAt: Type.Number({
      minimum: 0,
      maximum: 1,
      ...wants('a number from 0 to 1 (the share of a budget to warn at)'),
    }),
  },
  log: {
    level: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], wants('debug, info, warn, error or silent')),
  },
} satisfies Record<string, TProperties>;

/** Settings of plugins by package name; the plugin's own schema checks them as it loads. */
const plugins = Type.Record(
  Type.String({ pattern: '^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$' }),
  Type.Union([Type.Literal(false), Type.Object({}, { additionalProperties: true })], {
    ...wants('settings as a map ({} for none), or false to turn the plugin off'),
  }),
  { ...strict, ...wants('a map from package name to settings') },
);

const section = <P extends TProperties>(properties: P) => Type.Object(properties, { ...strict, ...wants('a map') });

export const configSchema = Type.Object(
  {
    server: section(sections.server),
    database: section(sections.database),
    redis: section(sections.redis),
    defaults: section(sections.defaults),
    plugins,
    limits: section(sections.limits),
    budgets: section(sections.budgets),
    log: section(sections.log),
  },
  { title: 'The Maestro', ...strict, ...wants('a map') },
);

/** The whole configuration after all layers. */
export type Config = Static<typeof configSchema>;

const layerSections = Object.fromEntries(
  Object.entries(sections).map(([name, properties]) => {
    const optional = Object.entries(properties).map(([key, schema]) => [key, Type.Optional(schema)]);
    return [name, Type.Optional(section(Object.fromEntries(optional)))];
  }),
);

/** One layer: a file, the environment, the flags. This is also what editors check maestro.yaml with. */
export const layerSchema = Type.Object(
  { ...layerSections, plugins: Type.Optional(plugins) },
  { title: 'Configuration of The Maestro', ...strict, ...wants('a map') },
);

/** The schema of one place, or undefined inside free maps and for unknown keys. */
export function schemaAt(path: readonly string[]): SchemaNode | undefined {
  let schema: SchemaNode | undefined = layerSchema as SchemaNode;
  for (const key of path) schema = schema?.properties?.[key] ?? matching(schema, key);
  return schema;
}

/** A schema as plain data, with our own words for what it wants. */
export interface SchemaNode extends TSchema {
  type?: string;
  description?: string;
  secret?: boolean;
  pattern?: string;
  enum?: readonly unknown[];
  anyOf?: SchemaNode[];
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
}

function matching(schema: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const patterns = Object.entries(schema?.patternProperties ?? {});
  return patterns.find(([pattern]) => new RegExp(pattern).test(key))?.[1];
}
