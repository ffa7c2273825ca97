import { randomUUID } from 'node:crypto';
import { type Part, text } from '../../src/protocol/messages.js';
import { Calls } from '../../src/store/calls.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import { Messages } from '../../src/store/messages.js';
import type { NewSession } from '../../src/store/new-session.js';
import { Queue } from '../../src/store/queue.js';
import { Sessions } from '../../src/store/sessions.js';
import type { Fence, NewMessage, NewProviderCall, NewToolCall, Step, Write } from '../../src/store/step.js';
import { Turns } from '../../src/store/turns.js';
import { openTestDatabase } from '../../src/testing/database.js';

export interface Records {
  db: Database;
  log: EventLog;
  sessions: Sessions;
  messages: Messages;
  turns: Turns;
  calls: Calls;
  queue: Queue;
  /** A new session and the fence of whoever owns its conversation. */
  begin(set?: Partial<NewSession>): Promise<{ sessionId: string; conversationId: string; fence: Fence }>;
}

/** Everything over a database of this describe block's own. */
export function useRecords(): Records {
  const records = {} as Records;
  let drop: () => Promise<void>;
  before(async () => {
    const db = await openTestDatabase();
    drop = db.drop;
    const log = new EventLog(db);
    const sessions = new Sessions(db, log);
    const [messages, turns, calls, queue] = [new Messages(db), new Turns(db), new Calls(db), new Queue(db)];
    const begin: Records['begin'] = async (set) => {
      const session = await sessions.create({ ...newSession, ...set });
      const { session_id: sessionId, conversation_id: conversationId } = session;
      return { sessionId, conversationId, fence: { conversationId, epoch: 0 } };
    };
    Object.assign(records, { db, log, sessions, messages, turns, calls, queue, begin });
  });
  after(() => drop());
  return records;
}

export const newSession: NewSession = {
  agent_name: 'Ada',
  provider: 'acme',
  model: 'acme-1',
  working_directory: '/srv/ada',
  system_prompt: 'Be kind.',
};

export const step = (writes: Write[], events: Step['events'] = []): Step => ({ writes, events });

export function message(set: Partial<NewMessage> & { parts?: Part[] } = {}): NewMessage {
  return {
    id: randomUUID(),
    role: 'user',
    status: 'complete',
    parts: [text('hello')],
    provider: null,
    model: null,
    turn_id: null,
    call_id: null,
    latency_ms: null,
    request_tokens: null,
    response_tokens: null,
    cached_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    total_cost_usd: null,
    estimated: false,
    raw_request: null,
    raw_response: null,
    client_key: null,
    ...set,
  };
}

/** The step that adds a message and tells of it. */
export const adding = (added: NewMessage): Step =>
  step([{ write: 'message.add', message: added }], [{ type: 'message.added', data: { message_id: added.id } }]);

export const turnAdd = (id: string, messageId: string = randomUUID()): Write => ({
  write: 'turn.add',
  turn: {
    id,
    message_id: messageId,
    config: {
      provider: 'acme',
      model: 'acme-1',
      credential_id: null,
      system_prompt: 'Be kind.',
      working_directory: '/srv/ada',
      tools: {},
      effort: null,
      on_limit: null,
    },
  },
});

/** A live turn in a conversation. */
export async function liveTurn(records: Records, fence: Fence): Promise<string> {
  const id = randomUUID();
  await records.log.commit(fence, step([turnAdd(id)]));
  return id;
}

export function call(turnId: string, body: Buffer | string, set: Partial<NewProviderCall> = {}): NewProviderCall {
  return {
    id: randomUUID(),
    turn_id: turnId,
    attempt: 1,
    provider: 'acme',
    model: 'acme-1',
    credential_id: null,
    activity: 'conversation',
    method: 'POST',
    url: 'https://api.example.com/v1/messages',
    req_headers: [
      ['x-b', '2'],
      ['x-a', '1'],
    ],
    body: Buffer.from(body),
    ...set,
  };
}

export function toolCall(turnId: string, messageId: string, set: Partial<NewToolCall> = {}): NewToolCall {
  return {
    id: randomUUID(),
    message_id: messageId,
    turn_id: turnId,
    ord: 0,
    provider_tool_id: 'toolu_1',
    name: 'look',
    args: '{"path":"."}',
    retry: 'safe',
    ...set,
  };
}

/** The code of the MaestroError a promise rejects with; undefined when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
