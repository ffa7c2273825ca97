import Big from 'big.js';
import type { TokenUsage } from '../extension/provider.js';

/** What tokens of a model cost, in USD for a million of them, as decimal strings. */
export interface Rates {
  input: string;
  output: string;
  cachedInput: string;
  cacheWrite: string;
  cacheWriteHour: string;
  /** Where they come from, as a person reads it. */
  source: string;
}

const MILLION = 1_000_000;

/**
 * What a call cost, exact to 1e-12 USD: every kind of token at its rate, none of them twice. A provider that counts
 * more cached tokens than it read is taken at its word for the total.
 */
export function costOf(usage: TokenUsage, rates: Rates): string {
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.requestTokens);
  const writtenForAnHour = Math.min(usage.cacheWriteHourTokens ?? 0, written);
  const cached = Math.min(usage.cachedTokens ?? 0, usage.requestTokens - written);
  const plain = usage.requestTokens - written - cached;
  const total = [
    [plain, rates.input],
    [cached, rates.cachedInput],
    [written - writtenForAnHour, rates.cacheWrite],
    [writtenForAnHour, rates.cacheWriteHour],
    [usage.responseTokens, rates.output],
  ].reduce((sum, [tokens, rate]) => sum.plus(new Big(tokens!).times(rate!)), new Big(0));
  return total.div(MILLION).toFixed(12);
}
