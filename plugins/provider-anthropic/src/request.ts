import type { ModelMessage, ModelRequest } from '@maestro/core';
import { type Block, blocksOf, isForeign, type Reader } from './blocks.js';
import type { Media } from './media.js';
import { factsOf, type ModelFacts } from './models.js';
import type { Dialect } from './profiles/profile-set.js';
import { thinkingOf } from './thinking.js';
import { toolsOf, WEB_SEARCH } from './tools.js';

export const PROVIDER = 'anthropic';

export type Prompt = Pick<ModelRequest, 'model' | 'system' | 'messages' | 'tools' | 'effort'> &
  Partial<Pick<ModelRequest, 'maxTokens' | 'webSearch'>>;
export type Fields = Readonly<Record<string, unknown>>;

export interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

export interface Writing {
  dialect: Dialect;
  media: Media;
  /** The line about who calls, where instructions go into the conversation. */
  identity: string;
  /** Before the names of tools, in the same case. */
  toolPrefix: string;
}

/**
 * The fields of a message. Two cache marks: one after tools and system, one at the end of the conversation, so that
 * each call finds what the one before it wrote. Nothing else differs between two calls of a conversation that grows.
 */
export function messageFields(prompt: Prompt, writing: Writing): Fields {
  const facts = factsOf(prompt.model);
  const { system, tools, messages, thinking } = commonFields(prompt, writing, facts);
  const effort = prompt.effort ?? writing.dialect.effort;
  return {
    model: prompt.model,
    messages,
    max_tokens: maxTokensOf(prompt, facts, writing),
    stream: true,
    system,
    tools,
    thinking,
    output_config: effort && facts.thinking === 'adaptive' ? { effort } : undefined,
  };
}

/** The fields of the question how many tokens a message has. */
export function countFields(prompt: Prompt, writing: Writing): Fields {
  return { model: prompt.model, ...commonFields(prompt, writing, factsOf(prompt.model)) };
}

const maxTokensOf = ({ maxTokens }: Prompt, { outputTokens }: ModelFacts, { dialect }: Writing) =>
  Math.min(outputTokens, dialect.maxTokens, maxTokens ?? Number.POSITIVE_INFINITY);

function commonFields(prompt: Prompt, writing: Writing, facts: ModelFacts) {
  const { dialect, media, identity, toolPrefix } = writing;
  const reader = { provider: PROVIDER, model: prompt.model };
  const mark = { cache_control: { type: 'ephemeral', ...(dialect.cacheTtl && { ttl: dialect.cacheTtl }) } };
  const conversation = conversationOf(prompt.messages, reader, media);
  const marked = markedAtEnd(conversation, mark);
  const hasSystem = prompt.system.trim() !== '';
  const isFirst = dialect.system === 'first';
  const tools = toolsOf(prompt.tools, { dialect, prefix: toolPrefix, mark: hasSystem ? undefined : mark });
  const system = hasSystem ? [{ type: 'text', text: prompt.system, ...mark }] : undefined;
  return {
    messages: [
      ...(isFirst && hasSystem ? [instructions(prompt.system, mark)] : []),
      ...(dialect.writesBareText ? marked.map(bare) : marked),
    ],
    system: isFirst ? identity : system,
    tools: prompt.webSearch ? [...(tools ?? []), WEB_SEARCH] : tools,
    thinking: thinkingOf(facts, conversation, {
      effort: prompt.effort,
      maxTokens: maxTokensOf(prompt, facts, writing),
    }),
  };
}

/** The API has two roles, and results stand at the head of the user's message; neighbours of one role become one. */
function conversationOf(messages: readonly ModelMessage[], reader: Reader, media: Media): WireMessage[] {
  const turns: WireMessage[] = [];
  for (const message of messages) {
    const content = blocksOf(message, reader, media);
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = turns.at(-1);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

const instructions = (words: string, mark: object): WireMessage => ({
  role: 'user',
  content: [{ type: 'text', text: `<system>\n${words}\n</system>`, ...mark }],
});

function markedAtEnd(messages: readonly WireMessage[], mark: object): WireMessage[] {
  return messages.map((message, index) => {
    if (index < messages.length - 1) return message;
    const content = message.content.map((block, at) =>
      at < message.content.length - 1 ? block : { ...block, ...mark },
    );
    return { ...message, content };
  });
}

/** What is one text and carries no mark becomes that text, in results as well. */
function bare({ role, content }: WireMessage): { role: string; content: unknown } {
  const shown = content.map((block) =>
    block.type === 'tool_result' ? { ...block, content: bareText(block.content as Block[]) ?? block.content } : block,
  );
  return { role, content: bareText(content) ?? shown };
}

function bareText(content: readonly Block[]): unknown {
  const [block] = content;
  return content.length === 1 && block!.type === 'text' && !block!.cache_control ? block!.text : undefined;
}

/** Told when it begins, at the first request after a change of model, not with all that follow. */
export function tellDropped({ model, messages, notice }: Pick<ModelRequest, 'model' | 'messages' | 'notice'>): void {
  const last = messages.findLast(({ role }) => role === 'assistant');
  const isNew = last && isForeign(last, { provider: PROVIDER, model });
  if (isNew && last.parts.some(({ type }) => type === 'thinking'))
    notice('thinking.dropped', `Thinking of ${last.model ?? 'another model'} is not shown to ${model}.`);
}
