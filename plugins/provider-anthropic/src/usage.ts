import type { TokenUsage } from '@maestro/core';

/** What the API says of tokens; every field may be missing. */
export interface AnthropicUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  cache_creation?: { ephemeral_5m_input_tokens?: number | null; ephemeral_1h_input_tokens?: number | null } | null;
  output_tokens_details?: { thinking_tokens?: number | null } | null;
}

/**
 * The tokens of an answer's body, or of an event of a stream, whose first has them inside its message. The API counts
 * what it read from the cache and wrote to it apart from `input_tokens`; here all three are the request.
 *
 * @returns undefined where nothing is said of tokens
 */
export function parseAnthropicUsage(body: unknown): TokenUsage | undefined {
  const answer = body as { usage?: unknown; message?: { usage?: unknown } | null } | null | undefined;
  const usage = answer?.usage ?? answer?.message?.usage;
  return typeof usage === 'object' && usage !== null ? tokenUsage(usage) : undefined;
}

export function tokenUsage(usage: AnthropicUsage): TokenUsage {
  const cachedTokens = count(usage.cache_read_input_tokens);
  const cacheWriteHourTokens = count(usage.cache_creation?.ephemeral_1h_input_tokens);
  const parts = count(usage.cache_creation?.ephemeral_5m_input_tokens) + cacheWriteHourTokens;
  const cacheWriteTokens = count(usage.cache_creation_input_tokens) || parts;
  const reasoningTokens = count(usage.output_tokens_details?.thinking_tokens);
  return {
    requestTokens: count(usage.input_tokens) + cachedTokens + cacheWriteTokens,
    responseTokens: count(usage.output_tokens),
    cachedTokens,
    cacheWriteTokens,
    ...(cacheWriteHourTokens > 0 && { cacheWriteHourTokens }),
    ...(reasoningTokens > 0 && { reasoningTokens }),
  };
}

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
