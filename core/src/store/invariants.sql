-- What must hold in a Maestro database while nothing is being recovered. One row for each violation:
-- its name, the conversation (or session) it was found in, and what is wrong. No rows: all is well.
-- Run by the tests, by `maestro doctor`, and as it stands by psql.

with live as (
  select id, conversation_id from turns where state in ('queued', 'calling', 'tools')
), spoken as (
  select conversation_id, pos, role, status, turn_id,
    jsonb_path_query_array(parts, '$[*] ? (@.type == "tool_call").id') as called,
    jsonb_path_query_array(parts, '$[*] ? (@.type == "tool_result").call_id') as answered
  from messages
), neighbours as (
  select *,
    lead(role) over line as next_role, lead(answered) over line as next_answered,
    lag(role) over line as previous_role, lag(status) over line as previous_status, lag(called) over line as previous_called
  from spoken window line as (partition by conversation_id order by pos)
)

select 'turn.one_live' as invariant, conversation_id::text as subject, count(*) || ' turns are live at once' as detail
from live group by conversation_id having count(*) > 1

union all
select 'message.positions', conversation_id::text, count(*) || ' messages, positions ' || min(pos) || ' to ' || max(pos)
from messages group by conversation_id having min(pos) <> 1 or max(pos) <> count(*)

union all
select 'message.results_follow_calls', conversation_id::text,
  'message ' || pos || ' calls ' || called || ', the next answers ' || coalesce(next_answered, '[]')
from neighbours
where role = 'assistant' and status = 'complete' and called <> '[]'
  and (next_role is distinct from 'tool' or next_answered <> called)
  and not exists (select 1 from live where live.id = turn_id)

union all
select 'message.calls_precede_results', conversation_id::text, 'message ' || pos || ' answers ' || answered || ', which was not asked before it'
from neighbours
where role = 'tool'
  and (previous_role is distinct from 'assistant' or previous_status <> 'complete' or previous_called <> answered)

union all
select 'tool.epoch', t.conversation_id::text, 'tool call ' || t.id || ' was started by an owner that is gone'
from tool_calls t join conversations c on c.id = t.conversation_id
where t.state = 'started' and t.epoch is distinct from c.epoch

union all
select 'tool.open', t.conversation_id::text, 'tool call ' || t.id || ' is ' || t.state || ' though its turn has ended'
from tool_calls t where t.state in ('proposed', 'started') and not exists (select 1 from live where live.id = t.turn_id)

union all
select 'call.open', p.conversation_id::text, 'call ' || p.id || ' has no end though its turn has ended'
from provider_calls p where p.state = 'sent' and not exists (select 1 from live where live.id = p.turn_id)

union all
select 'call.base', p.conversation_id::text, 'call ' || p.id || ' is stored against a call that is not there'
from provider_calls p left join provider_calls base on base.id = p.base_id and base.conversation_id = p.conversation_id
where p.base_id is not null and (base.id is null or base.ord >= p.ord)

union all
select 'event.sequence', c.id::text, 'last_seq is ' || c.last_seq || ', with ' || count(e.seq) || ' events up to ' || coalesce(max(e.seq), 0)
from conversations c left join events e on e.conversation_id = c.id
group by c.id having c.last_seq <> count(e.seq) or c.last_seq <> coalesce(max(e.seq), 0)

union all
select 'draft.live', d.conversation_id::text, 'draft of message ' || d.message_id || ' belongs to no live turn'
from drafts d where not exists (select 1 from live where live.id = d.turn_id)

union all
select 'draft.message', d.conversation_id::text, 'message ' || d.message_id || ' is there already and still a draft'
from drafts d where exists (select 1 from messages m where m.id = d.message_id)

union all
select 'session.conversation', s.session_id, 'its current conversation is not there'
from sessions s
where not exists (select 1 from conversations c where c.id = s.current_conversation_id and c.session_id = s.id)

order by 1, 2
