import type { Metered } from '../bill.js';
import type { Reply } from '../reply.js';
import { thoughtTokens, writtenTokens } from '../written-tokens.js';

/** Tokens in the API's terms: what was read includes what came from the cache and went into it. */
export interface Used {
  input: number;
  cached: number;
  written: number;
  output: number;
  reasoning: number;
}

export function usedBy(reply: Reply, { inputTokens, reasons }: { inputTokens: number; reasons: boolean }): Used {
  const {
    input_tokens,
    cache_read_input_tokens: cached = 0,
    cache_creation_input_tokens: written = 0,
  } = reply.usage ?? {};
  const output = writtenTokens(reply);
  return {
    input: (input_tokens ?? inputTokens) + cached + written,
    cached,
    written,
    output,
    reasoning: reasons || reply.usage?.reasoning_tokens !== undefined ? thoughtTokens(reply, output) : 0,
  };
}

export const meteredOf = (model: string, { input, cached, written, output }: Used): Metered => ({
  model,
  plain: input - cached - written,
  cached,
  written,
  output,
});

export const responsesUsage = ({ input, cached, written, output, reasoning }: Used) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

export const chatUsage = ({ input, cached, written, output, reasoning }: Used) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: reasoning,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});
