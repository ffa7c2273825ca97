import type { Metered } from '../bill.js';
import type { Reply } from '../reply.js';
import { thoughtTokens, writtenTokens } from '../written-tokens.js';
import type { Context } from './chunks.js';

export interface UsageMetadata {
  promptTokenCount: number;
  candidatesTokenCount?: number;
  totalTokenCount: number;
  cachedContentTokenCount?: number;
  thoughtsTokenCount?: number;
  toolUsePromptTokenCount?: number;
  promptTokensDetails: { modality: string; tokenCount: number }[];
}

/**
 * Tokens in the API's terms: the prompt includes what came from the cache, the candidates exclude thoughts. Pieces
 * before the last count only what was read.
 */
export function usageOf(reply: Reply, context: Pick<Context, 'promptTokens'>, isLast: boolean): UsageMetadata {
  const given = reply.usage ?? {};
  const cached = given.cache_read_input_tokens ?? 0;
  const prompt = (given.input_tokens ?? context.promptTokens) + cached + (given.cache_creation_input_tokens ?? 0);
  const written = writtenTokens(reply);
  const thoughts = thoughtTokens(reply, written);
  const toolPrompt = isLast ? (given.tool_input_tokens ?? 0) : 0;
  const candidates = isLast ? written - thoughts : 0;
  return {
    promptTokenCount: prompt,
    ...(isLast && { candidatesTokenCount: candidates }),
    totalTokenCount: prompt + toolPrompt + candidates + (isLast ? thoughts : 0),
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(toolPrompt > 0 && { toolUsePromptTokenCount: toolPrompt }),
    ...(isLast && thoughts > 0 && { thoughtsTokenCount: thoughts }),
  };
}

export function meteredOf(reply: Reply, context: Context): Metered {
  const used = usageOf(reply, context, true);
  const cached = used.cachedContentTokenCount ?? 0;
  return {
    model: context.model.id,
    plain: used.promptTokenCount - cached + (used.toolUsePromptTokenCount ?? 0),
    cached,
    written: 0,
    output: (used.candidatesTokenCount ?? 0) + (used.thoughtsTokenCount ?? 0),
  };
}
