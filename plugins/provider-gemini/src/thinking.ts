import type { ModelRequest } from '@maestro/core';

/** How a model is told to think: by a number of tokens, by a word, by itself, or not at all. */
export type Thinking = 'budget' | 'level' | 'free' | 'none';

/** By the version in its name; aliases such as `gemini-flash-latest` stand for something that thinks by itself. */
export function thinkingOf(model: string): Thinking {
  const [, version] = /^gemini-(\d+(?:\.\d+)?)/.exec(model) ?? [];
  if (version === undefined) return model.startsWith('gemini-') ? 'free' : 'none';
  if (Number(version) >= 3) return 'level';
  return Number(version) >= 2.5 ? 'budget' : 'none';
}

/** From this version on a call must come back with the signature it came with. */
export const needsSignatures = (model: string): boolean => ['level', 'free'].includes(thinkingOf(model));

/** Within what every 2.5 takes (512 to 24,576). 8192 is what gemini-cli asks for. */
const BUDGET = { low: 2048, medium: 8192, high: 24_576 };

/**
 * Source: ai.google.dev/gemini-api/docs/thinking, read 2026-11-27: `thinkingBudget` for 2.5, `thinkingLevel` from 3 on,
 * never both; Gemini 3 Pro knows no MEDIUM.
 */
export function thinkingConfig(model: string, effort: ModelRequest['effort'], asksToThink: boolean) {
  const kind = thinkingOf(model);
  if (kind === 'none' || (effort === null && !asksToThink)) return undefined;
  const includeThoughts = true;
  if (kind === 'budget') return { includeThoughts, thinkingBudget: BUDGET[effort ?? 'medium'] };
  if (kind === 'free' && effort === null) return { includeThoughts };
  const level = effort === 'medium' && /^gemini-3-pro/.test(model) ? 'high' : (effort ?? 'high');
  return { includeThoughts, thinkingLevel: level.toUpperCase() };
}
