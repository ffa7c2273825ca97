import { type Static, Type } from 'typebox';

/** Queries of the routes that add up what calls used. */

const strict = { additionalProperties: false } as const;
const name = Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }));
const moment = Type.Optional(Type.String({ pattern: '^[12]\\d{3}-\\d{2}-\\d{2}(T.{1,40})?$' }));
const key = '(?:day|hour|provider|model|agent|activity|session)';

const filter = {
  /** A day such as 2026-11-27, from its first moment, or a moment. */
  from: moment,
  /** A day, to its last moment, or a moment that is not counted any more. */
  to: moment,
  /** Whose days and hours; else where the server stands. */
  tz: Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$' })),
  provider: name,
  model: name,
  agent: name,
  activity: name,
  session: name,
};

export const UsageQuery = Type.Object(
  { group_by: Type.Optional(Type.String({ pattern: `^${key}(?:,${key})?$` })), ...filter },
  strict,
);
export type UsageQuery = Static<typeof UsageQuery>;

export const UsageCallsQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })), ...filter },
  strict,
);
export type UsageCallsQuery = Static<typeof UsageCallsQuery>;
