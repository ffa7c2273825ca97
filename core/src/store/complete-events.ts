import type { ApprovalResource } from '../protocol/approvals.js';
import type { EventBody, SessionEvent } from '../protocol/events.js';
import type { Message, ToolResultPart } from '../protocol/messages.js';
import type { QueuedMessage, Session } from '../protocol/resources.js';
import { approvalsById } from './approvals.js';
import type { Sql } from './database.js';
import { messagesById } from './messages.js';
import { queueOf } from './queue.js';
import { sessionsWhere } from './sessions.js';
import type { ApprovalEvent, StepEvent } from './step.js';
import { isoTime } from './wire.js';

/** An event as its row holds it: type and ids. */
export interface StoredEvent {
  seq: number;
  event: StepEvent;
  at: Date;
}

/** The rows that events name. */
export interface Named {
  messages: Map<string, Message>;
  /** By row id of the tool call. */
  results: Map<string, ToolResultPart>;
  sessions: Map<string, Session>;
  approvals: Map<string, ApprovalResource>;
  queue: QueuedMessage[];
}

export const nothingNamed = (): Named => ({
  messages: new Map(),
  results: new Map(),
  sessions: new Map(),
  approvals: new Map(),
  queue: [],
});

/**
 * Adds to `named` what the events name and it does not have yet: at most one query for each kind of row,
 * however many events there are. All queries are sent before the first await.
 *
 * @param expected ids of messages that whoever calls adds himself
 */
export async function lookUp(
  sql: Sql,
  conversationId: string,
  events: readonly StepEvent[],
  named: Named,
  expected: ReadonlySet<string> = new Set(),
): Promise<void> {
  const messages = idsOf(events, (event) => (event.type === 'message.added' ? event.data.message_id : undefined));
  const results = idsOf(events, (event) => (event.type === 'tool.finished' ? event.data.tool_call_id : undefined));
  const sessions = idsOf(events, sessionOf);
  const approvals = idsOf(events, (event) => (isOfApproval(event) ? event.data.approval_id : undefined));
  const missing = messages.filter((id) => !expected.has(id));
  const unknown = results.filter((id) => !named.results.has(id));
  await Promise.all([
    missing.length > 0 && messagesById(sql, missing).then((found) => addAll(named.messages, found)),
    unknown.length > 0 && resultsById(sql, unknown).then((found) => addAll(named.results, found)),
    sessions.length > 0 && sessionsById(sql, sessions).then((found) => addAll(named.sessions, found)),
    approvals.length > 0 && approvalsById(sql, approvals).then((found) => addAll(named.approvals, found)),
    events.some(({ type }) => type === 'queue.changed') &&
      queueOf(sql, conversationId).then((queue) => named.queue.push(...queue)),
  ]);
}

/** An event as subscribers and the wire see it. */
export function complete({ seq, event, at }: StoredEvent, named: Named): SessionEvent {
  return { ...bodyOf(event, named), v: 1, seq, at: isoTime(at) };
}

function bodyOf(event: StepEvent, named: Named): EventBody {
  if (isOfApproval(event)) {
    const approval = named.approvals.get(event.data.approval_id);
    return approval ? { type: event.type, data: { approval } } : incomplete(event.type);
  }
  switch (event.type) {
    case 'message.added': {
      const message = named.messages.get(event.data.message_id);
      return message ? { type: event.type, data: { message } } : incomplete(event.type);
    }
    case 'tool.finished': {
      const { turn_id, message_id, tool_call_id } = event.data;
      const result = named.results.get(tool_call_id);
      return result ? { type: event.type, data: { turn_id, message_id, result } } : incomplete(event.type);
    }
    case 'session.created':
    case 'session.updated': {
      const session = named.sessions.get(event.data.session_id);
      return session ? { type: event.type, data: { session } } : incomplete(event.type);
    }
    case 'queue.changed':
      return { type: event.type, data: { queue: named.queue } };
    default:
      return event;
  }
}

/** Stands in for an event whose row is gone, so that the rest of a damaged conversation stays readable, without a gap. */
function incomplete(type: string): EventBody {
  const text = `What belongs to "${type}" is missing in the database. Run maestro doctor.`;
  return { type: 'notice', data: { level: 'error', code: 'event.incomplete', text } };
}

type OfApproval = Extract<StepEvent, { type: ApprovalEvent }>;

function isOfApproval(event: StepEvent): event is OfApproval {
  return event.type.startsWith('approval.') || event.type.startsWith('question.');
}

function sessionOf(event: StepEvent): string | undefined {
  return event.type === 'session.created' || event.type === 'session.updated' ? event.data.session_id : undefined;
}

function idsOf(events: readonly StepEvent[], idOf: (event: StepEvent) => string | undefined): string[] {
  return [...new Set(events.flatMap((event) => idOf(event) ?? []))];
}

function addAll<T>(to: Map<string, T>, found: Map<string, T>): void {
  for (const [id, row] of found) to.set(id, row);
}

async function sessionsById(sql: Sql, ids: string[]): Promise<Map<string, Session>> {
  const sessions = await sessionsWhere(sql, 's.session_id = any($1)', ids);
  return new Map(sessions.map((session) => [session.session_id, session]));
}

async function resultsById(sql: Sql, ids: string[]): Promise<Map<string, ToolResultPart>> {
  const { rows } = await sql.query<{ id: string; result: Omit<ToolResultPart, 'v' | 'type'> }>(
    'select id, result from tool_calls where id = any($1::uuid[]) and result is not null',
    [ids],
  );
  return new Map(rows.map(({ id, result }) => [id, { v: 1, type: 'tool_result', ...result }]));
}
