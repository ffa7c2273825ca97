import type { ModelMessage, ModelRequest } from '@maestro/core';
import { type Block, blocksOf, isForeign, type Reader } from './blocks.js';
import { factsOf, type ModelFacts } from './models.js';

export type BodyRequest = Pick<ModelRequest, 'model' | 'system' | 'messages' | 'tools' | 'notice'>;

interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

const THINKING_BUDGET = 10_000;
const CACHED = { cache_control: { type: 'ephemeral' } };

/**
 * The body of a request, its keys always in this order: model, messages, max_tokens, stream, system, tools, thinking.
 * Two cache marks: one after tools and system, one at the end of the conversation, so that each call finds what the
 * one before it wrote.
 */
export function requestBody(request: BodyRequest, provider: string): Buffer {
  const reader = { provider, model: request.model };
  const facts = factsOf(request.model);
  const messages = conversation(request.messages, reader);
  tellDropped(request, reader);
  const thinking = thinkingOf(facts, messages);
  const body = {
    model: request.model,
    messages: marked(messages),
    max_tokens: facts.maxTokens,
    stream: true,
    ...(request.system.trim() && { system: [{ type: 'text', text: request.system, ...CACHED }] }),
    ...(request.tools.length > 0 && { tools: request.tools.map(toolOf) }),
    ...(thinking && { thinking }),
  };
  return Buffer.from(JSON.stringify(body));
}

/** The API has two roles, and results stand at the head of the user's message; neighbours of one role become one. */
function conversation(messages: readonly ModelMessage[], reader: Reader): WireMessage[] {
  const turns: WireMessage[] = [];
  for (const message of messages) {
    const content = blocksOf(message, reader);
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = turns.at(-1);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

function marked(messages: readonly WireMessage[]): WireMessage[] {
  return messages.map((message, index) => {
    if (index < messages.length - 1) return message;
    const content = message.content.map((block, at) =>
      at < message.content.length - 1 ? block : { ...block, ...CACHED },
    );
    return { ...message, content };
  });
}

const toolOf = ({ name, description, parameters }: ModelRequest['tools'][number]) => ({
  name,
  description,
  input_schema: parameters,
});

/**
 * With a budget, a reply whose calls are being answered must begin with its thinking. Where that was lost (another
 * model thought it), this one call goes without.
 */
function thinkingOf({ thinking }: ModelFacts, messages: readonly WireMessage[]) {
  if (thinking === 'none') return undefined;
  if (thinking === 'adaptive') return { type: 'adaptive', display: 'summarized' };
  const isAnswering = messages.at(-1)?.content.some(({ type }) => type === 'tool_result');
  const first = messages.at(-2)?.content[0]?.type;
  if (isAnswering && first !== 'thinking' && first !== 'redacted_thinking') return undefined;
  return { type: 'enabled', budget_tokens: THINKING_BUDGET };
}

/** Told when it begins, at the first request after a change of model, not with every request that follows. */
function tellDropped({ messages, notice }: BodyRequest, reader: Reader): void {
  const last = messages.findLast(({ role }) => role === 'assistant');
  if (last && isForeign(last, reader) && last.parts.some(({ type }) => type === 'thinking'))
    notice('thinking.dropped', `Thinking of ${last.model ?? 'another model'} is not shown to ${reader.model}.`);
  const pictures = messages.at(-1)?.parts.some(({ type }) => type === 'image' || type === 'file');
  if (pictures)
    notice('attachment.dropped', 'Attached images and files are not sent to Anthropic yet; their names are.');
}
