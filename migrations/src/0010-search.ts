import { Migration } from '@mikro-orm/migrations';

/** What finding words in conversations and forking them need. */
export class Search0010 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    for (const statement of down) this.addSql(statement);
  }
}

// Words of people and models first, then what tools were given and gave. A text search vector holds 1 MB at most and a
// longer one would refuse the message, so the words of a message count up to 100,000 characters.
const messageText = `create function "message_text"("parts" jsonb) returns text
  language sql immutable parallel safe cost 1000 as $$
    select left(string_agg(found #>> '{}', ' '), 100000) from (
      select jsonb_path_query(parts, '$[*].text') as found
      union all select jsonb_path_query(parts, '$[*].name')
      union all select jsonb_path_query(parts, '$[*].args.** ? (@.type() == "string")')
      union all select jsonb_path_query(parts, '$[*].content[*].text')
      union all select jsonb_path_query(parts, '$[*].content[*].chunks[*].text')
      union all select jsonb_path_query(parts, '$[*].content[*].path')
      union all select jsonb_path_query(parts, '$[*].content[*].hunks[*].lines[*]')
    ) as texts $$`;

// Signs part words, so that a name is found in a path; language plays no part.
const messageWords = `create function "message_words"("parts" jsonb) returns tsvector
  language sql immutable parallel safe cost 1000 as $$
    select to_tsvector('simple', translate(public.message_text(parts),
      '!"#$%&''()*+,-./:;<=>?@[\\]^_\`{|}~', repeat(' ', 32))) $$`;

const up = [
  // Whose history a session began with.
  'alter table "sessions" add column "forked_from" text null',
  messageText,
  messageWords,
  'create index "messages_words" on "messages" using gin (message_words("parts"))',
];

const down = [
  'drop index if exists "messages_words"',
  'drop function if exists "message_words"(jsonb)',
  'drop function if exists "message_text"(jsonb)',
  'alter table "sessions" drop column if exists "forked_from"',
];
