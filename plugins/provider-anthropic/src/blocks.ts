import { createHash } from 'node:crypto';
import type { ContentPart, ModelMessage, Part, ToolResultPart } from '@maestro/core';
import { isPicture, type Media, mediaBlock, placeholder } from './media.js';

/** A content block of the Messages API. */
export type Block = { type: string } & Record<string, unknown>;

export interface Reader {
  provider: string;
  model: string;
}

/** Blocks of one message for this reader. Thinking goes back to the model that thought it, and to no other. */
export function blocksOf(message: ModelMessage, reader: Reader, media: Media): Block[] {
  return message.parts.flatMap((part) => partBlock(part, message, reader, media) ?? []);
}

function partBlock(part: Part, message: ModelMessage, reader: Reader, media: Media): Block | undefined {
  switch (part.type) {
    case 'text':
      return textBlock(part.text);
    case 'thinking':
      return isForeign(message, reader) ? undefined : thinkingBlock(part);
    case 'tool_call':
      return { type: 'tool_use', id: toolId(part.id), name: part.name, input: part.args };
    case 'tool_result':
      return resultBlock(part, media);
    default:
      return mediaBlock(part, media) ?? textBlock(placeholder(part));
  }
}

export const isForeign = ({ provider, model }: ModelMessage, reader: Reader): boolean =>
  provider !== reader.provider || model !== reader.model;

/** The API refuses blocks without a visible letter, so they stay out. */
const textBlock = (text: string): Block | undefined => (text.trim() ? { type: 'text', text } : undefined);

function thinkingBlock(part: Extract<Part, { type: 'thinking' }>): Block | undefined {
  if (part.redacted !== undefined) return { type: 'redacted_thinking', data: part.redacted };
  if (part.signature === undefined) return undefined;
  return { type: 'thinking', thinking: part.text, signature: part.signature };
}

/** Ids of other providers may hold what this one refuses; the same id always becomes the same other one. */
function toolId(id: string): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(id)) return id;
  return `toolu_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}

/** The API takes nothing but text of a call that failed. */
function resultBlock(part: ToolResultPart, media: Media): Block {
  const shown = part.content.flatMap((each): Block[] => {
    const picture = isPicture(each) && !part.is_error ? mediaBlock(each, media) : undefined;
    const text = readable(each);
    return picture ? [picture] : text.trim() ? [{ type: 'text', text }] : [];
  });
  const nothing = part.is_error ? 'failed without a message' : '(no output)';
  const content = shown.length > 0 ? joined(shown) : [{ type: 'text', text: nothing }];
  const block = { type: 'tool_result', tool_use_id: toolId(part.call_id), content };
  return part.is_error ? { ...block, is_error: true } : block;
}

/** Neighbouring texts become one. */
function joined(blocks: readonly Block[]): Block[] {
  const all: Block[] = [];
  for (const block of blocks) {
    const last = all.at(-1);
    if (block.type === 'text' && last?.type === 'text')
      all[all.length - 1] = { type: 'text', text: `${last.text}\n${block.text}` };
    else all.push(block);
  }
  return all;
}

/** A part of a result as the model reads it. A diff is for the person; the tool's text tells the model. */
function readable(part: ContentPart): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'diff') return '';
  if (part.type !== 'terminal') return placeholder(part);
  const output = part.chunks.map(({ text }) => text).join('');
  return part.exit_code === null ? output : `${output}\n(exit code ${part.exit_code})`;
}
