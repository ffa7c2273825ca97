import { expect } from 'chai';
import { savedByCache } from '../../src/usage/cache-savings.js';

describe('what reading from caches saved', () => {
  const prices: Record<string, { input: string; cached_input: string | null }> = {
    'a/m': { input: '3', cached_input: '0.3' },
    'a/flat': { input: '1', cached_input: null },
  };
  const saved = (...models: [provider: string | null, model: string, cached_tokens: number][]) =>
    savedByCache(
      models.map(([provider, model, cached_tokens]) => ({ provider, model, cached_tokens })),
      (provider, model) => prices[`${provider}/${model}`] ?? null,
    );

  it('is the difference of the two prices for each token read from one, to the last digit', () => {
    expect(saved(['a', 'm', 1_000_000], ['a', 'm', 1], ['a', 'flat', 9])).to.equal('2.700003');
  });

  it('is unknown, not nothing, where no price is known', () => {
    expect(saved(['b', 'x', 100], [null, 'm', 100])).to.equal(null);
    expect(saved()).to.equal(null);
  });
});
