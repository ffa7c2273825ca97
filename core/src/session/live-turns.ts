import type { CallRetrying } from '../protocol/events.js';
import type { Part } from '../protocol/messages.js';
import { Approvals } from '../store/approvals.js';
import type { Database } from '../store/database.js';
import type { Draft } from '../store/drafts.js';
import { type ToolCall, type Turn, Turns } from '../store/turns.js';
import { storedResult, type Wreck } from './recovery.js';
import type { PendingReply } from './tools-phase.js';

type Told = Pick<CallRetrying, 'turn_id' | 'attempt' | 'decision'>;

/** A turn that was between two attempts when its process ended. */
export interface Pause {
  /** What is left of the wait. */
  ms: number;
  /** Attempts made so far, with the model that is asked next. */
  attempts: number;
}

/** Reads what the engine must know of turns beyond the turn itself. */
export class LiveTurns {
  readonly turns: Turns;
  readonly #approvals: Approvals;

  constructor(private readonly db: Database) {
    this.turns = new Turns(db);
    this.#approvals = new Approvals(db);
  }

  live(conversationId: string): Promise<Turn | undefined> {
    return this.turns.live(conversationId);
  }

  last(conversationId: string): Promise<Turn | undefined> {
    return this.turns.last(conversationId);
  }

  /** The reply whose calls are not all answered by a message yet. */
  async pending(turn: Turn): Promise<PendingReply | undefined> {
    const reply = await this.#openReply(turn);
    if (!reply) return undefined;
    const calls = reply.tools.map((tool) => {
      const part = reply.parts.findIndex((one) => one.type === 'tool_call' && one.id === tool.provider_tool_id);
      const called = reply.parts[part];
      const args = called?.type === 'tool_call' ? called.args : { $invalid: tool.args };
      const hasEnded = tool.state !== 'proposed' && tool.state !== 'started';
      const result = hasEnded ? storedResult(tool) : null;
      return { id: tool.id, ord: tool.ord, part, callId: tool.provider_tool_id, name: tool.name, args, result };
    });
    return { messageId: reply.id, calls };
  }

  /** A live turn as recovery needs it. */
  async wreck(turn: Turn, sessionId: string): Promise<Wreck> {
    const [reply, drafts, sentCalls, liveStarts, pause, waiting] = await Promise.all([
      this.#openReply(turn),
      this.#drafts(turn.conversation_id),
      this.turns.openCalls(turn.id),
      this.#liveStarts(turn.conversation_id),
      this.pause(turn),
      this.#approvals.openOf(turn.id),
    ]);
    const isPausing = pause !== null;
    return { sessionId, turn, drafts, sentCalls, tools: reply?.tools ?? [], liveStarts, isPausing, waiting };
  }

  /** Where the last that was told of a turn is that it waits: for a time, or for its place at the server. */
  async pause(turn: Turn): Promise<Pause | null> {
    const { rows } = await this.db.query<{ type: string; told: Told; ms: number }>(
      `select type, payload as told,
         ceil(greatest(0, extract(epoch from least(at, now()) - now()) * 1000 + coalesce((payload->>'delay_ms')::numeric, 0)))::int as ms
       from events where conversation_id = $1 and (type like 'turn.%' or type like 'call.%') order by seq desc limit 1`,
      [turn.conversation_id],
    );
    const [last] = rows;
    if (last?.told.turn_id !== turn.id) return null;
    if (last.type === 'call.queued') return { ms: 0, attempts: 0 };
    if (last.type !== 'call.retrying') return null;
    return { ms: last.ms, attempts: last.told.decision === 'switch' ? 0 : last.told.attempt };
  }

  /** Counts that a start found the conversation live. A step that makes progress sets it back. */
  async countStart(conversationId: string, epoch: number): Promise<void> {
    await this.db.query('update conversations set live_starts = live_starts + 1 where id = $1 and epoch = $2', [
      conversationId,
      epoch,
    ]);
  }

  /**
   * Conversations with something to do that no other living process owns: a live turn, or messages that wait behind
   * none. Where the last turn waits for a decision, so do they.
   */
  async unfinished(instance: string): Promise<string[]> {
    const { rows } = await this.db.query<{ id: string }>(
      `with todo as (
         select conversation_id from turns where state in ('queued', 'calling', 'tools')
         union
         select q.conversation_id from queued_messages q where 'interrupted' is distinct from (
           select t.state from turns t where t.conversation_id = q.conversation_id order by t.created_at desc, t.id desc limit 1)
       )
       select c.id from todo join conversations c on c.id = todo.conversation_id where not exists (
         select 1 from instances i where i.id = c.owner and i.id <> $1 and i.heartbeat_at > now() - interval '10 seconds')`,
      [instance],
    );
    return rows.map(({ id }) => id);
  }

  async #openReply(turn: Turn): Promise<{ id: string; parts: Part[]; tools: ToolCall[] } | undefined> {
    const tools = await this.turns.toolCalls(turn.id);
    const id = tools.at(-1)?.message_id;
    if (!id) return undefined;
    const { rows } = await this.db.query<{ parts: Part[]; is_answered: boolean }>(
      `select m.parts, exists (select 1 from messages r where r.conversation_id = m.conversation_id and r.pos > m.pos
         and r.role = 'tool') as is_answered from messages m where m.id = $1`,
      [id],
    );
    const [message] = rows;
    if (!message || message.is_answered) return undefined;
    return { id, parts: message.parts, tools: tools.filter((tool) => tool.message_id === id) };
  }

  async #drafts(conversationId: string): Promise<Draft[]> {
    const { rows } = await this.db.query<Omit<Draft, 'updated_at'> & { updated_at: Date }>(
      'select message_id, turn_id, parts, updated_at from drafts where conversation_id = $1 order by updated_at',
      [conversationId],
    );
    return rows.map((row) => ({ ...row, updated_at: row.updated_at.toISOString() }));
  }

  async #liveStarts(conversationId: string): Promise<number> {
    const { rows } = await this.db.query<{ live_starts: number }>(
      'select live_starts from conversations where id = $1',
      [conversationId],
    );
    return rows[0]?.live_starts ?? 0;
  }
}
