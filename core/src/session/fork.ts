import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Attachment, Message } from '../protocol/messages.js';
import type { Session } from '../protocol/resources.js';
import type { Messages } from '../store/messages.js';
import type { Sessions } from '../store/sessions.js';
import { isUuid } from '../store/wire.js';
import type { SessionEngine } from './engine.js';

export interface ForkParts {
  sessions: Pick<Sessions, 'get' | 'fork'>;
  messages: Pick<Messages, 'page' | 'posOf'>;
  engine: Pick<SessionEngine, 'submit'>;
}

export interface ForkInput {
  /** The last message that is taken along; the newest that is answered where it is not given. */
  at_message_id?: string;
  /** Said in the new session at once. In place of the message at which it forks, where that is one of a person. */
  text?: string;
}

/**
 * A session of its own with the history of another.
 *
 * @throws MaestroError `session.unknown`, `message.unknown`
 */
export async function forkSession(parts: ForkParts, sessionId: string, input: ForkInput): Promise<Session> {
  const { sessions, messages, engine } = parts;
  const { at_message_id: at, text } = input;
  const session = await sessions.get(sessionId);
  const pos = await posOf(messages, session, at);
  const { items } = await messages.page(session.conversation_id, { after: Math.max(0, pos - 1), limit: 2 });
  const message = items.find((one) => one.pos === pos);
  const isSaidAnew = text !== undefined && at !== undefined && message?.role === 'user';
  const uptoPos = isSaidAnew ? pos - 1 : lastWhole(message, items[1]);
  const forked = await sessions.fork(session, uptoPos);
  if (text === undefined) return forked;
  const attachments = isSaidAnew ? attachmentsOf(message) : [];
  await engine.submit({ session_id: forked.session_id, client_key: randomUUID(), text, attachments });
  return sessions.get(forked.session_id);
}

async function posOf(messages: ForkParts['messages'], session: Session, at: string | undefined): Promise<number> {
  if (at === undefined) return (await messages.page(session.conversation_id, { limit: 1 })).last_pos;
  const pos = isUuid(at) ? await messages.posOf(session.conversation_id, at) : undefined;
  if (pos !== undefined) return pos;
  throw unknownMessage(session.session_id, at);
}

/** A reply is taken along with the results of its calls, and not at all while they are not there. */
function lastWhole(message: Message | undefined, next: Message | undefined): number {
  if (!message) return 0;
  const calls = message.role === 'assistant' && message.status === 'complete' && hasCalls(message);
  if (!calls) return message.pos;
  return next?.role === 'tool' ? next.pos : message.pos - 1;
}

function hasCalls({ parts }: Message): boolean {
  return parts.some(({ type }) => type === 'tool_call');
}

function attachmentsOf(message: Message): Attachment[] {
  return message.parts.filter((part): part is Attachment => part.type === 'image' || part.type === 'file');
}

export function unknownMessage(sessionId: string, id: string): MaestroError {
  return new MaestroError(
    'message.unknown',
    `the current conversation of session "${sessionId}" has no message "${id}"`,
  );
}
