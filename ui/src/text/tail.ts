import type { SessionView } from '@maestro/core/protocol';
import { type DrawnPart, gist, partsOf, partsOfDraft } from './parts.js';

/** A line of the live end of a session. */
export type TailLine =
  | { kind: 'user' | 'text' | 'thought'; key: string; text: string }
  | { kind: 'tool'; key: string; name: string; about: string; outcome: string; output: string };

const LONGEST = 1_200;

/** The last lines of a session, oldest first: what was asked, said, thought and done. */
export function tailOf(view: SessionView, most: number): TailLine[] {
  const stored = view.messages.flatMap((message) => {
    if (message.role !== 'user' && message.role !== 'assistant') return [];
    return partsOf(message).map((part, index) => lineOf(part, `${message.id}/${index}`, message.role === 'user', view));
  });
  const { draft } = view;
  const live = draft
    ? partsOfDraft(draft).map((part, index) => lineOf(part, `${draft.message_id}/${index}`, false, view))
    : [];
  return [...stored, ...live].filter((line) => line !== null).slice(-most);
}

function lineOf(part: DrawnPart, key: string, isUser: boolean, view: SessionView): TailLine | null {
  switch (part.kind) {
    case 'text':
      return part.text.trim() === '' ? null : { kind: isUser ? 'user' : 'text', key, text: part.text.slice(-LONGEST) };
    case 'thinking':
      return { kind: 'thought', key, text: part.text.slice(-LONGEST) };
    case 'tool': {
      const tool = view.tools.get(part.id);
      const result = view.results.get(part.id) ?? tool?.result;
      const output = tool && !result ? tool.output.slice(-LONGEST) : '';
      return { kind: 'tool', key, name: part.name, about: gist(part.args), outcome: result?.outcome ?? '', output };
    }
    default:
      return null;
  }
}
