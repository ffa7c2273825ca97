import type { TokenUsage } from '@maestro/core';

/**
 * Tokens of an answer, whole or one event of a stream, plain or as Code Assist wraps it. Undefined where it tells
 * none. The API counts thinking beside the reply and what its own tools read beside the prompt; here both are in.
 */
export function parseGeminiUsage(body: unknown): TokenUsage | undefined {
  const answer = field(body, 'response') ?? body;
  const told = field(answer, 'usageMetadata');
  if (typeof told !== 'object' || told === null) return undefined;
  const count = (name: string): number | undefined => {
    const value = field(told, name);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const cachedTokens = count('cachedContentTokenCount');
  const reasoningTokens = count('thoughtsTokenCount');
  return {
    requestTokens: (count('promptTokenCount') ?? 0) + (count('toolUsePromptTokenCount') ?? 0),
    responseTokens: (count('candidatesTokenCount') ?? 0) + (reasoningTokens ?? 0),
    ...(cachedTokens !== undefined && { cachedTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
