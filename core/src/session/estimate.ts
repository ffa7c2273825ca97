import type { ModelMessage, ToolDescription } from '../extension/provider.js';
import type { ContentPart, Part } from '../protocol/messages.js';
import { SESSION_LIMITS } from './limits.js';
import type { Asked } from './pricing.js';
import { isText } from './shown-media.js';
import { estimateTokens } from './tokens.js';

/** What an image costs to read, roughly, whatever its size: providers shrink them to about a thousand tokens. */
const IMAGE_TOKENS = 1_000;
/** A document of a page or two; how many it has is not known. */
const FILE_TOKENS = 3_000;
/** Of a file of text, whose words are not at hand here. */
const BYTES_PER_TOKEN = 4;
/** Roles and brackets around each message. */
const MESSAGE_TOKENS = 4;
/** Ids and brackets around a call and around its result. */
const CALL_TOKENS = 8;

/**
 * Tokens that a request would read, by our own count: each part by itself, as a model reads it. What was counted is
 * not counted again, so the price of another look at a long conversation is that of what is new in it.
 */
export function estimateRequest({ system, messages, tools }: Asked): number {
  const said = messages.reduce((sum, message) => sum + estimateMessage(message), 0);
  const described = tools.reduce((sum, tool) => sum + estimateTool(tool), 0);
  return estimateTokens(system) + described + said;
}

/** Tokens of one message of a request. */
export function estimateMessage({ parts }: Pick<ModelMessage, 'parts'>): number {
  return parts.reduce((sum, part) => sum + estimatePart(part), MESSAGE_TOKENS);
}

/** Tokens that telling of a tool costs in each request. */
export function estimateTool(tool: ToolDescription): number {
  return once(tool, () => estimateTokens(JSON.stringify(tool)));
}

/** Tokens of one part; what only a person sees costs nothing. */
export function estimatePart(part: Part | ContentPart): number {
  return once(part, () => count(part));
}

function count(part: Part | ContentPart): number {
  switch (part.type) {
    case 'text':
    case 'thinking':
      return estimateTokens(part.text);
    case 'tool_call':
      return CALL_TOKENS + estimateTokens(`${part.name}\n${JSON.stringify(part.args) ?? ''}`);
    case 'tool_result':
      return part.content.reduce((sum, content) => sum + estimatePart(content), CALL_TOKENS);
    case 'image':
      return IMAGE_TOKENS;
    case 'file':
      return isText(part)
        ? Math.ceil(Math.min(part.bytes ?? 0, SESSION_LIMITS.attachedTextBytes) / BYTES_PER_TOKEN)
        : FILE_TOKENS;
    case 'terminal':
      return estimateTokens(part.chunks.map(({ text }) => text).join(''));
    default:
      return 0;
  }
}

/** Parts and descriptions are never changed in place: what one costs is known as long as it is. */
const counted = new WeakMap<object, number>();

function once(what: object, tokens: () => number): number {
  const known = counted.get(what) ?? tokens();
  counted.set(what, known);
  return known;
}
