import type { Failure } from '../protocol/events.js';
import { type MessageStatus, type Part, SHAPE_VERSION, type ToolResultPart } from '../protocol/messages.js';
import type { Draft } from '../store/drafts.js';
import type { Step, StepEvent, Write } from '../store/step.js';
import type { ToolCall, Turn } from '../store/turns.js';
import { cancels, type WaitsFor } from './approvals.js';
import type { SessionLimits } from './limits.js';
import { addsMessage } from './new-message.js';
import { skipped, unknownOutcome } from './outcomes.js';
import type { ToolEnd } from './tool-run.js';

/** A live turn that nobody runs, as its tables tell it. */
export interface Wreck {
  sessionId: string;
  turn: Turn;
  /** Every draft of the conversation. */
  drafts: readonly Draft[];
  /** Ids of calls that were sent and have no end. */
  sentCalls: readonly string[];
  /** Calls of the reply that has no results yet, by `ord`; empty when there is no such reply. */
  tools: readonly ToolCall[];
  /** Starts of a server, this one included, that found the conversation live since it last made progress. */
  liveStarts: number;
  /** It was between two attempts: no answer was lost, and what it waits for is still to come. */
  isPausing: boolean;
  /** What the turn asks a person. */
  waiting: readonly WaitsFor[];
}

export interface Recovery {
  step: Step;
  /** Whether the turn goes on by itself. */
  goesOn: boolean;
}

// What is decided of each thing found stands in a function of its own, so that one can see and try each rule.

/** Torn text is shown with a mark and never sent to a model. */
export function decideDraft(): MessageStatus {
  return 'interrupted';
}

/** A call has no effect but its cost, so it is made again, a few times. */
export function decideCall(turn: Pick<Turn, 'state' | 'attempts'>, limits: SessionLimits): 'again' | 'fail' {
  return turn.state === 'calling' && turn.attempts >= limits.callAttempts ? 'fail' : 'again';
}

/**
 * `run`: it never started. `again`: it started and may start once more. `unknown`: it started, and only the world
 * knows whether it took effect. `ended`: there is nothing to do.
 *
 * @param asks it waits for a person's answer; however often the server stops meanwhile, it asks on
 */
export function decideTool(
  tool: Pick<ToolCall, 'state' | 'retry' | 'attempts'> & Partial<Pick<ToolCall, 'child_conversation_id'>>,
  limits: SessionLimits,
  asks = false,
): 'run' | 'again' | 'unknown' | 'ended' {
  if (tool.state === 'proposed') return 'run';
  if (tool.state !== 'started') return 'ended';
  if (tool.retry === 'safe' && asks) return 'again';
  // It waits for an agent that looks after itself.
  if (tool.retry === 'safe' && tool.child_conversation_id) return 'again';
  return tool.retry === 'safe' && tool.attempts < limits.toolAttempts ? 'again' : 'unknown';
}

/** The guard against a turn that takes the server down each time: after some starts without progress it is parked. */
export function decideStart(liveStarts: number, limits: SessionLimits): 'go' | 'park' {
  return liveStarts >= limits.liveStarts ? 'park' : 'go';
}

/** What makes a turn whose process died true again: one step, after which its history is well formed or it goes on. */
export function recover(wreck: Wreck, limits: SessionLimits, newId: () => string): Recovery {
  const { turn } = wreck;
  const decided = wreck.tools.map((tool) => ({ tool, does: decideTool(tool, limits, asks(wreck, tool)) }));
  const unknown = decided.filter(({ does }) => does === 'unknown').map(({ tool }) => tool);
  if (!wreck.isPausing && decideCall(turn, limits) === 'fail') {
    return {
      step: ends(wreck, { state: 'failed', error: tooManyAttempts(turn.attempts) }, limits, newId),
      goesOn: false,
    };
  }
  // An agent may take longer than many starts; whether it gets on is asked of its own conversation.
  const waitsForAgent = wreck.tools.some(
    ({ state, child_conversation_id }) => state === 'started' && child_conversation_id,
  );
  // The same goes for a person.
  const isParked = !waitsForAgent && wreck.waiting.length === 0 && decideStart(wreck.liveStarts, limits) === 'park';
  if (unknown.length > 0 || isParked) {
    const error = unknown.length > 0 ? outcomeUnknown(unknown) : parked(wreck.liveStarts);
    return { step: ends(wreck, { state: 'interrupted', error }, limits, newId), goesOn: false };
  }
  const { writes, events } = leftovers(wreck);
  const again: Write[] = decided.flatMap(({ tool, does }) => {
    if (does !== 'again') return [];
    return [{ write: 'tool.set', tool_call_id: tool.id, from: ['started'], state: 'proposed' }];
  });
  return { step: { writes: [...writes, ...again], events }, goesOn: true };
}

const asks = ({ waiting }: Wreck, { id }: ToolCall) => waiting.some(({ tool_call_id }) => tool_call_id === id);

export type Ending = { state: 'failed' | 'interrupted'; error: Failure } | { state: 'cancelled' };

