import type { ModelRequest, TokenUsage } from '../extension/provider.js';
import type { Usage } from '../protocol/resources.js';
import type { CallUsage } from '../store/step.js';
import type { Reply } from './reply.js';
import type { TurnContext } from './turn.js';

type Sent = Pick<ModelRequest, 'system' | 'messages' | 'tools'>;

/** A call beside the conversation: what it sent, and to whom. */
interface Beside {
  sent: Sent;
  config: { provider: string; model: string };
}

/**
 * What an attempt used and cost, as far as it is known: what the provider said, else a count of our own that is
 * marked. Null where nothing was said and nothing came. A reply that was cut off was told its count before the end,
 * so the text that came counts where that is more.
 */
export function usageOf(turn: TurnContext, reply: Reply, beside?: Beside): CallUsage | null {
  const { provider, model } = beside?.config ?? turn.config;
  const counted = countOf(turn, reply, beside?.sent);
  if (!counted) return null;
  const { tokens, estimated } = counted;
  const { usd, source } = turn.input.prices.cost(provider, model, tokens, new Date());
  return {
    request_tokens: tokens.requestTokens,
    response_tokens: tokens.responseTokens,
    cached_tokens: tokens.cachedTokens ?? null,
    cache_write_tokens: tokens.cacheWriteTokens ?? null,
    reasoning_tokens: tokens.reasoningTokens ?? null,
    total_cost_usd: usd,
    estimated,
    price_source: source,
  };
}

/** Without where the price comes from, which stands with the call alone. */
export function withoutSource({ price_source: _, ...usage }: CallUsage): Usage {
  return usage;
}

function countOf(turn: TurnContext, reply: Reply, sent?: Sent): { tokens: TokenUsage; estimated: boolean } | null {
  const { usage: said, written, reason } = reply;
  const { estimate, system } = turn.input;
  const isComplete = reason !== undefined;
  if (said && (isComplete || written === '' || !estimate)) return { tokens: said, estimated: false };
  if (!estimate || (!isComplete && written === '')) return null;
  const responseTokens = estimate.response(written);
  if (!said) {
    const requestTokens = estimate.request(sent ?? { system, messages: turn.history, tools: turn.tools });
    return { tokens: { requestTokens, responseTokens }, estimated: true };
  }
  if (responseTokens <= said.responseTokens) return { tokens: said, estimated: false };
  return { tokens: { ...said, responseTokens }, estimated: true };
}
