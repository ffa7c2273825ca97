import { MaestroError } from '../errors.js';
import type { ModelMessage } from '../extension/provider.js';
import type { Message, Part } from '../protocol/messages.js';
import { storable } from '../store/safe-json.js';

/** Complete messages as a provider sees them. A reply without any part says nothing and stays out. */
export function toModelMessages(messages: readonly Message[]): ModelMessage[] {
  return messages.flatMap(({ role, status, parts, provider, model }) => {
    if (status !== 'complete' || role === 'system' || parts.length === 0) return [];
    return [{ role, parts, provider, model }];
  });
}

/**
 * Refuses a history that a provider would refuse for ever after. Repair is the business of recovery, once, in data;
 * what is wrong here is a bug and must not be papered over.
 *
 * @throws MaestroError `history.broken`
 */
export function assertWellFormed(history: readonly ModelMessage[]): void {
  let open: string[] = [];
  history.forEach((message, index) => {
    if (message.role === 'tool') {
      const answered = message.parts.map((part) =>
        part.type === 'tool_result' ? part.call_id : `a ${part.type} part`,
      );
      if (open.length === 0) throw broken(index, 'results stand where nothing was called');
      if (answered.join('\n') !== open.join('\n')) throw broken(index, `results ${answered} answer calls ${open}`);
      open = [];
      return;
    }
    if (open.length > 0) throw broken(index, `calls ${open} have no results`);
    const strange = message.parts.find((part) => !mayHold(message.role, part));
    if (strange) throw broken(index, `a ${message.role} message holds a ${strange.type} part`);
    open = message.parts.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
  });
  if (open.length > 0) throw broken(history.length, `calls ${open} have no results`);
  if (history.at(-1)?.role === 'assistant' || history.length === 0)
    throw broken(history.length, 'nothing asks for a reply');
}

function mayHold(role: ModelMessage['role'], { type }: Part): boolean {
  if (type === 'text') return true;
  const isOfPerson = type === 'image' || type === 'file';
  return role === 'user' ? isOfPerson : type === 'thinking' || type === 'tool_call';
}

function broken(index: number, what: string): MaestroError {
  const message = `the history cannot be sent: at message ${index + 1} ${what}. Start a new conversation and report this`;
  return new MaestroError('history.broken', message);
}

/**
 * A value as reading it back from a `jsonb` column gives it, order of keys included: a provider that caches by
 * prefix must see the same bytes in the turn that made a message and in every later one.
 */
export function asStored<T>(value: T): T {
  return inStoredOrder(storable(value)) as T;
}

function inStoredOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inStoredOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => ({ key: Buffer.from(key), inner: inStoredOrder(inner) }));
  entries.sort((a, b) => a.key.length - b.key.length || Buffer.compare(a.key, b.key));
  return Object.fromEntries(entries.map(({ key, inner }) => [key.toString(), inner]));
}
