import type { Part } from '../protocol/messages.js';
import type { Database } from './database.js';

/** The session that answers a call; null where it was removed. */
export interface Child {
  conversation_id: string;
  session_id: string | null;
  /** The turn it was given. */
  turn_id: string | null;
}

/** Reads which sessions answer which calls. They are made by the write `child.begin`. */
export class Children {
  constructor(private readonly db: Database) {}

  /** @param toolCallId row id of the call */
  async ofCall(toolCallId: string): Promise<Child | undefined> {
    const { rows } = await this.db.query<Child>(
      `select t.child_conversation_id as conversation_id, s.session_id, (
         select id from turns where conversation_id = c.id order by created_at, id limit 1) as turn_id
       from tool_calls t left join conversations c on c.id = t.child_conversation_id left join sessions s on s.id = c.session_id
       where t.id = $1 and t.child_conversation_id is not null`,
      [toolCallId],
    );
    return rows[0];
  }

  /** How many calls of a reply were given to agents. */
  async countOf(messageId: string): Promise<number> {
    const { rows } = await this.db.query<{ count: number }>(
      'select count(*)::int as count from tool_calls where message_id = $1 and child_conversation_id is not null',
      [messageId],
    );
    return rows[0]?.count ?? 0;
  }

  /** A session and those above it that wait for it, nearest first. */
  async lineOf(sessionId: string): Promise<{ depth: number; template: string | null }[]> {
    const { rows } = await this.db.query<{ depth: number; template: string | null }>(
      `with recursive line as (
         select parent_session_id, depth, template from sessions where session_id = $1
         union all
         select p.parent_session_id, p.depth, p.template from sessions p join line on p.session_id = line.parent_session_id
           and p.depth < line.depth
       ) select depth, template from line order by depth desc`,
      [sessionId],
    );
    return rows;
  }

  /** The last a turn said in words; null where it said nothing. */
  async lastWords(turnId: string): Promise<string | null> {
    const { rows } = await this.db.query<{ parts: Part[] }>(
      `select parts from messages where turn_id = $1 and role = 'assistant' and status = 'complete' order by pos desc`,
      [turnId],
    );
    const said = rows.map(({ parts }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n'),
    );
    return said.find((words) => words.trim() !== '') ?? null;
  }

  async isFinishedTold(conversationId: string, sessionId: string): Promise<boolean> {
    const { rows } = await this.db.query(
      `select 1 from events where conversation_id = $1 and type = 'subagent.finished' and payload ->> 'session_id' = $2 limit 1`,
      [conversationId, sessionId],
    );
    return rows.length > 0;
  }
}
