import { type ModelMessage, orderedBody, type ToolResultPart, text } from '@maestro/core';
import {
  argumentsOf,
  type BodyRequest,
  callId,
  outputOf,
  type Reader,
  resultText,
  tellDroppedThinking,
} from './history.js';
import { type Attached, dataUrl, isAttached, isSendable, type Media, placeholder } from './media.js';
import type { ChatForm } from './profiles/replies.js';

type Item = Record<string, unknown>;

const SHOWN_BELOW = '[shown below]';

/** A body for Chat Completions, keys in the order of the form. `media`: bytes that were loaded before. */
export function chatBody(request: BodyRequest, media: Media, form: ChatForm, reader: Reader): Buffer {
  const { model, system, messages, tools, effort, conversationId } = request;
  tellDroppedThinking(request, reader);
  const head = system.trim() ? [{ role: 'system', content: system }] : [];
  return orderedBody(form.profile.body!, {
    model,
    messages: [...head, ...messages.flatMap((message) => messagesOf(message, media, form))],
    stream: true,
    stream_options: { include_usage: true },
    reasoning_effort: effort ?? undefined,
    prompt_cache_key: form.cacheKey ? conversationId : undefined,
    ...(tools.length > 0 && { tools: tools.map((tool) => toolOf(tool, form)), tool_choice: 'auto' }),
  });
}

function toolOf({ name, description, parameters }: BodyRequest['tools'][number], { strict }: ChatForm): Item {
  const described = { name, description, parameters };
  return { type: 'function', function: strict === undefined ? described : { ...described, strict } };
}

function messagesOf(message: ModelMessage, media: Media, form: ChatForm): Item[] {
  if (message.role === 'assistant') return assistantMessage(message);
  if (message.role === 'user') return userMessage(message, media);
  const results = message.parts.filter((part) => part.type === 'tool_result');
  const told = results.map((part) => ({
    role: 'tool',
    content: resultOf(part, media, form),
    tool_call_id: callId(part.call_id),
  }));
  return [...told, ...shownAfter(results, media)];
}

/** A tool's message takes text alone, so what tools show follows as if a person had sent it. */
function shownAfter(results: readonly ToolResultPart[], media: Media): Item[] {
  const content = results.flatMap((result): Item[] => {
    const shown = result.content.filter(isAttached).filter((part) => isSendable(part, media));
    if (shown.length === 0) return [];
    return [{ type: 'text', text: `${result.name} shows:` }, ...shown.map((part) => attached(part, media))];
  });
  return content.length > 0 ? [{ role: 'user', content }] : [];
}

/** Thinking has no place here: not even the model that thought it takes it back. */
function assistantMessage({ parts }: ModelMessage): Item[] {
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
  const calls = parts.flatMap((part) =>
    part.type === 'tool_call'
      ? [{ id: callId(part.id), type: 'function', function: { name: part.name, arguments: argumentsOf(part.args) } }]
      : [],
  );
  if (!text.trim() && calls.length === 0) return [];
  return [{ role: 'assistant', ...(text.trim() && { content: text }), ...(calls.length > 0 && { tool_calls: calls }) }];
}

function userMessage({ parts }: ModelMessage, media: Media): Item[] {
  const content = parts.flatMap((part): Item[] => {
    if (part.type === 'text') return part.text.trim() ? [{ type: 'text', text: part.text }] : [];
    return isAttached(part) ? [attached(part, media)] : [];
  });
  const [first] = content;
  if (!first) return [];
  return [{ role: 'user', content: content.length === 1 && first.type === 'text' ? first.text : content }];
}

function attached(part: Attached, media: Media): Item {
  if (!isSendable(part, media)) return { type: 'text', text: placeholder(part) };
  const url = dataUrl(part, media.get(part.blob)!);
  if (part.type === 'image') return { type: 'image_url', image_url: { url } };
  return { type: 'file', file: { filename: part.name, file_data: url } };
}

function resultOf(result: ToolResultPart, media: Media, { results }: ChatForm): string {
  const content = result.content.map((part) =>
    isAttached(part) && isSendable(part, media) ? text(SHOWN_BELOW) : part,
  );
  const part = { ...result, content };
  if (results === 'plain') return resultText(part);
  const words = outputOf(part);
  const [status, error, output] = part.is_error ? ['error', words, ''] : ['success', '', words];
  return `status:\n${status}\n\ntoolName:\n${part.name}\n\nerror:\n${error}\n\noutput:\n${output}`;
}
