import type { ModelMessage } from '../extension/provider.js';
import type { CompactionResource } from '../protocol/compactions.js';
import { type ContentPart, type Message, type Part, text } from '../protocol/messages.js';
import { toModelMessages } from './context.js';
import { boundOutput, cutMiddle } from './output.js';

/** How a conversation is told. */
export type Telling = Pick<CompactionResource, 'upto_pos' | 'head' | 'cut_pos' | 'cut_bytes'>;

export const inFull: Readonly<Telling> = { upto_pos: 0, head: null, cut_pos: 0, cut_bytes: 0 };

/**
 * A conversation as a model is told it. The same messages and the same telling give the same bytes in every process.
 *
 * @param messages complete ones, oldest first; those that `head` stands for may be missing
 */
export function compacted(messages: readonly Message[], telling: Telling): ModelMessage[] {
  const { upto_pos, head, cut_pos, cut_bytes } = telling;
  const left = messages.filter(({ pos }) => pos > upto_pos);
  const shown = left.map((message) => (message.pos <= cut_pos ? shortened(message, cut_bytes) : message));
  return head === null ? toModelMessages(shown) : [headMessage(head), ...toModelMessages(shown)];
}

export function headMessage(head: string): ModelMessage {
  return { role: 'user', parts: [text(head)], provider: null, model: null };
}

/** Words of people and of the model stay; what tools were given and gave does not, beyond so many bytes. */
function shortened(message: Message, maxBytes: number): Message {
  return { ...message, parts: message.parts.map((part) => shortPart(part, maxBytes)) };
}

function shortPart(part: Part, maxBytes: number): Part {
  if (part.type === 'tool_result') {
    return { ...part, content: boundOutput(part.content.map(withoutBytes), maxBytes) };
  }
  if (part.type === 'tool_call') {
    const json = JSON.stringify(part.args) ?? '';
    return Buffer.byteLength(json) <= maxBytes ? part : { ...part, args: shortArgs(part.args, maxBytes) };
  }
  return part.type === 'image' || part.type === 'file' ? withoutBytes(part) : part;
}

function withoutBytes<P extends Part | ContentPart>(part: P) {
  if (part.type === 'image') return text('[an image was here]');
  return part.type === 'file' ? text(`[the file ${part.name} was here]`) : part;
}

/** The same fields, so that the call still reads like one; where there are too many of them, a part of its text. */
function shortArgs(args: unknown, maxBytes: number): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return { $shortened: brief(args, maxBytes) };
  const fields = Object.entries(args);
  const each = Math.floor(maxBytes / fields.length);
  if (each < leastField) return { $shortened: brief(args, maxBytes) };
  return Object.fromEntries(fields.map(([name, value]) => [name, brief(value, each)]));
}

const leastField = 32;

function brief(value: unknown, maxBytes: number): unknown {
  const json = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return Buffer.byteLength(json) <= maxBytes ? value : cutMiddle(json, maxBytes);
}
