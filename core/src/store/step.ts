import type { ApprovalPolicy, ApprovalResource, ApprovalRuleResource, Question } from '../protocol/approvals.js';
import type { CompactionResource } from '../protocol/compactions.js';
import type { EventBody, Failure } from '../protocol/events.js';
import type { Attachment, Message, ToolOutcome, ToolResultPart } from '../protocol/messages.js';
import type { CallTiming, Effort, OnLimit, QueuedMessage, Usage } from '../protocol/resources.js';
import type { KeptBody } from './kept-body.js';
import type { NewSession } from './new-session.js';

/**
 * A step is what must be true together: rows and the events that tell of them. It is plain data;
 * `EventLog.commit` applies it in one transaction, gives the events their `seq`, then tells subscribers.
 */
export interface Step {
  writes: readonly Write[];
  events: readonly StepEvent[];
}

/**
 * Who writes. `epoch` null: a command of a person (send, edit the queue), which needs no ownership;
 * a number: the owner of the conversation, refused with `fence.lost` once another process claimed it.
 */
export interface Fence {
  conversationId: string;
  epoch: number | null;
}

/**
 * Events as a step names them: rows by id. Reading completes them from the tables, so that
 * nothing is stored twice (`message.added` names the message, `tool.finished` the call, and so on).
 */
export type StepEvent =
  | { type: 'message.added'; data: { message_id: string } }
  | { type: 'tool.finished'; data: { turn_id: string; message_id: string; tool_call_id: string } }
  | { type: 'queue.changed'; data: Record<string, never> }
  | { type: 'session.created' | 'session.updated'; data: { session_id: string } }
  | { type: ApprovalEvent; data: { approval_id: string } }
  | Extract<
      EventBody,
      {
        type:
          | `turn.${string}`
          | `call.${string}`
          | `budget.${string}`
          | `subagent.${string}`
          | `compaction.${string}`
          | 'config.changed'
          | 'usage.recorded'
          | 'tool.started'
          | 'tool.outcome_unknown'
          | 'notice'
          | 'session.deleted';
      }
    >;

export type ApprovalEvent = 'approval.requested' | 'approval.resolved' | 'question.asked' | 'question.answered';

export type TurnState = 'queued' | 'calling' | 'tools' | 'completed' | 'failed' | 'cancelled' | 'interrupted';
export type CallState = 'sent' | 'done' | 'interrupted' | 'failed';
export type ToolState = 'proposed' | 'started' | ToolOutcome;

/** A message to add; its `pos` is the next free one, taken under the conversation's row lock. */
export type NewMessage = Omit<Message, 'pos' | 'created_at' | 'conversation_id'>;

/** What is frozen when a turn starts, so that a change in mid-turn takes effect from the next message. */
export interface TurnConfig {
  provider: string;
  model: string;
  credential_id: string | null;
  system_prompt: string;
  working_directory: string;
  tools: Record<string, boolean>;
  /** Missing in turns of older versions: all are on. */
  mcps?: Record<string, boolean>;
  effort: Effort | null;
  on_limit: OnLimit | null;
  /** Set where the turn answers nobody: it sums the conversation up, because a person asked for it. */
  compact?: { instructions: string | null };
  /** Whom this turn left because they were at a limit, first left first. */
  left?: readonly ModelChoice[];
  /** What it may cost at most, as a decimal string in USD, whatever the budgets say. */
  max_usd?: string | null;
}

export interface ModelChoice {
  provider: string;
  model: string;
}

export interface NewProviderCall {
  id: string;
  turn_id: string;
  attempt: number;
  provider: string;
  model: string;
  /** Which credential it was made with; `env` for one of the environment. */
  credential_id: string | null;
  /** What it is made for. */
  activity: string;
  /** Id of the wire profile it was shaped after. */
  profile?: string;
  method: string;
  url: string;
  /** Ordered; secrets already redacted. */
  req_headers: [name: string, value: string][];
  /** The exact bytes; the store keeps them as a delta against the conversation's previous request. */
  body: Buffer;
}

export interface CallEnd {
  state: Exclude<CallState, 'sent'>;
  status?: number | null;
  resp_headers?: [name: string, value: string][] | null;
  /** Raw bytes of the answer, as received after decompression; a large one is deflated already. */
  resp?: Buffer | KeptBody | null;
  provider_request_id?: string | null;
  first_byte_at?: Date | null;
  timing?: CallTiming | null;
  error?: Failure | null;
  /** What it cost; also of an answer that was cut. */
  usage?: CallUsage | null;
}

export interface CallUsage extends Usage {
  price_source: string | null;
}

