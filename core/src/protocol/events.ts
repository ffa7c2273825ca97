import type { Message, ToolResultPart } from './messages.js';
import type { QueuedMessage, Session } from './resources.js';

/** Why a turn or call failed, in words a person can act on. */
export interface Failure {
  code: string;
  message: string;
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
  /** The attempt failed and another follows after `delay_ms`; forget the draft `message_id`. */
  | {
      type: 'call.retrying';
      data: { turn_id: string; message_id: string; attempt: number; delay_ms: number; error: Failure };
    }
  | { type: 'message.added'; data: { message: Message } }
  | { type: 'tool.started'; data: { turn_id: string; message_id: string; call_id: string; name: string } }
  | { type: 'tool.finished'; data: { turn_id: string; message_id: string; result: ToolResultPart } }
  | { type: 'tool.outcome_unknown'; data: { turn_id: string; message_id: string; call_id: string; name: string } }
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
