import type { Failure } from '../protocol/events.js';
import type { ToolResultPart } from '../protocol/messages.js';
import type { Database } from './database.js';
import type { ToolState, TurnConfig, TurnState } from './step.js';

export interface Turn {
  id: string;
  conversation_id: string;
  /** The user message it answers. */
  message_id: string;
  state: TurnState;
  attempts: number;
  stop_reason: string | null;
  error: Failure | null;
  config: TurnConfig;
  created_at: Date;
  ended_at: Date | null;
}

/** Names and arguments of all calls of tools in a turn; what is not JSON stands there as it is. */
export async function storedCalls(db: Database, turnId: string): Promise<{ name: string; args: unknown }[]> {
  const { rows } = await db.query<{ name: string; args: Buffer }>(
    'select name, args from tool_calls where turn_id = $1',
    [turnId],
  );
  return rows.map(({ name, args }) => ({ name, args: parsed(args.toString()) }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { $invalid: text };
  }
}

export interface ToolCall {
  id: string;
  message_id: string;
  turn_id: string;
  ord: number;
  provider_tool_id: string;
  name: string;
  /** JSON text as the model gave it. */
  args: string;
  retry: 'safe' | 'never';
  state: ToolState;
  epoch: number | null;
  attempts: number;
  result: Omit<ToolResultPart, 'v' | 'type'> | null;
  /** The conversation of the session that answers it. */
  child_conversation_id: string | null;
  started_at: Date | null;
  ended_at: Date | null;
}

/** Turns and their tool calls, as the engine and recovery read them. Writing is done by `EventLog.commit`. */
export class Turns {
  constructor(private readonly db: Database) {}

  /** The one live turn of a conversation. */
  live(conversationId: string): Promise<Turn | undefined> {
    return this.#one(`conversation_id = $1 and state in ('queued', 'calling', 'tools')`, conversationId);
  }

  /** The turn that began last, live or ended; one that only summed up well leaves the one before it the last. */
  last(conversationId: string): Promise<Turn | undefined> {
    return this.#one(`conversation_id = $1 and not (config ? 'compact' and state = 'completed')`, conversationId);
  }

  /** `last` of several conversations at once. */
  async lastOf(
    conversationIds: readonly string[],
  ): Promise<Pick<Turn, 'conversation_id' | 'state' | 'error' | 'created_at'>[]> {
    const { rows } = await this.db.query<Turn>(
      `select distinct on (conversation_id) conversation_id, state, error, created_at from turns
       where conversation_id = any($1) and not (config ? 'compact' and state = 'completed')
       order by conversation_id, created_at desc, id desc`,
      [conversationIds],
    );
    return rows;
  }

  get(id: string): Promise<Turn | undefined> {
    return this.#one('id = $1', id);
  }

  /** All tool calls of a turn: message by message, in the order the model made them. */
  async toolCalls(turnId: string): Promise<ToolCall[]> {
    const { rows } = await this.db.query<Omit<ToolCall, 'args'> & { args: Buffer }>(
      `select t.id, t.message_id, t.turn_id, t.ord, t.provider_tool_id, t.name, t.args, t.retry, t.state, t.epoch,
         t.attempts, t.result, t.child_conversation_id, t.started_at, t.ended_at
       from tool_calls t join messages m on m.id = t.message_id where t.turn_id = $1 order by m.pos, t.ord`,
      [turnId],
    );
    return rows.map((row) => ({ ...row, args: row.args.toString() }));
  }

  /** Ids of calls of a turn that were sent and have no end. */
  async openCalls(turnId: string): Promise<string[]> {
    const { rows } = await this.db.query<{ id: string }>(
      `select id from provider_calls where turn_id = $1 and state = 'sent' order by ord`,
      [turnId],
    );
    return rows.map((row) => row.id);
  }

  async #one(condition: string, param: string): Promise<Turn | undefined> {
    const { rows } = await this.db.query<Turn>(
      `select id, conversation_id, message_id, state, attempts, stop_reason, error, config, created_at, ended_at
       from turns where ${condition} order by created_at desc, id desc limit 1`,
      [param],
    );
    return rows[0];
  }
}
