import type { Delta, SessionEvent } from './events.js';
import type { Message } from './messages.js';
import {
  type Draft,
  type DraftPart,
  type Notice,
  proposed,
  type SessionView,
  type ToolView,
  type TurnView,
  withProposed,
  withResults,
} from './session-view.js';

export * from './session-view.js';

const NOTICES_KEPT = 50;
const DISCARDED_KEPT = 8;
/** UTF-16 units of live tool output; trimmed to half of it at a time, so that a long output costs O(1) a chunk. */
const OUTPUT_KEPT = 131_072;

/**
 * The view after one more event. An event that is folded in already changes nothing; one that
 * comes too early (a gap in `seq`) gives 'rejoin': ask the server again for what follows `view.seq`.
 */
export function fold(view: SessionView, event: SessionEvent): SessionView | 'rejoin' {
  if (event.seq <= view.seq) return view;
  if (event.seq > view.seq + 1) return 'rejoin';
  return { ...apply(view, event), seq: event.seq };
}

/**
 * The view with running text added. Text for one `message_id` and `part` only ever grows, so what
 * is known already is skipped and what would leave a hole gives 'rejoin'. Appending keeps the
 * engine's string ropes: a chunk costs what the chunk is long, not what the reply is.
 */
export function foldDelta(view: SessionView, delta: Delta): SessionView | 'rejoin' {
  if (delta.kind === 'tool_output') return foldOutput(view, delta);
  const isCurrent = view.draft?.message_id === delta.message_id;
  if (!isCurrent && isPast(view, delta.message_id)) return view;
  const opened = isCurrent ? view : opensDraft(view, delta.message_id, null);
  const draft = opened.draft!;
  const known = draft.parts[delta.part];
  if (!known && (delta.part !== draft.parts.length || delta.offset !== 0)) return 'rejoin';
  const part = known ? grown(known, delta) : newPart(delta);
  if (part === 'rejoin') return part;
  if (part === known) return view;
  const parts = draft.parts.slice();
  parts[delta.part] = part;
  return { ...opened, draft: { ...draft, parts }, turn: running(opened.turn) };
}

/** Whether a reply is given up, or there as a whole. */
function isPast(view: SessionView, message_id: string): boolean {
  return view.discarded.includes(message_id) || view.messages.some((message) => message.id === message_id);
}

function newPart(delta: Delta): DraftPart {
  const { kind, text, call_id, name } = delta;
  if (kind !== 'tool_args') return { kind: kind === 'thinking' ? 'thinking' : 'text', text };
  return { kind: 'tool_call', text, ...(call_id !== undefined && { call_id }), ...(name !== undefined && { name }) };
}

function grown(part: DraftPart, delta: Delta): DraftPart | 'rejoin' {
  const known = part.text.length - delta.offset;
  if (known < 0) return 'rejoin';
  if (known >= delta.text.length) return part;
  return { ...part, text: part.text + delta.text.slice(known) };
}

/** Live output is not stored, so a hole in it cannot be mended and is only skipped. */
function foldOutput(view: SessionView, delta: Delta): SessionView {
  const { call_id, name, message_id, offset, text } = delta;
  if (call_id === undefined || view.results.has(call_id)) return view;
  const tool = view.tools.get(call_id) ?? proposed(call_id, name ?? '', message_id);
  const fresh = text.slice(Math.max(0, tool.output_length - offset));
  if (fresh === '' && view.tools.has(call_id)) return view;
  const output = tool.output + fresh;
  const kept = output.length > OUTPUT_KEPT ? output.slice(-OUTPUT_KEPT / 2) : output;
  const state = tool.state === 'proposed' ? 'started' : tool.state;
  const output_length = Math.max(tool.output_length, offset + text.length);
  return withTool(view, { ...tool, state, output: kept, output_length });
}

