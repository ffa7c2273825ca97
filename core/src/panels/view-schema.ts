import { type TSchema, Type } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

// The nodes of protocol/views.ts as schemas. What holds further nodes is checked node by node by whoever walks the
// tree: a schema that recurs would follow a hostile one as deep as it goes.

const strict = { additionalProperties: false } as const;
const text = Type.String({ maxLength: 65_536 });
const word = Type.String({ maxLength: 1_000 });
/** Names an action: what it may look like stands in the route. */
const action = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });
const key = Type.String({ minLength: 1, maxLength: 200 });
const tone = Type.Optional(Type.Enum(['neutral', 'good', 'warn', 'bad']));
const optional = Type.Optional(word);
const nodes = Type.Array(Type.Unknown());
const node = <T extends Record<string, TSchema>>(type: string, properties: T) =>
  Compile(Type.Object({ type: Type.Literal(type), ...properties }, strict));

const point = Type.Tuple([Type.Number(), Type.Number()]);
const line = Type.Object({ name: word, points: Type.Array(point) }, strict);
const column = Type.Object({ key, label: word, align: Type.Optional(Type.Enum(['start', 'end'])) }, strict);
const cell = Type.Union([text, Type.Number(), Type.Null()]);
const logLine = Type.Object({ at: Type.String({ maxLength: 64 }), text, tone }, strict);
const field = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' }),
    label: word,
    hint: optional,
    kind: Type.Enum(['text', 'secret', 'number', 'switch', 'choice']),
    value: Type.Optional(Type.Union([text, Type.Number(), Type.Boolean()])),
    choices: Type.Optional(Type.Array(word, { maxItems: 200 })),
  },
  strict,
);

/** By the type of the node. */
export const nodeChecks: ReadonlyMap<unknown, Validator> = new Map<unknown, Validator>([
  ['stack', node('stack', { title: optional, items: nodes })],
  ['row', node('row', { items: nodes })],
  ['stat', node('stat', { label: word, value: word, unit: optional, tone })],
  ['gauge', node('gauge', { label: word, value: Type.Number(), max: Type.Number(), unit: optional, tone })],
  ['series', node('series', { label: word, unit: optional, lines: Type.Array(line, { maxItems: 32 }) })],
  [
    'table',
    node('table', {
      columns: Type.Array(column, { minItems: 1, maxItems: 32 }),
      rows: Type.Array(Type.Record(Type.String(), cell)),
    }),
  ],
  ['log', node('log', { lines: Type.Array(logLine) })],
  ['markdown', node('markdown', { text })],
  ['tree', node('tree', { nodes })],
  ['form', node('form', { action, submit: word, fields: Type.Array(field, { maxItems: 64 }) })],
  ['button', node('button', { label: word, action, tone, confirm: optional })],
]);

/** One node of a tree, its children unchecked. */
export const treeNodeCheck: Validator = Compile(
  Type.Object(
    { label: word, detail: optional, open: Type.Optional(Type.Boolean()), children: Type.Optional(nodes) },
    strict,
  ),
);