/**
 * Ends a turn that nobody runs: its draft is kept, calls that never ran are skipped, those that were running are
 * unknown, and every call has its result, so that the history stays well formed whatever comes next.
 */
export function ends(wreck: Wreck, ending: Ending, limits: SessionLimits, newId: () => string): Step {
  const { turn, tools, sessionId } = wreck;
  const { writes, events } = leftovers(wreck);
  const left = cancels(wreck.waiting);
  writes.push(...left.writes);
  events.push(...left.events);
  const parts: ToolResultPart[] = [];
  for (const tool of tools) {
    const end = endOf(tool, ending, limits);
    parts.push(end ? resultPart(tool, end) : storedResult(tool));
    if (!end) continue;
    writes.push(setsTool(tool, end));
    if (end.outcome === 'unknown') events.push(outcomeUnknownEvent(tool));
    events.push(finishedEvent(tool));
  }
  if (tools.length > 0) {
    const added = addsMessage({ id: newId(), role: 'tool', turn_id: turn.id, parts });
    writes.push(added.write);
    events.push(added.event);
  }
  const status = { cancelled: 'idle', failed: 'error', interrupted: 'interrupted' }[ending.state];
  writes.push({ write: 'turn.set', turn_id: turn.id, from: ['queued', 'calling', 'tools'], ...ending });
  writes.push({ write: 'session.set', session_id: sessionId, set: { status } });
  events.push(endedEvent(turn.id, ending), { type: 'session.updated', data: { session_id: sessionId } });
  return { writes, events };
}

function leftovers({ turn, drafts, sentCalls }: Wreck): { writes: Write[]; events: StepEvent[] } {
  const writes: Write[] = [];
  const events: StepEvent[] = [];
  const error = { code: 'call.interrupted', message: 'The server stopped before the answer was complete.' };
  for (const id of sentCalls) writes.push({ write: 'call.end', call_id: id, end: { state: 'interrupted', error } });
  for (const { message_id, turn_id, parts } of drafts) {
    writes.push({ write: 'draft.drop', message_id });
    if (parts.every(isEmpty)) continue;
    const { provider, model } = turn.config;
    const source = turn_id === turn.id ? { provider, model } : {};
    const added = addsMessage({ id: message_id, role: 'assistant', status: decideDraft(), turn_id, parts, ...source });
    writes.push(added.write);
    events.push(added.event);
  }
  return { writes, events };
}

const isEmpty = (part: Part) => 'text' in part && part.text === '';

function endOf(tool: ToolCall, ending: Ending, limits: SessionLimits): ToolEnd | null {
  const does = decideTool(tool, limits);
  if (does === 'ended') return null;
  if (does !== 'run') return unknownOutcome;
  return skipped(ending.state === 'cancelled' ? 'the user stopped the turn' : 'the turn ended before it was its time');
}

function setsTool(tool: ToolCall, end: ToolEnd): Write {
  const result = { call_id: tool.provider_tool_id, name: tool.name, ...end };
  return { write: 'tool.set', tool_call_id: tool.id, from: [tool.state], state: end.outcome, result };
}

function resultPart(tool: ToolCall, end: ToolEnd): ToolResultPart {
  return { v: SHAPE_VERSION, type: 'tool_result', call_id: tool.provider_tool_id, name: tool.name, ...end };
}

/** The result of a call that has ended, as its row holds it. */
export function storedResult(tool: ToolCall): ToolResultPart {
  return tool.result ? { v: SHAPE_VERSION, type: 'tool_result', ...tool.result } : resultPart(tool, unknownOutcome);
}

function finishedEvent(tool: ToolCall): StepEvent {
  const { turn_id, message_id, id } = tool;
  return { type: 'tool.finished', data: { turn_id, message_id, tool_call_id: id } };
}

function outcomeUnknownEvent(tool: ToolCall): StepEvent {
  const { turn_id, message_id, provider_tool_id: call_id, name } = tool;
  return { type: 'tool.outcome_unknown', data: { turn_id, message_id, call_id, name } };
}

function endedEvent(turn_id: string, ending: Ending): StepEvent {
  if (ending.state === 'cancelled') return { type: 'turn.cancelled', data: { turn_id } };
  return { type: `turn.${ending.state}`, data: { turn_id, error: ending.error } };
}

function outcomeUnknown(tools: readonly ToolCall[]): Failure {
  const names = [...new Set(tools.map(({ name }) => name))].join(', ');
  const message = `The server stopped while this ran: ${names}. It may have taken effect. Check, then retry to go on.`;
  return { code: 'turn.interrupted', message };
}

function parked(starts: number): Failure {
  const message = `The server stopped ${starts} times in a row during this turn, so it waits. Check the log, then retry to go on.`;
  return { code: 'turn.parked', message };
}

function tooManyAttempts(attempts: number): Failure {
  const message = `No answer came in ${attempts} attempts, and the server stopped during the last. Check the log, then retry.`;
  return { code: 'turn.attempts', message };
}
