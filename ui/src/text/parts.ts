import type { Attachment, Draft, Message, Part } from '@maestro/core/protocol';

/** A part of a message as it is drawn, whether it is stored or still being written. */
export type DrawnPart =
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string; redacted: boolean }
  | { kind: 'tool'; id: string; name: string; args: unknown; argsText: string | null }
  | { kind: 'attachment'; part: Attachment };

/**
 * The parts of a stored message; results of tools are drawn with their calls. A thought of which nothing but its
 * signature is there says nothing to a reader.
 */
export function partsOf(message: Message): DrawnPart[] {
  return message.parts.flatMap((part) => drawn(part));
}

function drawn(part: Part): DrawnPart[] {
  switch (part.type) {
    case 'text':
      return [{ kind: 'text', text: part.text }];
    case 'thinking':
      if (part.text === '' && part.redacted === undefined) return [];
      return [{ kind: 'thinking', text: part.text, redacted: part.redacted !== undefined }];
    case 'tool_call':
      return [{ kind: 'tool', id: part.id, name: part.name, args: part.args, argsText: null }];
    case 'image':
    case 'file':
      return [{ kind: 'attachment', part }];
    default:
      return [];
  }
}

/** The parts of a reply that is being written. */
export function partsOfDraft(draft: Draft): DrawnPart[] {
  return draft.parts.map((part, index): DrawnPart => {
    if (part.kind === 'text') return { kind: 'text', text: part.text };
    if (part.kind === 'thinking') return { kind: 'thinking', text: part.text, redacted: false };
    const id = part.call_id ?? `${draft.message_id}:${index}`;
    return { kind: 'tool', id, name: part.name ?? '', args: null, argsText: part.text };
  });
}

/** What a call is about, in a few words: its most telling argument. */
export function gist(args: unknown): string {
  if (typeof args !== 'object' || args === null) return '';
  const entries = Object.entries(args).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const telling = entries.find(([name]) => /path|file|dir|command|query|pattern|url/i.test(name)) ?? entries[0];
  return telling ? (telling[1].split('\n', 1)[0] ?? '').slice(0, 200) : '';
}
