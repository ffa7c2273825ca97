import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const Place = Type.Object({ line: Type.Integer({ minimum: 0 }), column: Type.Integer({ minimum: 0 }) });
const Range = Type.Object({ start: Place, end: Place });
const Named = Type.Object({ text: Type.String(), range: Range });

/** What the program says of one place; lines and columns count from 0, columns in characters. */
const Match = Type.Object({
  text: Type.String(),
  lines: Type.String(),
  file: Type.String(),
  range: Range,
  labels: Type.Optional(Type.Array(Type.Object({ range: Range, style: Type.String() }))),
  ruleId: Type.Optional(Type.String()),
  metaVariables: Type.Optional(Type.Object({ single: Type.Record(Type.String(), Named) })),
});
export type Match = Static<typeof Match>;

/** Undefined for what is something else. */
export const matchOf = (record: unknown): Match | undefined => (Value.Check(Match, record) ? record : undefined);

const OutlineEntry = Type.Object({
  symbolType: Type.String(),
  name: Type.String(),
  signature: Type.String(),
  range: Range,
  isImport: Type.Optional(Type.Boolean()),
  isExported: Type.Optional(Type.Boolean()),
});
const OutlineItem = Type.Interface([OutlineEntry], { members: Type.Optional(Type.Array(OutlineEntry)) });
const Outline = Type.Object({ path: Type.String(), items: Type.Array(OutlineItem) });
export type OutlineEntry = Static<typeof OutlineEntry>;
export type Outline = Static<typeof Outline>;

export const outlineOf = (record: unknown): Outline | undefined => (Value.Check(Outline, record) ? record : undefined);
