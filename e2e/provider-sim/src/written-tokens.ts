import type { Reply } from './reply.js';

/** What a reply comes to where its script does not say: a token for four bytes of its steps. */
export function writtenTokens({ steps, usage }: Reply): number {
  return usage?.output_tokens ?? Math.max(1, Math.ceil(JSON.stringify(steps).length / 4));
}

/** The part of them that is thinking. */
export function thoughtTokens({ steps, usage }: Reply, written: number): number {
  if (usage?.reasoning_tokens !== undefined) return usage.reasoning_tokens;
  const thinking = steps.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking');
  if (thinking.length === 0) return 0;
  return Math.max(0, Math.min(written - 1, Math.ceil(JSON.stringify(thinking).length / 4)));
}
