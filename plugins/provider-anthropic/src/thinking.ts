import type { Effort } from '@maestro/core';
import type { ModelFacts } from './models.js';
import type { WireMessage } from './request.js';

/** Tokens of thinking, for models that take a number of them. */
const BUDGETS: Readonly<Record<Effort, number>> = { low: 4_000, medium: 10_000, high: 24_000 };
const USUAL_BUDGET = 10_000;

/** How to think: newer models decide by themselves, guided by an effort; older ones get a budget. */
export function thinkingOf(
  { thinking }: ModelFacts,
  messages: readonly WireMessage[],
  { effort, maxTokens }: { effort: Effort | null; maxTokens: number },
) {
  if (thinking === 'none') return undefined;
  if (thinking === 'adaptive') return { type: 'adaptive', display: 'summarized' };
  if (isThoughtLost(messages)) return undefined;
  // What is thought counts as reply; half of it is left for words.
  const budget = Math.min(effort ? BUDGETS[effort] : USUAL_BUDGET, maxTokens / 2);
  return { type: 'enabled', budget_tokens: Math.floor(budget) };
}

/**
 * With a budget, a reply whose calls are being answered must begin with its thinking. Where that was lost (another
 * model thought it), this one call goes without.
 */
function isThoughtLost(messages: readonly WireMessage[]): boolean {
  const isAnswering = messages.at(-1)?.content.some(({ type }) => type === 'tool_result') ?? false;
  const first = messages.at(-2)?.content[0]?.type;
  return isAnswering && first !== 'thinking' && first !== 'redacted_thinking';
}