function apply(view: SessionView, event: SessionEvent): SessionView {
  switch (event.type) {
    case 'session.created':
    case 'session.updated':
      return { ...view, session: event.data.session };
    case 'session.deleted':
      return ends(view, { ...view.turn, state: 'idle' });
    case 'turn.queued':
      return { ...view, turn: { ...turnAt(view, event.data.turn_id), state: 'queued' } };
    case 'turn.started':
      return { ...view, turn: { ...turnAt(view, event.data.turn_id, event.data.attempt), state: 'running' } };
    case 'turn.completed':
      return ends(view, {
        ...turnAt(view, event.data.turn_id),
        state: 'completed',
        stop_reason: event.data.stop_reason,
      });
    case 'turn.failed':
      return ends(view, { ...turnAt(view, event.data.turn_id), state: 'failed', error: event.data.error });
    case 'turn.interrupted':
      return ends(view, { ...turnAt(view, event.data.turn_id), state: 'interrupted', error: event.data.error });
    case 'turn.cancelled':
      return ends(view, { ...turnAt(view, event.data.turn_id), state: 'cancelled' });
    case 'call.started':
      return callStarted(view, event.data);
    case 'call.finished':
      return view;
    case 'call.queued': {
      const { turn_id, origin, place } = event.data;
      return { ...view, turn: { ...turnAt(view, turn_id), waiting: { origin, place } } };
    }
    case 'call.retrying': {
      const { turn_id, message_id, attempt, delay_ms, error, decision, to = null } = event.data;
      const retry = { attempt, delay_ms, error, decision, to, at: event.at };
      return { ...dropsDraft(view, message_id), turn: { ...turnAt(view, turn_id), retry } };
    }
    case 'usage.recorded':
      return { ...view, usage: event.data.usage };
    case 'config.changed': {
      const { provider, model } = event.data;
      const text = `From here on: ${provider} / ${model}`;
      const session = view.session && { ...view.session, ...event.data };
      return withNotice({ ...view, session }, event, { level: 'info', code: event.type, text });
    }
    case 'message.added':
      return withMessage(view, event.data.message);
    case 'tool.started': {
      const { turn_id, call_id, name, message_id } = event.data;
      const tool = toolAt(view, call_id, name, message_id);
      return withOpenTool({ ...view, turn: turnAt(view, turn_id) }, call_id, { ...tool, state: 'started' });
    }
    case 'tool.finished': {
      const { result, message_id } = event.data;
      const tool = toolAt(view, result.call_id, result.name, message_id);
      return withOpenTool(view, result.call_id, { ...tool, state: result.outcome, result });
    }
    case 'tool.outcome_unknown': {
      const { call_id, name, message_id } = event.data;
      return withOpenTool(view, call_id, { ...toolAt(view, call_id, name, message_id), state: 'unknown' });
    }
    case 'subagent.started': {
      const { call_id, session_id, agent_name } = event.data;
      return { ...view, agents: new Map(view.agents).set(call_id, { session_id, agent_name, outcome: null }) };
    }
    case 'subagent.finished': {
      const { call_id, session_id, outcome } = event.data;
      const agent_name = view.agents.get(call_id)?.agent_name ?? '';
      return { ...view, agents: new Map(view.agents).set(call_id, { session_id, agent_name, outcome }) };
    }
    case 'compaction.finished': {
      const { tokens_before, tokens_after } = event.data;
      const text = `The conversation was compacted: about ${tokens_before} tokens before, ${tokens_after} now`;
      return withNotice(view, event, { level: 'info', code: event.type, text });
    }
    case 'compaction.reverted':
      return withNotice(view, event, { level: 'info', code: event.type, text: 'A compaction was undone' });
    case 'queue.changed':
      return { ...view, queue: event.data.queue };
    case 'notice':
      return withNotice(view, event, event.data);
    default:
      // A newer server may tell of what this client does not know yet.
      return view;
  }
}

function withNotice(view: SessionView, { seq, at }: SessionEvent, told: Omit<Notice, 'seq' | 'at'>): SessionView {
  return { ...view, notices: [...view.notices, { seq, at, ...told }].slice(-NOTICES_KEPT) };
}