export interface NewToolCall {
  /** Row id, ours. */
  id: string;
  message_id: string;
  turn_id: string;
  ord: number;
  /** The provider's id: pairs the call with its result. */
  provider_tool_id: string;
  name: string;
  /** JSON text as the model gave it. */
  args: string;
  retry: 'safe' | 'never';
}

export type NewCompaction = Omit<CompactionResource, 'created_at' | 'reverted_at'>;

export interface NewApproval {
  id: string;
  turn_id: string;
  /** Row id of the call that waits; null where the turn waits. */
  tool_call_id: string | null;
  /** 0 for leave to run the call; its questions count from 1. */
  ord: number;
  kind: ApprovalResource['kind'];
  tool: string | null;
  effects: ApprovalResource['effects'];
  title: string;
  args: unknown;
  always: ApprovalResource['always'];
  form: Question | null;
}

export type NewApprovalRule = Omit<ApprovalRuleResource, 'created_at'>;

export type Write =
  | { write: 'message.add'; message: NewMessage }
  | { write: 'turn.add'; turn: { id: string; message_id: string; config: TurnConfig } }
  /** `begin` counts an attempt; `from` guards: no row in one of these states refuses the step with `step.refused`. */
  | {
      write: 'turn.set';
      turn_id: string;
      from: readonly TurnState[];
      state: TurnState;
      begin?: boolean;
      /** Progress was made: the crash-loop guard counts from anew (as it does when a turn ends). */
      resetAttempts?: boolean;
      stop_reason?: string | null;
      error?: Failure | null;
      /** Freezes the configuration anew: when a person has the turn run again, or another model takes over. */
      config?: TurnConfig;
    }
  | { write: 'call.add'; call: NewProviderCall }
  | { write: 'call.end'; call_id: string; end: CallEnd }
  | { write: 'tool.add'; calls: readonly NewToolCall[] }
  /** Guarded: exactly one row in a state of `from`, else `step.refused`. To `started` sets epoch, attempts + 1, started_at. */
  | {
      write: 'tool.set';
      tool_call_id: string;
      from: readonly ToolState[];
      state: ToolState;
      result?: Omit<ToolResultPart, 'v' | 'type'>;
    }
  | { write: 'draft.drop'; message_id: string }
  | {
      write: 'queue.add';
      queued: Pick<QueuedMessage, 'id' | 'client_key' | 'mode' | 'text' | 'max_usd'> & {
        attachments?: readonly Attachment[];
      };
    }
  | { write: 'queue.set'; id: string; text?: string; ord?: number; mode?: 'queue' | 'steer' }
  /** Removes a waiting message, guarded: it must be there and, if given, still say `text`. */
  | { write: 'queue.take'; id: string; text?: string }
  | { write: 'approval.add'; approval: NewApproval }
  /** An answer of a person, guarded: it must be open. It is progress, as the guard against crash loops counts. */
  | {
      write: 'approval.resolve';
      id: string;
      state: 'allowed' | 'denied' | 'answered';
      answer: unknown;
      by: string;
      /** What `always` makes. */
      rule?: NewApprovalRule;
    }
  /** Nobody waits for it any more. Not guarded: an answer may have come first, and stays. */
  | { write: 'approval.cancel'; id: string }
  /** From here on models are told the conversation like this. */
  | { write: 'compaction.add'; compaction: NewCompaction }
  /** Undoes it and all that came after it. Guarded: it must count, and no turn be live. */
  | { write: 'compaction.revert'; id: string }
  | { write: 'session.set'; session_id: string; set: SessionChange }
  /** A session of its own answers a running call, once: no row that is started and has none refuses the step. */
  | {
      write: 'child.begin';
      tool_call_id: string;
      session_id: string;
      conversation_id: string;
      session: NewSession;
      /** What begins in its conversation, with it. */
      step: Step;
    };

/** What a call used, and which one it was. */
export interface UsageAdded extends Usage {
  /** Null: it left no record of its own. */
  call_id: string | null;
  provider: string;
  model: string;
  activity: string;
}

export interface SessionChange {
  agent_name?: string;
  title?: string | null;
  provider?: string;
  model?: string;
  auth_type?: 'api_key' | 'oauth' | null;
  credential_id?: string | null;
  working_directory?: string;
  system_prompt?: string;
  tools?: Record<string, boolean>;
  mcps?: Record<string, boolean>;
  status?: string;
  preview?: string | null;
  effort?: Effort | null;
  on_limit?: OnLimit | null;
  approval?: ApprovalPolicy | null;
  /** Added to the totals. */
  addUsage?: UsageAdded;
  contextUsed?: number | null;
}
