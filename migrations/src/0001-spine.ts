import { Migration } from '@mikro-orm/migrations';

/** The tables of sessions, their history and what happened in them. */
export class Spine0001 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    for (const table of [...tables].reverse()) this.addSql(`drop table if exists "${table}" cascade`);
  }
}

const tables = [
  'instances',
  'saved_authentications',
  'key_check',
  'api_tokens',
  'tools',
  'sessions',
  'conversations',
  'messages',
  'turns',
  'provider_calls',
  'tool_calls',
  'events',
  'drafts',
  'queued_messages',
  'composer_drafts',
  'blobs',
];

const up = [
  `create table "instances" (
    "id" uuid primary key, "host" text not null, "pid" int not null,
    "started_at" timestamptz not null default now(), "heartbeat_at" timestamptz not null default now())`,
  `create table "saved_authentications" (
    "id" uuid primary key, "provider" text not null, "auth_type" text not null, "method" text not null, "label" text not null,
    "credentials" jsonb not null, "expires_at" timestamptz null, "gen" int not null default 1,
    "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now(),
    unique ("provider", "label"))`,
  `create table "key_check" ("kid" text primary key, "envelope" jsonb not null, "created_at" timestamptz not null default now())`,
  `create table "api_tokens" (
    "id" uuid primary key, "name" text not null, "kind" text not null, "digest" bytea not null unique,
    "created_at" timestamptz not null default now(), "last_used_at" timestamptz not null default now(), "revoked_at" timestamptz null)`,
  `create table "tools" (
    "name" text primary key, "title" text not null, "description" text not null, "parameters" jsonb not null, "effects" text not null,
    "is_enabled" boolean not null default true, "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now())`,
  `create table "sessions" (
    "id" uuid primary key, "session_id" text not null unique, "agent_name" text not null, "role" text null, "title" text null,
    "provider" text not null, "model" text not null, "auth_type" text null, "credential_id" text null,
    "working_directory" text not null, "system_prompt" text not null, "status" text not null default 'idle',
    "parent_session_id" text null, "template" text null, "tools" jsonb not null default '{}', "mcps" jsonb not null default '{}',
    "request_tokens" bigint not null default 0, "response_tokens" bigint not null default 0, "total_cost_usd" numeric(20,12) null,
    "context_used" int null, "preview" text null, "current_conversation_id" uuid not null, "client_key" text null unique,
    "last_activity_at" timestamptz not null default now(), "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now())`,
  `create index "sessions_activity" on "sessions" ("last_activity_at" desc, "id" desc)`,
  `create table "conversations" (
    "id" uuid primary key, "session_id" uuid not null references "sessions" ("id") on delete cascade deferrable initially deferred,
    "last_seq" bigint not null default 0, "epoch" int not null default 0, "owner" uuid null, "live_starts" int not null default 0,
    "parent_tool_call_id" uuid null, "created_at" timestamptz not null default now())`,
  `create index "conversations_session" on "conversations" ("session_id")`,
  `create table "turns" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade,
    "message_id" uuid not null, "state" text not null, "attempts" int not null default 0, "stop_reason" text null, "error" jsonb null,
    "config" jsonb not null, "created_at" timestamptz not null default now(), "ended_at" timestamptz null)`,
  `create unique index "turns_one_live" on "turns" ("conversation_id") where "state" in ('queued', 'calling', 'tools')`,
  `create index "turns_conversation" on "turns" ("conversation_id")`,
  `create table "provider_calls" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade,
    "turn_id" uuid not null references "turns" ("id") on delete cascade, "ord" int not null, "attempt" int not null, "state" text not null,
    "provider" text not null, "model" text not null, "method" text not null, "url" text not null,
    "base_id" uuid null, "keep_prefix" int not null, "keep_suffix" int not null, "body" bytea not null,
    "req_sha256" text not null, "req_bytes" int not null, "req_headers" jsonb not null,
    "resp" bytea null, "resp_bytes" int null, "resp_headers" jsonb null, "status" int null, "provider_request_id" text null, "error" jsonb null,
    "started_at" timestamptz not null default now(), "first_byte_at" timestamptz null, "ended_at" timestamptz null,
    unique ("conversation_id", "ord"))`,
  `create table "messages" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade, "pos" int not null,
    "role" text not null, "status" text not null, "parts" jsonb not null, "provider" text null, "model" text null,
    "client_key" text null, "turn_id" uuid null, "call_id" uuid null, "raw_request" jsonb null, "raw_response" jsonb null,
    "latency_ms" int null, "request_tokens" int null, "response_tokens" int null, "total_cost_usd" numeric(20,12) null,
    "estimated" boolean not null default false, "created_at" timestamptz not null default now(),
    unique ("conversation_id", "pos"), unique ("conversation_id", "client_key"))`,
  `create table "tool_calls" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade,
    "message_id" uuid not null references "messages" ("id") on delete cascade, "turn_id" uuid not null references "turns" ("id") on delete cascade,
    "ord" int not null, "provider_tool_id" text not null, "name" text not null, "args" bytea not null, "retry" text not null,
    "state" text not null, "epoch" int null, "attempts" int not null default 0, "result" jsonb null, "is_error" boolean null,
    "pid" int null, "pid_start" text null, "boot_id" text null, "child_conversation_id" uuid null,
    "started_at" timestamptz null, "ended_at" timestamptz null, unique ("message_id", "ord"))`,
  `create index "tool_calls_conversation" on "tool_calls" ("conversation_id")`,
  `create table "events" (
    "conversation_id" uuid not null references "conversations" ("id") on delete cascade, "seq" bigint not null,
    "type" text not null, "payload" jsonb not null, "at" timestamptz not null default now(), primary key ("conversation_id", "seq"))`,
  `create unlogged table "drafts" (
    "message_id" uuid primary key, "conversation_id" uuid not null, "turn_id" uuid not null, "parts" jsonb not null,
    "updated_at" timestamptz not null default now())`,
  `create index "drafts_conversation" on "drafts" ("conversation_id")`,
  `create table "queued_messages" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade,
    "client_key" text not null, "ord" int not null, "mode" text not null, "text" text not null,
    "created_at" timestamptz not null default now(), unique ("conversation_id", "client_key"))`,
  `create table "composer_drafts" (
    "session_id" uuid primary key references "sessions" ("id") on delete cascade, "text" text not null, "attachments" jsonb not null default '[]',
    "updated_at" timestamptz not null default now())`,
  `create table "blobs" ("sha256" text primary key, "bytes" int not null, "z" bytea not null, "created_at" timestamptz not null default now())`,
];
