import { createHash } from 'node:crypto';
import type { ContentPart, ModelMessage, ModelRequest, ToolResultPart } from '@maestro/core';
import { isAttached, placeholder } from './media.js';

export interface Reader {
  provider: string;
  model: string;
}

/** What a body is written from. */
export type BodyRequest = Pick<
  ModelRequest,
  'model' | 'system' | 'messages' | 'tools' | 'effort' | 'conversationId' | 'notice'
> &
  Partial<Pick<ModelRequest, 'maxTokens' | 'webSearch'>>;

export const isForeign = ({ provider, model }: ModelMessage, reader: Reader): boolean =>
  provider !== reader.provider || model !== reader.model;

/** Ids of other providers may hold what this one refuses; the same id always becomes the same other one. */
export function callId(id: string): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(id)) return id;
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}

/** Arguments as JSON text. */
export const argumentsOf = (args: unknown): string => JSON.stringify(args ?? {});

/** A result as the model reads it. Neither API has a flag for a failure, so the text says it. */
export function resultText(part: ToolResultPart): string {
  const text = outputOf(part);
  if (!part.is_error) return text || '(no output)';
  return `Error: ${text || 'failed without a message'}`;
}

/** What a tool gave, in words; of attachments the place where they stood. */
export function outputOf({ content }: ToolResultPart): string {
  return content
    .map(readable)
    .filter((text) => text.trim() !== '')
    .join('\n');
}

/** A diff is for the person; the tool's text tells the model. */
function readable(part: ContentPart): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'diff') return '';
  if (isAttached(part)) return placeholder(part);
  const output = part.chunks.map(({ text }) => text).join('');
  return part.exit_code === null ? output : `${output}\n(exit code ${part.exit_code})`;
}

/** Told when it begins, at the first request after a change of model, not with every request that follows. */
export function tellDroppedThinking({ messages, notice }: BodyRequest, reader: Reader): void {
  const last = messages.findLast(({ role }) => role === 'assistant');
  if (last && isForeign(last, reader) && last.parts.some(({ type }) => type === 'thinking'))
    notice('thinking.dropped', `Thinking of ${last.model ?? 'another model'} is not shown to ${reader.model}.`);
}
