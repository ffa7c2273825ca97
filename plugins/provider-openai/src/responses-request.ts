import { type ModelMessage, orderedBody, type Part, type ToolResultPart } from '@maestro/core';
import {
  argumentsOf,
  type BodyRequest,
  callId,
  isForeign,
  outputOf,
  type Reader,
  resultText,
  tellDroppedThinking,
} from './history.js';
import { type Attached, dataUrl, isAttached, isSendable, type Media, placeholder } from './media.js';
import { factsOf } from './models.js';
import type { ResponsesForm } from './profiles/replies.js';
import { frameBody } from './profiles/shapes.js';
import { reasoningItem } from './reasoning.js';

type Item = Record<string, unknown>;

/** What a server was found not to take. */
export interface Without {
  /** Summaries of thinking, which an organization must be verified for. */
  summary?: boolean;
  /** Thinking of earlier replies, which another account wrote. */
  reasoning?: boolean;
}

/** A body for the Responses API, keys in the order of the form. `media`: bytes that were loaded before. */
export function responsesBody(
  request: BodyRequest,
  media: Media,
  form: ResponsesForm,
  reader: Reader,
  without: Without = {},
): Buffer {
  return orderedBody(form.profile.body!, responsesFields(request, media, form, reader, without));
}

/** The same as a frame of a WebSocket, which says only what is new to the response it follows. */
export function responsesFrame(request: BodyRequest, form: ResponsesForm, reader: Reader, previous: string): Buffer {
  const from = request.messages.findLastIndex(({ role }) => role === 'assistant') + 1;
  const fields = responsesFields({ ...request, messages: request.messages.slice(from) }, new Map(), form, reader, {});
  return orderedBody(frameBody, {
    ...fields,
    previous_response_id: from > 0 ? previous : undefined,
    type: 'response.create',
  });
}

function responsesFields(
  request: BodyRequest,
  media: Media,
  form: ResponsesForm,
  reader: Reader,
  without: Without,
): Record<string, unknown> {
  const { model, system, messages, tools, effort, conversationId } = request;
  tellDroppedThinking(request, reader);
  const { thinks, outputTokens } = factsOf(model);
  const asks = thinks && (form.reasoning === 'always' || effort !== null);
  return {
    model,
    input: messages.flatMap((message) => itemsOf(message, media, form, reader, without)),
    stream: true,
    instructions: system.trim() || form.insists ? system : undefined,
    ...((tools.length > 0 || request.webSearch) && {
      tools: [
        ...tools.map(({ name, description, parameters }) => ({
          type: 'function',
          name,
          description,
          parameters,
          strict: form.strict,
        })),
        // Runs at the provider. Source: platform.openai.com/docs/guides/tools-web-search, read 2026-11-27.
        ...(request.webSearch ? [{ type: 'web_search' }] : []),
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
    }),
    max_output_tokens: form.limit ? (request.maxTokens ?? (asks ? outputTokens : undefined)) : undefined,
    ...(asks && {
      reasoning: reasoningOf(effort, form.summary && !without.summary),
      include: ['reasoning.encrypted_content'],
    }),
    store: form.store,
    prompt_cache_key: conversationId,
    prompt_cache_retention: form.retention,
  };
}

function reasoningOf(effort: BodyRequest['effort'], hasSummary: boolean) {
  if (effort === null && !hasSummary) return undefined;
  return { ...(effort !== null && { effort }), ...(hasSummary && { summary: 'auto' }) };
}

/** What of a request counts: no more than a server asks for to count it. */
export function countFields(request: BodyRequest, media: Media, form: ResponsesForm, reader: Reader) {
  const { model, input, instructions, tools, tool_choice, parallel_tool_calls } = responsesFields(
    request,
    media,
    form,
    reader,
    {},
  );
  return { model, input, instructions, tools, tool_choice, parallel_tool_calls };
}

function itemsOf(message: ModelMessage, media: Media, form: ResponsesForm, reader: Reader, without: Without): Item[] {
  if (message.role === 'user') return userItem(message, media);
  const isKept = !isForeign(message, reader) && !without.reasoning;
  return message.parts.flatMap((part): Item[] => {
    const item = itemOf(part, media, form, isKept);
    return item ? [item] : [];
  });
}

function itemOf(part: Part, media: Media, form: ResponsesForm, keepsThinking: boolean): Item | undefined {
  switch (part.type) {
    case 'text':
      return part.text.trim() ? { role: 'assistant', content: part.text } : undefined;
    case 'thinking':
      if (!keepsThinking || part.signature === undefined) return undefined;
      return reasoningItem(part.text, part.signature);
    case 'tool_call':
      return { type: 'function_call', call_id: callId(part.id), name: part.name, arguments: argumentsOf(part.args) };
    case 'tool_result':
      return { type: 'function_call_output', call_id: callId(part.call_id), output: resultOf(part, media, form) };
    default:
      return undefined;
  }
}

function userItem({ parts }: ModelMessage, media: Media): Item[] {
  const content = parts.flatMap((part): Item[] => {
    if (part.type === 'text') return part.text.trim() ? [inputText(part.text)] : [];
    return isAttached(part) ? [attached(part, media)] : [];
  });
  const [first] = content;
  if (!first) return [];
  return [{ role: 'user', content: content.length === 1 && first.type === 'input_text' ? first.text : content }];
}

const inputText = (text: string): Item => ({ type: 'input_text', text });

function attached(part: Attached, media: Media): Item {
  if (!isSendable(part, media)) return inputText(placeholder(part));
  const url = dataUrl(part, media.get(part.blob)!);
  if (part.type === 'image') return { type: 'input_image', image_url: url, detail: 'auto' };
  return { type: 'input_file', filename: part.name, file_data: url };
}

/** Text, or text with the images and files a tool gave. */
function resultOf(part: ToolResultPart, media: Media, { results }: ResponsesForm): string | Item[] {
  const shown = part.content.filter(isAttached).filter((each) => isSendable(each, media));
  if (shown.length === 0) return results === 'plain' ? resultText(part) : jsonResult(part);
  const words = { ...part, content: part.content.filter((each) => !shown.includes(each as Attached)) };
  const text = results === 'plain' ? resultText(words) : jsonResult(words);
  return [inputText(text), ...shown.map((each) => attached(each, media))];
}

const jsonResult = (part: ToolResultPart): string =>
  JSON.stringify({ [part.is_error ? 'error' : 'output']: outputOf(part) });
