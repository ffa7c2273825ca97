import type { Message } from '@maestro/core/protocol';

/** What the messages of one turn used together. */
export interface UsageSum {
  request_tokens: number;
  response_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  /** Of the replies whose price is known; null while there is none. */
  total_cost_usd: string | null;
  /** Replies that used tokens of an unknown price. */
  unpriced: number;
  estimated: boolean;
  latency_ms: number | null;
}

export function usageOf(messages: readonly Message[]): UsageSum {
  const sum = (of: (message: Message) => number | null) =>
    messages.reduce((all, message) => all + (of(message) ?? 0), 0);
  const tokens = (message: Message) => (message.request_tokens ?? 0) + (message.response_tokens ?? 0);
  const priced = messages.filter(({ total_cost_usd }) => total_cost_usd !== null);
  const timed = messages.some(({ latency_ms }) => latency_ms !== null);
  return {
    request_tokens: sum((message) => message.request_tokens),
    response_tokens: sum((message) => message.response_tokens),
    cached_tokens: sum((message) => message.cached_tokens),
    reasoning_tokens: sum((message) => message.reasoning_tokens),
    // Shown with a few digits alone, so the sum of numbers is exact enough.
    total_cost_usd: priced.length === 0 ? null : String(sum(({ total_cost_usd }) => Number(total_cost_usd ?? 0))),
    unpriced: messages.filter((message) => message.total_cost_usd === null && tokens(message) > 0).length,
    estimated: messages.some(({ estimated }) => estimated),
    latency_ms: timed ? sum((message) => message.latency_ms) : null,
  };
}
