import type { ContentPart, ModelMessage, Part, ToolResultPart } from '@maestro/core';
import { inlineData, isPicture, type Media, placeholder } from './media.js';
import type { Dialect } from './profiles/profile-set.js';
import { needsSignatures } from './thinking.js';

/** A part of a content, as in `{ text }` or `{ functionCall }`. */
export type WirePart = Record<string, unknown>;

export interface Reader {
  provider: string;
  model: string;
  media: Media;
  dialect: Dialect;
}

/**
 * What the API documents for calls that another model made, or that lost their signature.
 * Source: ai.google.dev/gemini-api/docs/thought-signatures, read 2026-11-27.
 */
export const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

interface Content {
  role: 'user' | 'model';
  from: ModelMessage['role'];
  parts: WirePart[];
}

/**
 * The history as `contents`. Results of parallel calls stand together and alone, because the API counts them against
 * the calls; what a person says after them is a content of its own.
 */
export function contentsOf(messages: readonly ModelMessage[], reader: Reader): object[] {
  const contents: Content[] = [];
  for (const message of messages) {
    const parts = message.role === 'assistant' ? replyParts(message, reader) : givenParts(message, reader);
    const last = contents.at(-1);
    if (parts.length === 0) continue;
    if (last?.from === message.role && message.role !== 'user') last.parts.push(...parts);
    else contents.push({ role: message.role === 'assistant' ? 'model' : 'user', from: message.role, parts });
  }
  return contents.map((content) => written(content, reader.dialect));
}

/** Keys in the order the reference writes them. */
export const written = (content: Pick<Content, 'role' | 'parts'>, dialect: Dialect): object =>
  Object.fromEntries(dialect.contentKeys.map((key) => [key, content[key]]));

export const isForeign = ({ provider, model }: ModelMessage, reader: Pick<Reader, 'provider' | 'model'>): boolean =>
  provider !== reader.provider || model !== reader.model;

/**
 * A reply of a model. Thinking without a word carries the signature of the part after it (see events.ts); without a
 * part after it, it was a signature alone. Thinking of others stays out.
 */
function replyParts(message: ModelMessage, reader: Reader): WirePart[] {
  const isOwn = !isForeign(message, reader);
  const parts: WirePart[] = [];
  let signature: string | undefined;
  const flush = () => {
    if (signature !== undefined) parts.push({ text: '', thoughtSignature: signature });
    signature = undefined;
  };
  const add = (part: WirePart) => {
    parts.push(signature === undefined ? part : { ...part, thoughtSignature: signature });
    signature = undefined;
  };
  for (const part of message.parts) {
    if (part.type === 'thinking') {
      if (!isOwn || part.signature === undefined) continue;
      flush();
      if (part.text === '') signature = part.signature;
      else parts.push({ text: part.text, thought: true, thoughtSignature: part.signature });
    } else if (part.type === 'tool_call') add(callPart(part, reader.dialect));
    else if (part.type === 'text' && (part.text !== '' || signature !== undefined)) add({ text: part.text });
  }
  flush();
  return needsSignatures(reader.model) ? signed(parts) : parts;
}

/** The first call of a reply must be signed; a change of this later would cost the provider's cache, so all history has it. */
function signed(parts: readonly WirePart[]): WirePart[] {
  const first = parts.findIndex((part) => 'functionCall' in part);
  return parts.map((part, index) =>
    index === first && part.thoughtSignature === undefined ? { ...part, thoughtSignature: FOREIGN_SIGNATURE } : part,
  );
}

function callPart({ id, name, args }: Extract<Part, { type: 'tool_call' }>, { callKeys }: Dialect): WirePart {
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
  const call = { id, name, args: isObject ? args : {} };
  return { functionCall: Object.fromEntries(callKeys.map((key) => [key, call[key]])) };
}

function givenParts(message: ModelMessage, reader: Reader): WirePart[] {
  return message.parts.flatMap((part): WirePart[] => {
    if (part.type === 'text') return part.text === '' ? [] : [{ text: part.text }];
    if (part.type === 'tool_result') return resultParts(part, reader);
    if (part.type === 'image' || part.type === 'file')
      return [inlineData(part, reader.media) ?? { text: placeholder(part) }];
    return [];
  });
}

/** From Gemini 3 on, pictures of a result stand inside it; before, beside it. */
function resultParts(part: ToolResultPart, reader: Reader): WirePart[] {
  const words = part.content.map((piece) => readable(piece, reader.media)).filter((text) => text.trim() !== '');
  const text = words.join('\n') || (part.is_error ? 'failed without a message' : '(no output)');
  const pictures = part.content.filter(isPicture).flatMap((picture) => inlineData(picture, reader.media) ?? []);
  const response = {
    id: part.call_id,
    name: part.name,
    response: told(text, part.is_error, reader.dialect),
  };
  const ordered = Object.fromEntries(reader.dialect.responseKeys.map((key) => [key, response[key]]));
  if (pictures.length === 0) return [{ functionResponse: ordered }];
  if (needsSignatures(reader.model)) return [{ functionResponse: { ...ordered, parts: pictures } }];
  return [{ functionResponse: ordered }, ...pictures];
}

function told(text: string, isError: boolean, { result }: Dialect): object {
  if (result === 'output') return isError ? { error: text } : { output: text };
  return isError ? { status: 'error', error: text } : { status: 'success', result: text };
}

/** A piece of a result as the model reads it. A diff is for the person; the tool's text tells the model. */
function readable(part: ContentPart, media: Media): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'diff') return '';
  if (part.type !== 'terminal') return inlineData(part, media) ? '' : placeholder(part);
  const output = part.chunks.map(({ text }) => text).join('');
  return part.exit_code === null ? output : `${output}\n(exit code ${part.exit_code})`;
}
