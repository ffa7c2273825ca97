import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { priceSchema } from './price-schema.js';

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

const choice = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}/.{1,128}$', ...wants('provider/model') });

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
  defaults: {
    provider: id('provider'),
    model: id('model'),
    template: id('template'),
    approval: Type.Optional(
      Type.Enum(['allow', 'ask', 'plan'], wants('allow, ask or plan: what agents may do without asking')),
    ),
  },
  limits: {
    sessions: count(1, 10_000, 'sessions at most'),
    toolCallsPerTurn: count(1, 10_000, 'tool calls of one turn before you are asked'),
    sameCallsPerTurn: count(2, 10_000, 'the same tool call in one turn before you are asked'),
    subAgentDepth: count(0, 20, 'how deep agents may call agents'),
    outputKiB: count(1, 65_536, 'output of one tool call in KiB'),
  },
  calls: {
    perOrigin: count(1, 256, 'provider calls at once with one server'),
    onLimit: Type.Enum(
      ['wait', 'switch'],
      wants('wait or switch: what a session does when its provider is at a limit'),
    ),
    fallbacks: Type.Array(choice, {
      maxItems: 16,
      ...wants('a list of provider/model: who takes over, in this order, when a session switches'),
    }),
  },
  compaction: {
    auto: Type.Boolean(wants('true or false: whether long conversations are summed up without being asked for')),
    at: Type.Number({
      minimum: 0.1,
      maximum: 0.95,
      ...wants('a number from 0.1 to 0.95 (the share of the window that a request fills before that is done)'),
    }),
    keep: Type.Number({
      minimum: 0,
      maximum: 0.6,
      ...wants('a number from 0 to 0.6 (the share of that which the newest messages may fill afterwards)'),
    }),
    model: Type.Union([Type.Null(), choice], wants('provider/model: who sums up, or null for who answers the session')),
    unknownWindow: count(2_000, 100_000_000, 'tokens of a window that nobody knows'),
    replyTokens: count(256, 1_000_000, 'tokens kept free for a reply where nobody knows how long it may be'),
  },
  instructions: {
    files: Type.Array(
      Type.String({ pattern: '^(?!\\.{1,2}$)[^/\\\\]{1,128}$', ...wants('the name of a file, without a folder') }),
      { maxItems: 16, ...wants('a list of file names: what is read as instructions to agents') },
    ),
    bytes: count(0, 1_048_576, 'bytes of the instructions of one project at most'),
  },
  budgets: {
    perTurnUsd: usd('what one turn may cost, with its agents'),
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

/** What we are told of models, above what providers and the price library say. */
const models = Type.Record(
  Type.String({ pattern: '^.{1,200}$' }),
  Type.Object(
    {
      contextTokens: Type.Optional(count(1, 100_000_000, 'tokens of the window')),
      outputTokens: Type.Optional(count(1, 100_000_000, 'tokens of one reply at most')),
      images: Type.Optional(Type.Boolean(wants('true or false: whether it reads images'))),
      files: Type.Optional(Type.Boolean(wants('true or false: whether it reads files'))),
      thinking: Type.Optional(Type.Boolean(wants('true or false: whether it thinks'))),
      tools: Type.Optional(Type.Boolean(wants('true or false: whether it calls tools'))),
      price: Type.Optional(priceSchema),
    },
    { ...strict, ...wants('facts of a model as a map') },
  ),
  { ...strict, ...wants('a map from model, or provider/model, to what is known of it') },
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
    calls: section(sections.calls),
    compaction: section(sections.compaction),
    models,
    instructions: section(sections.instructions),
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
  { ...layerSections, plugins: Type.Optional(plugins), models: Type.Optional(models) },
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
