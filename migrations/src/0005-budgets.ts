import { Migration } from '@mikro-orm/migrations';

/** What limits on money and loops need. */
export class Budgets0005 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    for (const statement of down) this.addSql(statement);
  }
}

const up = [
  // What is asked of a turn as a whole belongs to no call of a tool.
  'alter table "approvals" alter column "tool_call_id" drop not null',
  'alter table "approvals" alter column "tool" drop not null',
  `create index "approvals_limits" on "approvals" (("args" ->> 'key')) where "kind" = 'limit'`,
  'alter table "queued_messages" add column "max_usd" numeric(20, 12) null',
  // What was spent stays when its session is removed: no reference leads from here. A null cost was not known.
  `create table "usage_entries" (
    "id" uuid primary key default gen_random_uuid(), "at" timestamptz not null default now(), "conversation_id" uuid not null,
    "turn_id" uuid null, "total_cost_usd" numeric(20, 12) null)`,
  'create index "usage_entries_at" on "usage_entries" ("at")',
  'create index "usage_entries_conversation" on "usage_entries" ("conversation_id", "at")',
  // "session" null: for all; "limit_usd" null: no limit, whatever the configuration says.
  `create table "budgets" (
    "id" uuid primary key, "scope" text not null, "session" uuid null references "sessions" ("id") on delete cascade,
    "limit_usd" numeric(20, 12) null, "warn_at" double precision null,
    "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now())`,
  `create unique index "budgets_one" on "budgets" ("scope", coalesce("session"::text, ''))`,
];

const down = [
  'drop table if exists "budgets" cascade',
  'drop table if exists "usage_entries" cascade',
  'alter table "queued_messages" drop column if exists "max_usd"',
  'drop index if exists "approvals_limits"',
  `delete from "approvals" where "kind" = 'limit'`,
  'alter table "approvals" alter column "tool" set not null',
  'alter table "approvals" alter column "tool_call_id" set not null',
];
