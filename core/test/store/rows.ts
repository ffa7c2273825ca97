import { randomUUID } from 'node:crypto';
import type { Sql } from '../../src/store/database.js';

/** A session with one conversation, the least there can be. */
export async function addConversation(sql: Sql): Promise<{ sessionId: string; conversationId: string }> {
  const [sessionId, conversationId] = [randomUUID(), randomUUID()];
  await sql.query(
    `insert into sessions (id, session_id, agent_name, provider, model, working_directory, system_prompt, current_conversation_id)
      values ($1, $2, 'Ada', 'p', 'm', '/', '', $3)`,
    [sessionId, `s-${sessionId}`, conversationId],
  );
  await sql.query('insert into conversations (id, session_id) values ($1, $2)', [conversationId, sessionId]);
  return { sessionId, conversationId };
}

/** The code of the error that `work` ends with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  return (error as { code?: string }).code ?? String(error);
}
