import Big from 'big.js';
import type { ModelPrice } from '../protocol/resources.js';
import type { UsageGroup } from '../protocol/usage.js';

const MILLION = 1_000_000;

/**
 * What reading from caches saved, at the prices of now: a guess, since prices change and long calls may cost more.
 * Null where no price of a model that read from a cache is known.
 */
export function savedByCache(
  models: readonly Pick<UsageGroup, 'provider' | 'model' | 'cached_tokens'>[],
  priceOf: (provider: string, model: string) => Pick<ModelPrice, 'input' | 'cached_input'> | null,
): string | null {
  const saved = models.flatMap(({ provider, model, cached_tokens }) => {
    const price = provider && model && cached_tokens > 0 ? priceOf(provider, model) : null;
    if (!price || price.cached_input === null) return [];
    return [new Big(price.input).minus(price.cached_input).times(cached_tokens)];
  });
  if (saved.length === 0) return null;
  return saved
    .reduce((sum, one) => sum.plus(one))
    .div(MILLION)
    .round(6)
    .toFixed();
}
