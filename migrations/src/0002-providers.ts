import { Migration } from '@mikro-orm/migrations';

/** What sign-ins, usage and lists of models need. */
export class Providers0002 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    for (const statement of down) this.addSql(statement);
  }
}

const columns: readonly (readonly [table: string, column: string, type: string])[] = [
  // Whom a sign-in belongs to, as the provider names them.
  ['saved_authentications', 'account', 'text null'],
  // Set before a refresh is sent: a row that still has it after a crash may hold a token that was used up.
  ['saved_authentications', 'refresh_attempt_at', 'timestamptz null'],
  ['saved_authentications', 'next_refresh_at', 'timestamptz null'],
  // The last real call that went well, and why the last one did not.
  ['saved_authentications', 'last_success_at', 'timestamptz null'],
  ['saved_authentications', 'failure', 'jsonb null'],
  ['saved_authentications', 'needs_login', 'boolean not null default false'],
  ['sessions', 'effort', 'text null'],
  ['sessions', 'on_limit', 'text null'],
  ['sessions', 'cached_tokens', 'bigint not null default 0'],
  ['sessions', 'reasoning_tokens', 'bigint not null default 0'],
  // Calls whose price is not known, and whether any count is an estimate: totals say so.
  ['sessions', 'unpriced_calls', 'int not null default 0'],
  ['sessions', 'estimated', 'boolean not null default false'],
  // Images and files that wait with their message.
  ['queued_messages', 'attachments', "jsonb not null default '[]'"],
  ['messages', 'cached_tokens', 'int null'],
  ['messages', 'cache_write_tokens', 'int null'],
  ['messages', 'reasoning_tokens', 'int null'],
  ['provider_calls', 'credential_id', 'text null'],
  ['provider_calls', 'activity', "text not null default 'conversation'"],
  ['provider_calls', 'request_tokens', 'int null'],
  ['provider_calls', 'response_tokens', 'int null'],
  ['provider_calls', 'cached_tokens', 'int null'],
  ['provider_calls', 'cache_write_tokens', 'int null'],
  ['provider_calls', 'reasoning_tokens', 'int null'],
  ['provider_calls', 'total_cost_usd', 'numeric(20,12) null'],
  ['provider_calls', 'estimated', 'boolean not null default false'],
  // Where the price comes from: the library and its date, or a file of the user.
  ['provider_calls', 'price_source', 'text null'],
];

const up = [
  ...columns.map(([table, column, type]) => `alter table "${table}" add column "${column}" ${type}`),
  `create table "model_lists" (
    "provider" text not null, "credential_id" text not null, "models" jsonb not null,
    "fetched_at" timestamptz not null default now(), primary key ("provider", "credential_id"))`,
];

const down = [
  'drop table if exists "model_lists"',
  ...[...columns].reverse().map(([table, column]) => `alter table "${table}" drop column if exists "${column}"`),
];
