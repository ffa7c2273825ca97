import { Migration } from '@mikro-orm/migrations';

/** How long conversations are told to a model. */
export class Compaction0004 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    this.addSql('drop table if exists "compactions" cascade');
  }
}

const up = [
  // `head` is read in place of the messages up to `upto_pos`; results up to `cut_pos` are cut to `cut_bytes`.
  `create table "compactions" (
    "id" uuid primary key, "conversation_id" uuid not null references "conversations" ("id") on delete cascade,
    "turn_id" uuid not null references "turns" ("id") on delete cascade, "ord" int not null, "cause" text not null, "method" text not null,
    "upto_pos" int not null, "head" text null, "cut_pos" int not null, "cut_bytes" int not null,
    "provider" text null, "model" text null, "instructions" text null,
    "messages_before" int not null, "messages_after" int not null, "tokens_before" int not null, "tokens_after" int not null,
    "created_at" timestamptz not null default now(), "reverted_at" timestamptz null,
    unique ("conversation_id", "ord"))`,
];
