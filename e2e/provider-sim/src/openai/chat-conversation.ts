import type { ConversationRequest } from '../reply.js';
import type { ChatRequest } from './chat-body.js';
import { missing, notOneOf, refuse } from './errors.js';
import {
  checkFields,
  checkNotEmpty,
  checkString,
  countTokens,
  isObject,
  type Json,
  type Kind,
  wrongType,
} from './fields.js';
import { checkFile, checkImageUrl } from './media.js';
import { checkToolName, objects } from './tools.js';

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

const FIELDS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  system: { name: 'a string' },
  developer: { name: 'a string' },
  user: { name: 'a string' },
  assistant: {
    name: 'a string',
    tool_calls: 'an array of objects',
    refusal: 'a string',
    audio: 'an object',
    function_call: 'an object',
    annotations: 'any',
    reasoning_content: 'a string',
  },
  tool: { tool_call_id: 'a string' },
  function: { name: 'a string' },
};

const PARTS: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
};

/** What the API holds a history to: roles, contents, and calls that are answered once each, directly after. */
export function checkChatConversation({ messages, model, tools }: ChatRequest): number {
  checkNotEmpty(messages, 'messages');
  objects(messages, 'messages').forEach(checkMessage);
  checkCalls(messages);
  const tokens = countTokens(messages, tools);
  if (tokens > model.contextTokens)
    refuse(
      `This model's maximum context length is ${model.contextTokens} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
      { param: 'messages', code: 'context_length_exceeded' },
    );
  return tokens;
}

function checkMessage(message: Json, index: number): void {
  const where = `messages[${index}]`;
  const { role, content } = message;
  if (role === undefined) missing(`${where}.role`);
  if (typeof role !== 'string' || !ROLES.includes(role)) notOneOf(role, ROLES, `${where}.role`);
  checkFields(message, { ...FIELDS[role], role: 'a string', content: 'any' }, `${where}.`);
  const calls = message.tool_calls;
  if (Array.isArray(calls)) {
    checkNotEmpty(calls, `${where}.tool_calls`);
    for (const [at, call] of objects(calls, `${where}.tool_calls`).entries())
      checkCall(call, `${where}.tool_calls[${at}]`);
  }
  const isSilent = role === 'assistant' && (Array.isArray(calls) || typeof message.refusal === 'string');
  if (content === undefined || content === null) {
    if (isSilent) return;
    refuse("Invalid value for 'content': expected a string, got null.", { param: `messages.[${index}].content` });
  }
  checkContent(content, role, `${where}.content`);
}

function checkCall(call: Json, where: string): void {
  checkFields(call, { id: 'a string', type: 'a string', function: 'an object', custom: 'an object' }, `${where}.`);
  checkString(call.id, `${where}.id`, 64);
  if (call.type === undefined) missing(`${where}.type`);
  if (call.type !== 'function') notOneOf(call.type, ['function', 'custom'], `${where}.type`);
  if (!isObject(call.function)) missing(`${where}.function`);
  checkFields(call.function, { name: 'a string', arguments: 'a string' }, `${where}.function.`);
  checkToolName(call.function.name, `${where}.function.name`);
  checkString(call.function.arguments, `${where}.function.arguments`);
}

function checkContent(content: unknown, role: string, where: string): void {
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) wrongType(content, 'one of a string or array of objects', where);
  checkNotEmpty(content, where);
  for (const [index, part] of objects(content, where).entries())
    checkPart(part, PARTS[role] ?? ['text'], `${where}[${index}]`);
}

function checkPart(part: Json, allowed: readonly string[], where: string): void {
  const { type } = part;
  if (type === undefined) missing(`${where}.type`);
  if (typeof type !== 'string' || !allowed.includes(type)) notOneOf(type, allowed, `${where}.type`);
  checkFields(part, { type: 'a string', [type]: 'any', prompt_cache_breakpoint: 'an object' }, `${where}.`);
  if (type === 'text' || type === 'refusal') checkString(part[type], `${where}.${type}`);
  else checkAttached(part, type, where);
}

function checkAttached(part: Json, type: string, where: string): void {
  const inner = part[type];
  if (!isObject(inner)) missing(`${where}.${type}`);
  if (type === 'image_url') {
    checkFields(inner, { url: 'a string', detail: 'a string' }, `${where}.image_url.`);
    checkImageUrl(inner.url, `${where}.image_url.url`);
  }
  if (type === 'file') {
    checkFields(inner, { filename: 'a string', file_data: 'a string', file_id: 'a string' }, `${where}.file.`);
    checkFile(inner, `${where}.file`);
  }
}

const callsOf = ({ tool_calls }: Json): Json[] => (Array.isArray(tool_calls) ? (tool_calls as Json[]) : []);

function checkCalls(messages: readonly Json[]): void {
  /** Calls of the reply before that wait for their result, and all of its calls. */
  let open: string[] = [];
  let made: string[] = [];
  messages.forEach((message, index) => {
    const param = `messages.[${index}].role`;
    if (message.role === 'tool') {
      const id = message.tool_call_id;
      if (made.length === 0)
        refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          { param },
        );
      if (typeof id !== 'string') missing(`messages[${index}].tool_call_id`);
      checkAnswer(id, { open, made }, `messages.[${index}].tool_call_id`);
      open = open.filter((each) => each !== id);
      return;
    }
    checkNoneOpen(open, param);
    made = callsOf(message).map(({ id }) => id as string);
    open = made;
  });
  checkNoneOpen(open, `messages.[${messages.length}].role`);
}

function checkAnswer(id: string, { open, made }: { open: string[]; made: string[] }, param: string): void {
  if (!made.includes(id))
    refuse(`Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`, { param });
  if (!open.includes(id)) refuse(`Duplicate value for 'tool_call_id' of '${id}'.`, { param });
}

function checkNoneOpen(open: readonly string[], param: string): void {
  if (open.length > 0)
    refuse(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
      { param },
    );
}

/** The request as scripts see it. */
export function chatConversation({ model, messages, tools }: ChatRequest, bytes: Buffer): ConversationRequest {
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  const reply = messages.findLastIndex(({ role }) => role === 'assistant');
  const latest = messages.slice(reply + 1);
  const results = latest.some(({ role }) => role === 'user') ? [] : latest.filter(({ role }) => role === 'tool');
  return {
    model: model.id,
    lastUserText: said.findLast((text) => text.trim() !== '') ?? '',
    toolResults: results.map(({ tool_call_id, content }) => {
      const text = textOf(content);
      return { id: tool_call_id as string, text, isError: isError(text) };
    }),
    tools: tools.map(({ name, parameters }) => ({
      name,
      parameters: Object.keys(isObject(parameters.properties) ? parameters.properties : {}),
    })),
    searchesWeb: false,
    length: messages.length,
    body: bytes,
  };
}

export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as Json[]).flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n');
}

/** The API has no mark for a tool that failed; clients say it in words. */
export const isError = (text: string): boolean => /^(Error:|\{"error":|status:\nerror\n)/.test(text);
