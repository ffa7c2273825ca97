import { maybeJson, maybeText, storableText } from './safe-json.js';
import type { Write } from './step.js';

type As<W extends Write['write']> = Extract<Write, { write: W }>;
type Statement = [text: string, params: unknown[]];

export function addApproval(conversationId: string, { approval }: As<'approval.add'>): Statement {
  return [
    `insert into approvals (id, conversation_id, turn_id, tool_call_id, ord, kind, tool, effects, title, args, always, form)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      approval.id,
      conversationId,
      approval.turn_id,
      approval.tool_call_id,
      approval.ord,
      approval.kind,
      maybeText(approval.tool),
      approval.effects,
      storableText(approval.title),
      maybeJson(approval.args),
      maybeJson(approval.always),
      maybeJson(approval.form),
    ],
  ];
}

export function resolveApproval(conversationId: string, write: As<'approval.resolve'>): Statement {
  const { rule } = write;
  return [
    `with progressed as (
       update conversations set live_starts = 0 where id = $2 and live_starts > 0
     ), ruled as (
       insert into approval_rules (id, session_id, tool, pattern, decision, source)
       select $6::uuid, $7, $8, $9, $10, $11 from approvals where id = $1 and state = 'open' and $6::uuid is not null
     )
     update approvals set state = $3, answer = $4, resolved_by = $5, resolved_at = now()
     where id = $1 and conversation_id = $2 and state = 'open'`,
    [
      write.id,
      conversationId,
      write.state,
      maybeJson(write.answer),
      storableText(write.by),
      rule?.id ?? null,
      maybeText(rule?.session_id),
      maybeText(rule?.tool),
      maybeText(rule?.pattern),
      rule?.decision ?? null,
      rule?.source ?? null,
    ],
  ];
}

export function cancelApproval(conversationId: string, { id }: As<'approval.cancel'>): Statement {
  return [
    `update approvals set state = 'cancelled', resolved_at = now() where id = $1 and conversation_id = $2 and state = 'open'`,
    [id, conversationId],
  ];
}
