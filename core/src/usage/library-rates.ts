import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TokenUsage } from '../extension/provider.js';
import type { Rates } from './rates.js';

const name = '@pydantic/genai-prices';
const require = createRequire(import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  dependencies: Record<string, string>;
};
const source = `genai-prices ${dependencies[name]}`;

/** Half a megabyte of prices: read by the first call that costs something, and not by every start. */
const library = () => require(name) as typeof import('@pydantic/genai-prices');

/**
 * Rates of the price library for a call of this size: some models cost more from a length on. Undefined where the
 * library knows no such model of this provider. Only its rates are used: its sums are floating point.
 */
export function libraryRates(provider: string, model: string, usage: TokenUsage, at: Date): Rates | undefined {
  const input_tokens = usage.requestTokens;
  const found = library().calcPrice({ input_tokens, output_tokens: 0 }, model, { providerId: provider, timestamp: at });
  if (!found) return undefined;
  const rate = (key: string): string | undefined => {
    const price = found.model_price[key];
    if (price === undefined || typeof price === 'number') return price === undefined ? undefined : String(price);
    const tier = price.tiers.findLast(({ start }) => input_tokens > start);
    return String(tier?.price ?? price.base);
  };
  const input = rate('input_mtok');
  const output = rate('output_mtok');
  if (input === undefined || output === undefined) return undefined;
  const cacheWrite = rate('cache_write_mtok') ?? input;
  return {
    input,
    output,
    cachedInput: rate('cache_read_mtok') ?? input,
    cacheWrite,
    cacheWriteHour: rate('cache_write_1h_mtok') ?? cacheWrite,
    source,
  };
}

/** The window of a model as the library has it, in tokens. */
export function libraryWindow(provider: string, model: string): number | undefined {
  return library().calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerId: provider })?.model
    .context_window;
}
