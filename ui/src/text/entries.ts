import type { CompactionResource, Message, Notice, SessionView } from '@maestro/core/protocol';
import { sameDay } from './format.js';

/** A line of the log, in the order they are drawn. */
export type Entry =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'message'; key: string; message: Message; joined: boolean; turn: readonly Message[] }
  | { kind: 'notice'; key: string; notice: Notice }
  | { kind: 'compaction'; key: string; compaction: CompactionResource }
  /** Another model answers from here on. */
  | { kind: 'model'; key: string; provider: string; model: string };

/**
 * The messages of a conversation as they are read: results stand with their calls, what the agent says in one turn
 * stands under one heading, notices stand where they happened, a line marks a new day.
 */
export function entriesOf(
  view: Pick<SessionView, 'messages' | 'notices'>,
  compactions: readonly CompactionResource[] = [],
): Entry[] {
  const entries: Entry[] = [];
  const notices = linesOf(view, compactions);
  let before: Message | null = null;
  let answered: Message | null = null;
  for (const message of view.messages) {
    if (message.role !== 'user' && message.role !== 'assistant') continue;
    while (notices[0] && notices[0].at < message.created_at) {
      entries.push((notices.shift() as Line).entry);
      before = null;
    }
    if (isNewDay(entries, message.created_at))
      entries.push({ kind: 'day', key: `day:${message.id}`, at: message.created_at });
    if (message.role === 'assistant') {
      if (answered && isOther(answered, message) && !isTold(entries)) entries.push(modelEntry(message));
      answered = message;
    }
    const joined = before !== null && continues(before, message);
    entries.push({ kind: 'message', key: message.id, message, joined, turn: [] });
    before = message;
  }
  return [...withTurns(entries), ...notices.map(({ entry }) => entry)];
}

interface Line {
  at: string;
  entry: Entry;
}

/**
 * What stands between messages, by time. Compactions are known with what they made of the conversation, so the notices
 * that tell of them are left out; those before the first loaded message belong to what is not loaded.
 */
function linesOf(
  { messages, notices }: Pick<SessionView, 'messages' | 'notices'>,
  compactions: readonly CompactionResource[],
): Line[] {
  const first = messages[0] && messages[0].pos > 1 ? messages[0].created_at : '';
  const told = notices
    .filter((notice, index) => !isOvertaken(notice, notices[index + 1], messages))
    .filter(({ code }) => compactions.length === 0 || code !== 'compaction.finished')
    .map((notice): Line => ({ at: notice.at, entry: { kind: 'notice', key: `notice:${notice.seq}`, notice } }));
  const made = compactions.map(
    (compaction): Line => ({
      at: compaction.created_at,
      entry: { kind: 'compaction', key: `compaction:${compaction.id}`, compaction },
    }),
  );
  return [...told, ...made].filter(({ at }) => at >= first).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function isOther(before: Message, now: Message): boolean {
  return (
    before.model !== null && now.model !== null && (before.model !== now.model || before.provider !== now.provider)
  );
}

/** Whether a change of settings was told of since the last reply. */
function isTold(entries: readonly Entry[]): boolean {
  const last = entries.findLastIndex((entry) => entry.kind === 'message' && entry.message.role === 'assistant');
  return entries.slice(last + 1).some((entry) => entry.kind === 'notice' && entry.notice.code === 'config.changed');
}

function modelEntry({ id, provider, model }: Message): Entry {
  return { kind: 'model', key: `model:${id}`, provider: provider ?? '', model: model ?? '' };
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

function isNewDay(entries: readonly Entry[], at: string): boolean {
  const last = entries.findLast((entry) => entry.kind === 'message');
  return last?.kind !== 'message' || !sameDay(new Date(last.message.created_at), new Date(at));
}

/** Whether a reply goes on with the one before it, after its tools. */
export function continues(before: Message, message: Pick<Message, 'role' | 'turn_id' | 'model'>): boolean {
  if (before.role !== 'assistant' || message.role !== 'assistant') return false;
  return before.turn_id !== null && before.turn_id === message.turn_id && before.model === message.model;
}