function turnAt(view: SessionView, turn_id: string, attempt = view.turn.attempt): TurnView {
  return { state: 'running', turn_id, attempt, stop_reason: null, error: null, retry: null, waiting: null };
}

function running(turn: TurnView): TurnView {
  const isPlain = turn.state === 'running' && !turn.retry && !turn.waiting;
  return isPlain ? turn : { ...turn, state: 'running', retry: null, waiting: null };
}

/**
 * A turn that is over leaves nothing half done on the screen. Deltas may run ahead of events:
 * a draft that is not of this turn belongs to the next one and stays.
 */
function ends(view: SessionView, turn: TurnView): SessionView {
  const { draft } = view;
  const left = draft && draft.turn_id === turn.turn_id ? dropsDraft(view, draft.message_id) : view;
  return { ...left, tools: view.tools.size === 0 ? view.tools : new Map(), turn };
}

type CallStarted = Extract<SessionEvent, { type: 'call.started' }>['data'];

function callStarted(view: SessionView, { turn_id, message_id, attempt }: CallStarted): SessionView {
  const turn: TurnView = { ...turnAt(view, turn_id, attempt), state: 'running' };
  if (isPast(view, message_id) || isAhead(view.draft, message_id)) return { ...view, turn };
  return { ...opensDraft(view, message_id, turn_id), turn };
}

/** A draft whose call has not been told of yet is newer than whatever the log tells of another. */
function isAhead(draft: Draft | null, message_id: string): boolean {
  return draft !== null && draft.turn_id === null && draft.message_id !== message_id;
}

function opensDraft(view: SessionView, message_id: string, turn_id: string | null): SessionView {
  const before = view.draft;
  if (before?.message_id === message_id) return { ...view, draft: { ...before, turn_id: turn_id ?? before.turn_id } };
  const draft: Draft = { message_id, turn_id, parts: [] };
  return { ...(before ? dropsDraft(view, before.message_id) : view), draft };
}

function dropsDraft(view: SessionView, message_id: string): SessionView {
  const draft = view.draft?.message_id === message_id ? null : view.draft;
  if (view.discarded.includes(message_id)) return { ...view, draft };
  return { ...view, draft, discarded: [...view.discarded, message_id].slice(-DISCARDED_KEPT) };
}

function withMessage(view: SessionView, message: Message): SessionView {
  const messages = insert(view.messages, message);
  const results = withResults(view.results, [message]);
  const tools = results === view.results ? view.tools : without(view.tools, message);
  const draft = view.draft?.message_id === message.id ? null : view.draft;
  const next = { ...view, messages, results, tools, draft };
  return message.role === 'assistant' && message.status === 'complete' ? withProposed(next, message) : next;
}

/** Nearly always at the end; the same message again takes its old place. */
function insert(messages: readonly Message[], message: Message): Message[] {
  const last = messages.at(-1);
  if (!last || last.pos < message.pos) return [...messages, message];
  const others = messages.filter((other) => other.id !== message.id);
  const before = others.findLastIndex((other) => other.pos < message.pos) + 1;
  others.splice(before, 0, message);
  return others;
}

function without(tools: ReadonlyMap<string, ToolView>, answers: Message): ReadonlyMap<string, ToolView> {
  const next = new Map(tools);
  for (const part of answers.parts) if (part.type === 'tool_result') next.delete(part.call_id);
  return next;
}

function toolAt(view: SessionView, call_id: string, name: string, message_id: string): ToolView {
  return { ...(view.tools.get(call_id) ?? proposed(call_id, name, message_id)), message_id };
}

/** A call that is answered in a message is history and runs no more. */
function withOpenTool(view: SessionView, call_id: string, tool: ToolView): SessionView {
  return view.results.has(call_id) ? view : withTool(view, tool);
}

function withTool(view: SessionView, tool: ToolView): SessionView {
  return { ...view, tools: new Map(view.tools).set(tool.call_id, tool) };
}
