import { Migration } from '@mikro-orm/migrations';

/** Who used what: a call's figures stand with its cost and stay when its session is removed. */
export class Usage0009 extends Migration {
  override up(): void {
    for (const statement of up) this.addSql(statement);
  }
  override down(): void {
    for (const statement of down) this.addSql(statement);
  }
}

const columns = {
  session_id: 'text null',
  agent: 'text null',
  call_id: 'uuid null',
  provider: 'text null',
  model: 'text null',
  activity: `text not null default 'conversation'`,
  request_tokens: 'int not null default 0',
  response_tokens: 'int not null default 0',
  cached_tokens: 'int not null default 0',
  cache_write_tokens: 'int not null default 0',
  reasoning_tokens: 'int not null default 0',
  estimated: 'boolean not null default false',
};
const counts = ['request_tokens', 'response_tokens', 'cached_tokens', 'cache_write_tokens', 'reasoning_tokens'];

const up = [
  `alter table "usage_entries" ${Object.entries(columns)
    .map(([name, type]) => `add column "${name}" ${type}`)
    .join(', ')}`,
  // What was recorded until now is told anew by the calls themselves, where they are still there.
  `delete from "usage_entries" e using "provider_calls" p where p.conversation_id = e.conversation_id`,
  `insert into "usage_entries" (at, conversation_id, turn_id, total_cost_usd, session_id, agent, call_id, provider, model,
     activity, estimated, ${counts.join(', ')})
   select coalesce(p.ended_at, p.started_at), p.conversation_id, p.turn_id, p.total_cost_usd, s.session_id, s.agent_name, p.id,
     p.provider, p.model, case when s.parent_session_id is null then p.activity else 'sub_agent' end, p.estimated,
     ${counts.map((count) => `coalesce(p.${count}, 0)`).join(', ')}
   from "provider_calls" p join "conversations" c on c.id = p.conversation_id join "sessions" s on s.id = c.session_id
   where coalesce(p.request_tokens, 0) + coalesce(p.response_tokens, 0) > 0`,
  `update "usage_entries" e set session_id = s.session_id, agent = s.agent_name, provider = s.provider, model = s.model
   from "conversations" c join "sessions" s on s.id = c.session_id where c.id = e.conversation_id and e.session_id is null`,
  // Calls that failed are few, and counted for any time.
  `create index "provider_calls_failed" on "provider_calls" ("started_at") where "state" = 'failed'`,
];

const down = [
  'drop index if exists "provider_calls_failed"',
  `alter table "usage_entries" ${Object.keys(columns)
    .map((name) => `drop column if exists "${name}"`)
    .join(', ')}`,
];
