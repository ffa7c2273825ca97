import type { Message, Notice, SessionView } from '@maestro/core/protocol';
import { sameDay } from './format.js';

/** A line of the log, in the order they are drawn. */
export type Entry =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'message'; key: string; message: Message; joined: boolean; turn: readonly Message[] }
  | { kind: 'notice'; key: string; notice: Notice };

/**
 * The messages of a conversation as they are read: results stand with their calls, what the agent says in one turn
 * stands under one heading, notices stand where they happened, a line marks a new day.
 */
export function entriesOf(view: Pick<SessionView, 'messages' | 'notices'>): Entry[] {
  const entries: Entry[] = [];
  const notices = view.notices.filter((notice, index) => !isOvertaken(notice, view.notices[index + 1], view.messages));
  let before: Message | null = null;
  for (const message of view.messages) {
    if (message.role !== 'user' && message.role !== 'assistant') continue;
    while (notices[0] && notices[0].at < message.created_at) {
      entries.push(noticeEntry(notices.shift() as Notice));
      before = null;
    }
    if (isNewDay(entries, message.created_at))
      entries.push({ kind: 'day', key: `day:${message.id}`, at: message.created_at });
    const joined = before !== null && continues(before, message);
    entries.push({ kind: 'message', key: message.id, message, joined, turn: [] });
    before = message;
  }
  return [...withTurns(entries), ...notices.map(noticeEntry)];
}

/** Lists of messages by their first, so that the same messages give the same list and nothing is drawn anew. */
const turns = new WeakMap<Message, readonly Message[]>();

/** Tells the first message of a heading who continues it. */
function withTurns(entries: readonly Entry[]): Entry[] {
  const lists: Message[][] = [];
  for (const entry of entries) {
    if (entry.kind !== 'message') continue;
    if (entry.joined) lists[lists.length - 1]?.push(entry.message);
    else lists.push([entry.message]);
  }
  return entries.map((entry) => {
    if (entry.kind !== 'message' || entry.joined) return entry;
    return { ...entry, turn: same(lists.shift() as Message[]) };
  });
}

function same(messages: Message[]): readonly Message[] {
  const first = messages[0] as Message;
  const known = turns.get(first);
  if (known?.length === messages.length && known.every((message, index) => message === messages[index])) return known;
  turns.set(first, messages);
  return messages;
}

/** Of several changes of mind between two messages the last one counts. */
function isOvertaken(notice: Notice, next: Notice | undefined, messages: readonly Message[]): boolean {
  if (notice.code !== 'config.changed' || next?.code !== 'config.changed') return false;
  return !messages.some(({ created_at }) => created_at > notice.at && created_at <= next.at);
}

function noticeEntry(notice: Notice): Entry {
  return { kind: 'notice', key: `notice:${notice.seq}`, notice };
}

function isNewDay(entries: readonly Entry[], at: string): boolean {
  const last = entries.findLast((entry) => entry.kind === 'message');
  return last?.kind !== 'message' || !sameDay(new Date(last.message.created_at), new Date(at));
}

/** Whether a reply goes on with the one before it, after its tools. */
export function continues(before: Message, message: Pick<Message, 'role' | 'turn_id' | 'model'>): boolean {
  if (before.role !== 'assistant' || message.role !== 'assistant') return false;
  return before.turn_id !== null && before.turn_id === message.turn_id && before.model === message.model;
}
