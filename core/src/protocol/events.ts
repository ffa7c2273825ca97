import type { ApprovalResource } from './approvals.js';
import type { BudgetTold } from './budgets.js';
import type { CompactionTold } from './compactions.js';
import type { Message, ToolOutcome, ToolResultPart } from './messages.js';
import type { QueuedMessage, Session, Usage } from './resources.js';

/** Why a turn or call failed, in words a person can act on. */
export interface Failure {
  code: string;
  message: string;
}

export interface CallRetrying {
  turn_id: string;
  message_id: string;
  attempt: number;
  delay_ms: number;
  error: Failure;
  /**
   * Why another attempt is made: it may pass (`retry`), the provider named a time (`wait`), it now sends something
   * else (`fallback`), the credential was refreshed (`refresh`), another model takes over (`switch`), the conversation is
   * told in fewer words (`compact`).
   */
  decision: 'retry' | 'wait' | 'fallback' | 'refresh' | 'switch' | 'compact';
  /** With `switch`: who takes over. */
  to?: { provider: string; model: string };
}

/**
 * What happened in a session: facts in the past tense. One type from the turn to the screen.
 * `seq` counts within a conversation, from 1, without gaps; it and `at` are given by the log.
 */
export type EventBody =
  | { type: 'session.created'; data: { session: Session } }
  | { type: 'session.updated'; data: { session: Session } }
  | { type: 'session.deleted'; data: { session_id: string } }
  | { type: 'turn.queued'; data: { turn_id: string; message_id: string } }
  | { type: 'turn.started'; data: { turn_id: string; attempt: number } }
  | { type: 'turn.completed'; data: { turn_id: string; stop_reason: string } }
  | { type: 'turn.failed'; data: { turn_id: string; error: Failure } }
  | { type: 'turn.cancelled'; data: { turn_id: string } }
  | { type: 'turn.interrupted'; data: { turn_id: string; error: Failure } }
  /** A reply begins: `message_id` names the draft that deltas belong to. `call_id` is null for a provider without a wire. */
  | { type: 'call.started'; data: { turn_id: string; call_id: string | null; message_id: string; attempt: number } }
  | { type: 'call.finished'; data: { turn_id: string; call_id: string | null; message_id: string } }
  /** Too many calls to this origin are under way; `place` is 1 for the next to go. */
  | { type: 'call.queued'; data: { turn_id: string; message_id: string; origin: string; place: number } }
  /** The attempt failed and another follows after `delay_ms`; forget the draft `message_id`. */
  | { type: 'call.retrying'; data: CallRetrying }
  | { type: 'usage.recorded'; data: { turn_id: string; call_id: string; message_id: string; usage: Usage } }
  /** The share of a budget at which to warn is reached; once for each turn, session or day. */
  | { type: 'budget.warning'; data: BudgetTold }
  /** A budget is used up: the turn waits for an answer to the request `approval_id`. */
  | { type: 'budget.stopped'; data: BudgetTold & { approval_id: string } }
  /** The next message goes to this provider and model, with this credential. */
  | {
      type: 'config.changed';
      data: { provider: string; model: string; auth_type: 'api_key' | 'oauth' | null; credential_id: string | null };
    }
  | { type: 'message.added'; data: { message: Message } }
  | { type: 'tool.started'; data: { turn_id: string; message_id: string; call_id: string; name: string } }
  | { type: 'tool.finished'; data: { turn_id: string; message_id: string; result: ToolResultPart } }
  | { type: 'tool.outcome_unknown'; data: { turn_id: string; message_id: string; call_id: string; name: string } }
  /** Something waits for a person: leave to run a tool (`approval`) or an answer (`question`). */
  | { type: 'approval.requested'; data: { approval: ApprovalResource } }
  | { type: 'approval.resolved'; data: { approval: ApprovalResource } }
  | { type: 'question.asked'; data: { approval: ApprovalResource } }
  | { type: 'question.answered'; data: { approval: ApprovalResource } }
  /** A call of this turn is answered by an agent in a session of its own. */
  | { type: 'subagent.started'; data: { turn_id: string; call_id: string; session_id: string; agent_name: string } }
  | { type: 'subagent.finished'; data: { turn_id: string; call_id: string; session_id: string; outcome: ToolOutcome } }
  /** From here on the model reads less of what was; the messages stay as they are. */
  | { type: 'compaction.finished'; data: CompactionTold }
  /** It and all after it are undone. */
  | { type: 'compaction.reverted'; data: { compaction_id: string } }
  | { type: 'queue.changed'; data: { queue: QueuedMessage[] } }
  | { type: 'notice'; data: { level: 'info' | 'warn' | 'error'; code: string; text: string } };

export type SessionEvent = EventBody & { v: 1; seq: number; at: string };
export type EventType = EventBody['type'];

/**
 * Running text, told and not stored. `offset` counts UTF-16 units of that part so far;
 * a receiver whose own length differs joins again.
 */
export interface Delta {
  message_id: string;
  part: number;
  kind: 'text' | 'thinking' | 'tool_args' | 'tool_output';
  offset: number;
  text: string;
  /** With kind `tool_args`, at offset 0, and `tool_output`: which call. */
  call_id?: string;
  name?: string;
}
