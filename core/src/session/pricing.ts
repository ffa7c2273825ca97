import type { ModelMessage, TokenUsage, ToolDescription } from '../extension/provider.js';

/** What calls cost. */
export interface Pricing {
  /** @returns `usd` as a decimal string with twelve places; null where the price is not known, which is not 0 */
  cost(provider: string, model: string, usage: TokenUsage, at: Date): { usd: string | null; source: string | null };
}

/** What a request says, as far as its tokens are concerned. */
export interface Asked {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDescription[];
}

/** Counts tokens where a provider reports none. Its counts are marked as estimates. */
export interface Estimator {
  request(asked: Asked): number;
  response(text: string): number;
}
