import type { Binding, Envelope, KeyRing } from './envelope.js';
import { unseal } from './envelope.js';

/** Columns of `mcp_servers` that are sealed. */
export type McpSealed = 'env' | 'headers' | 'oauth';

/** What is sealed in a row of an MCP server opens in its own column only. */
export const mcpBinding = (rowId: string, column: McpSealed): Binding => ({
  rowId,
  provider: 'mcp',
  authType: column,
});

/** A sealed value, wherever it stands. */
export interface SealedValue extends Binding {
  envelope: Envelope;
}

/** Where sealed values stand. The names are ours, so they may stand in SQL. */
export interface SealedColumn {
  table: string;
  column: string;
  /** SQL of the two words that bind a value beside its row's id. */
  bound: readonly [provider: string, authType: string];
}

/** Every column that holds sealed values; what is missing here is lost with the next rotation of the key. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'saved_authentications', column: 'credentials', bound: ['provider', 'auth_type'] },
  ...(['env', 'headers', 'oauth'] as const).map((column) => {
    const { provider, authType } = mcpBinding('', column);
    return { table: 'mcp_servers', column, bound: [`'${provider}'`, `'${authType}'`] as const };
  }),
];

/** Selects `SealedValue`s of one column; a condition may follow. */
export function selectSealed({ table, column, bound }: SealedColumn): string {
  return `select id as "rowId", ${column} as envelope, ${bound[0]} as provider, ${bound[1]} as "authType"
    from ${table} where ${column} is not null`;
}

export function opensValue(keys: KeyRing, value: SealedValue): boolean {
  try {
    unseal(keys, value, value.envelope);
    return true;
  } catch {
    return false;
  }
}
