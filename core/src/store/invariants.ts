import { readFile } from 'node:fs/promises';
import type { Sql } from './database.js';

export interface Violation {
  /** As in `message.positions`; the names stand in invariants.sql. */
  invariant: string;
  /** Id of the conversation or session it was found in. */
  subject: string;
  detail: string;
}

/** What does not hold in this database; empty when all is well. Meaningful once recovery has run. */
export async function checkInvariants(sql: Sql): Promise<Violation[]> {
  // The compiler leaves SQL where it is: seen from dist/src/store, the source stands three folders up.
  const query = await readFile(new URL('../../../src/store/invariants.sql', import.meta.url), 'utf8');
  const { rows } = await sql.query<{ invariant: string; subject: string; detail: string }>(query);
  return rows;
}
