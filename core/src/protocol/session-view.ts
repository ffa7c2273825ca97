import type { CallRetrying, Failure } from './events.js';
import type { Message, ToolOutcome, ToolResultPart } from './messages.js';
import type { QueuedMessage, Session, SessionStatus, Usage } from './resources.js';

/**
 * What a host draws of one session. Values are never changed in place: a part of the view that is
 * the same object as before has not changed, so hosts compare by reference.
 */
export interface SessionView {
  readonly conversation_id: string;
  /** The last event that is folded in. */
  readonly seq: number;
  /** Null until the first snapshot or `session.created`. */
  readonly session: Session | null;
  /** Oldest first, by `pos`; older ones may not be loaded. */
  readonly messages: readonly Message[];
  /** The reply that is being written now. */
  readonly draft: Draft | null;
  /** Calls of the running turn whose result message is not there yet, by call id. See `toolOf`. */
  readonly tools: ReadonlyMap<string, ToolView>;
  /** Results that stand in loaded messages, by call id. */
  readonly results: ReadonlyMap<string, ToolResultPart>;
  /** Sessions that answer calls, by call id, as far as events told of them. */
  readonly agents: ReadonlyMap<string, AgentView>;
  readonly queue: readonly QueuedMessage[];
  readonly turn: TurnView;
  /** What the newest call used; null where none was told of. The sums stand in `session.totals`. */
  readonly usage: Usage | null;
  /** The newest, oldest first, at most 50. */
  readonly notices: readonly Notice[];
  /** Ids of drafts given up lately; what still arrives for them is ignored. */
  readonly discarded: readonly string[];
}

export interface Draft {
  readonly message_id: string;
  /** Null while its `call.started` has not arrived yet. */
  readonly turn_id: string | null;
  readonly parts: readonly DraftPart[];
}

export interface DraftPart {
  readonly kind: 'text' | 'thinking' | 'tool_call';
  /** All text so far; for a tool call the JSON text of its arguments. */
  readonly text: string;
  readonly call_id?: string;
  readonly name?: string;
}

export interface ToolView {
  readonly call_id: string;
  readonly name: string;
  /** The assistant message that holds the call. */
  readonly message_id: string;
  readonly state: 'proposed' | 'started' | ToolOutcome;
  /** The newest live output; the head is dropped beyond 128 Ki units. */
  readonly output: string;
  /** UTF-16 units of output so far, dropped ones included. */
  readonly output_length: number;
  readonly result: ToolResultPart | null;
}

export interface AgentView {
  readonly session_id: string;
  readonly agent_name: string;
  /** Null while it works. */
  readonly outcome: ToolOutcome | null;
}

export interface TurnView {
  readonly state: 'idle' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';
  readonly turn_id: string | null;
  readonly attempt: number;
  readonly stop_reason: string | null;
  /** Why it failed or was interrupted; null where only the state is known. */
  readonly error: Failure | null;
  /** Set while the turn waits for its next attempt. */
  readonly retry: Retry | null;
  /** Set while the call waits until the server has less to do. */
  readonly waiting: Waiting | null;
}

export interface Waiting {
  /** Whose server it is. */
  readonly origin: string;
  /** 1 for the next to go. */
  readonly place: number;
}

export interface Retry {
  /** The one that failed. */
  readonly attempt: number;
  readonly delay_ms: number;
  readonly error: Failure;
  /** Why another attempt is made. */
  readonly decision: CallRetrying['decision'];
  /** Who takes over, where another model does. */
  readonly to: { readonly provider: string; readonly model: string } | null;
  /** When the delay began, as the event tells it. */
  readonly at: string;
}

export interface Notice {
  readonly seq: number;
  readonly at: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly text: string;
}

export interface Snapshot {
  session: Session | null;
  conversation_id: string;
  seq: number;
  messages: readonly Message[];
  queue: readonly QueuedMessage[];
}

const idle: TurnView = {
  state: 'idle',
  turn_id: null,
  attempt: 0,
  stop_reason: null,
  error: null,
  retry: null,
  waiting: null,
};

/** The view before anything happened in a conversation. */
export function emptyView(conversation_id: string): SessionView {
  return viewOf({ session: null, conversation_id, seq: 0, messages: [], queue: [] });
}

/**
 * The view of what REST gave. It may be newer than `seq`: events after it are folded in all the
 * same, and none of them does harm twice.
 */
export function viewOf(snapshot: Snapshot): SessionView {
  const { session, messages } = snapshot;
  const empty: SessionView = {
    conversation_id: snapshot.conversation_id,
    seq: snapshot.seq,
    session,
    messages: [],
    draft: null,
    tools: new Map(),
    results: new Map(),
    agents: new Map(),
    queue: snapshot.queue,
    turn: session ? turnOf(session.status, messages) : idle,
    usage: null,
    notices: [],
    discarded: [],
  };
  const loaded = withOlder(empty, messages);
  const last = messages.at(-1);
  return last && isRunning(loaded) ? withProposed(loaded, last) : loaded;
}

/** Adds an older page in front. Messages that are loaded already are left out. */
export function withOlder(view: SessionView, page: readonly Message[]): SessionView {
  const first = view.messages[0]?.pos ?? Number.POSITIVE_INFINITY;
  const older = page.filter((message) => message.pos < first);
  if (older.length === 0) return view;
  return { ...view, messages: [...older, ...view.messages], results: withResults(view.results, older) };
}

/** Whether the turn is waiting, calling or at its tools. */
export function isRunning(view: SessionView): boolean {
  return view.turn.state === 'running' || view.turn.state === 'queued';
}

/** How a tool call stands, whether it runs now or has long been answered. */
export function toolOf(view: SessionView, call_id: string): ToolView | undefined {
  const live = view.tools.get(call_id);
  if (live) return live;
  const result = view.results.get(call_id);
  if (!result) return undefined;
  const { name, outcome } = result;
  return { call_id, name, message_id: '', state: outcome, output: '', output_length: 0, result };
}

/** Results by call id, with those of more messages. The same map when there are none. */
export function withResults(
  results: ReadonlyMap<string, ToolResultPart>,
  messages: readonly Message[],
): ReadonlyMap<string, ToolResultPart> {
  const found = messages.flatMap((message) => message.parts.filter((part) => part.type === 'tool_result'));
  if (found.length === 0) return results;
  const next = new Map(results);
  for (const part of found) next.set(part.call_id, part);
  return next;
}

/** Lists the calls of an assistant message that have no result yet. */
export function withProposed(view: SessionView, message: Message): SessionView {
  const calls = message.parts.filter((part) => part.type === 'tool_call');
  const open = calls.filter((call) => !view.tools.has(call.id) && !view.results.has(call.id));
  if (open.length === 0) return view;
  const tools = new Map(view.tools);
  for (const { id, name } of open) tools.set(id, proposed(id, name, message.id));
  return { ...view, tools };
}

export function proposed(call_id: string, name: string, message_id: string): ToolView {
  return { call_id, name, message_id, state: 'proposed', output: '', output_length: 0, result: null };
}

/** The turn as far as a session's status tells it; events that follow make it exact. */
function turnOf(status: SessionStatus, messages: readonly Message[]): TurnView {
  const turn_id = messages.findLast((message) => message.turn_id !== null)?.turn_id ?? null;
  if (status === 'idle') return { ...idle, turn_id };
  if (status === 'queued') return { ...idle, state: 'queued', turn_id };
  if (status === 'error') return { ...idle, state: 'failed', turn_id };
  if (status === 'interrupted') return { ...idle, state: 'interrupted', turn_id };
  return { ...idle, state: 'running', turn_id };
}
