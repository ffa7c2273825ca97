import { p } from '@mikro-orm/core';

// Properties are named as their columns, so that a row, its SQL and its JSON speak of one thing with one word.

export const id = () => p.uuid().primary();
export const time = () => p.datetime().columnType('timestamptz');
/** Set by the database when the row is made. */
export const now = () => time().defaultRaw('now()');
/** US dollars, exact. */
export const dollars = () => p.decimal('string').precision(20).scale(12).nullable();
