import { Migration } from '@mikro-orm/migrations';

/** What approvals, MCP servers, templates and sub-agents need. */
export class Agents0003 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    for (const statement of down) this.addSql(statement);
  }
}

const columns: readonly (readonly [table: string, column: string, type: string])[] = [
  // What may run without asking: null as the configuration says, else 'allow', 'ask' or 'plan'.
  ['sessions', 'approval', 'text null'],
  // 0 for a session of a person; one more than its parent's for a sub-agent's.
  ['sessions', 'depth', 'int not null default 0'],
  // The call of the parent that this session answers.
  ['sessions', 'parent_call_id', 'uuid null'],
];

const tables = ['agent_templates', 'mcp_servers', 'approvals', 'approval_rules', 'session_state'] as const;

const up = [
  ...columns.map(([table, column, type]) => `alter table "${table}" add column "${column}" ${type}`),
  `create index "sessions_parent" on "sessions" ("parent_session_id") where "parent_session_id" is not null`,
  // Empty lists of tools and servers mean all that are switched on.
  `create table "agent_templates" (
    "id" uuid primary key, "name" text not null unique, "role" text null, "description" text not null default '',
    "system_prompt" text not null, "preferred_provider" text null, "preferred_model" text null,
    "tools" jsonb not null default '[]', "mcps" jsonb not null default '[]', "source" text not null,
    "path" text null, "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now())`,
  // env, headers and oauth are sealed envelopes.
  `create table "mcp_servers" (
    "id" uuid primary key, "name" text not null unique, "description" text not null default '', "transport" text not null,
    "url" text null, "command" text null, "args" jsonb not null default '[]', "working_directory" text null,
    "env" jsonb null, "headers" jsonb null, "oauth" jsonb null, "is_enabled" boolean not null default true,
    "settings" jsonb not null default '{}',
    "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now())`,
  `create table "approvals" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade,
    "turn_id" uuid not null references "turns" ("id") on delete cascade, "tool_call_id" uuid not null references "tool_calls" ("id") on delete cascade,
    "ord" int not null, "kind" text not null, "tool" text not null, "effects" text null, "title" text not null,
    "args" jsonb null, "always" jsonb null, "form" jsonb null, "state" text not null default 'open', "answer" jsonb null,
    "created_at" timestamptz not null default now(), "resolved_at" timestamptz null, "resolved_by" text null,
    unique ("tool_call_id", "ord"))`,
  `create index "approvals_open" on "approvals" ("created_at") where "state" = 'open'`,
  `create index "approvals_conversation" on "approvals" ("conversation_id")`,
  `create table "approval_rules" (
    "id" uuid primary key, "session_id" text null, "tool" text not null, "pattern" text null, "decision" text not null,
    "source" text not null, "created_at" timestamptz not null default now())`,
  `create table "session_state" (
    "session_id" uuid not null references "sessions" ("id") on delete cascade, "key" text not null, "value" jsonb not null,
    "updated_at" timestamptz not null default now(), primary key ("session_id", "key"))`,
];

const down = [
  ...[...tables].reverse().map((table) => `drop table if exists "${table}" cascade`),
  'drop index if exists "sessions_parent"',
  ...[...columns].reverse().map(([table, column]) => `alter table "${table}" drop column if exists "${column}"`),
];
