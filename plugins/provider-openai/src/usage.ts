import type { TokenUsage } from '@maestro/core';

/**
 * The counts in a body of either API: a whole answer, its `response` inside an event, or a chunk of a stream. What is
 * missing or no number counts as not said; undefined where the body counts nothing at all.
 */
export function parseOpenAiUsage(body: unknown): TokenUsage | undefined {
  const usage = record(record(body).usage ?? record(record(body).response).usage);
  const read = number(usage.input_tokens) ?? number(usage.prompt_tokens);
  const written = number(usage.output_tokens) ?? number(usage.completion_tokens);
  if (read === undefined && written === undefined) return undefined;
  const reads = record(usage.input_tokens_details ?? usage.prompt_tokens_details);
  const writes = record(usage.output_tokens_details ?? usage.completion_tokens_details);
  // Servers that speak this API name what came from the cache in their own ways, too.
  const cached =
    number(reads.cached_tokens) ?? number(usage.prompt_cache_hit_tokens) ?? number(usage.cache_read_input_tokens);
  const cacheWrites = number(reads.cache_write_tokens);
  const reasoning = number(writes.reasoning_tokens);
  return {
    requestTokens: read ?? 0,
    responseTokens: written ?? 0,
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(cacheWrites !== undefined && { cacheWriteTokens: cacheWrites }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
