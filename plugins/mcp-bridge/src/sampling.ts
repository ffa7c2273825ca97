import type { ModelMessage, SideReply, SideRequest } from '@maestro/core';
import type { CreateMessageRequestParams, CreateMessageResult } from '@modelcontextprotocol/sdk/types.js';

/** Characters of a conversation a server may hand to a model. */
const mostCharacters = 200_000;
const mostTokens = 32_000;

/** The question of a server as one model call beside the conversation. */
export function sideRequest({ messages, systemPrompt, maxTokens }: CreateMessageRequestParams): SideRequest {
  let left = mostCharacters;
  const taken = messages.map(({ role, content }): ModelMessage => {
    const blocks = Array.isArray(content) ? content : [content];
    const texts = blocks.map((block) => (block.type === 'text' ? block.text : `[${block.type} left out]`)).join('\n');
    const text = texts.toWellFormed().slice(0, left);
    left -= text.length;
    return { role, parts: [{ v: 1, type: 'text', text }], provider: null, model: null };
  });
  return {
    activity: 'mcp_sampling',
    ...(systemPrompt !== undefined && { system: systemPrompt.slice(0, mostCharacters) }),
    messages: taken,
    maxTokens: Math.max(1, Math.min(mostTokens, maxTokens)),
  };
}

const reasons = { stop: 'endTurn', length: 'maxTokens', tools: 'toolUse', refused: 'endTurn' } as const;

export function sampled({ parts, model, reason }: SideReply): CreateMessageResult {
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
  return { role: 'assistant', content: { type: 'text', text }, model, stopReason: reasons[reason] };
}
