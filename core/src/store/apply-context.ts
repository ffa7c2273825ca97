import { MaestroError } from '../errors.js';
import type { Named } from './complete-events.js';
import type { Sql } from './database.js';
import type { StoredRequest } from './requests.js';
import type { Fence, Write } from './step.js';

/** What is computed before the row lock is taken: compression takes time. */
export interface Prepared {
  /** By id of the call. */
  requests: Map<string, StoredRequest>;
  responses: Map<string, Buffer>;
  /** To call once the step is committed. */
  keep: (() => void)[];
}

/** What the functions that apply writes share. */
export interface Context {
  sql: Sql;
  fence: Fence;
  prepared: Prepared;
  /** Gets the rows that writes make, so that events need not read them back. */
  named: Named;
}

export type As<W extends Write['write']> = Extract<Write, { write: W }>;

/** Runs one statement that must change as many rows as it should. */
export async function change({ sql }: Context, what: string, text: string, params: unknown[], rows = 1): Promise<void> {
  const { rowCount } = await sql.query(text, params);
  if (rowCount !== rows)
    throw new MaestroError('step.refused', `${what}: it is gone or no longer in a state that allows this`);
}
