import type { PriceSetting } from '../config/price-schema.js';
import type { TokenUsage } from '../extension/provider.js';
import type { ModelPrice } from '../protocol/resources.js';
import { libraryRates } from './library-rates.js';
import { PriceTable, shippedTable } from './price-table.js';
import { costOf, type Rates } from './rates.js';

const nothing: TokenUsage = { requestTokens: 0, responseTokens: 0 };

/**
 * What calls cost. The configuration counts above `config/token-costs.yaml`, which counts above the price library;
 * a model that none of them knows has no price, which is something else than costing nothing.
 */
export class Prices {
  readonly #tables: readonly PriceTable[];

  /** @param settings prices of the configuration, by model or provider/model */
  constructor(settings: Readonly<Record<string, PriceSetting>>, file: string = shippedTable) {
    this.#tables = [new PriceTable(settings, 'maestro.yaml'), PriceTable.read(file)];
  }

  /** @returns `usd` as a decimal string with twelve places; null where the price is not known */
  cost(provider: string, model: string, usage: TokenUsage, at: Date): { usd: string | null; source: string | null } {
    const rates = this.#rates(provider, model, usage, at);
    return rates ? { usd: costOf(usage, rates), source: rates.source } : { usd: null, source: null };
  }

  /** The price of a short call now, as a list shows it. */
  of(provider: string, model: string): ModelPrice | null {
    const rates = this.#rates(provider, model, nothing, new Date());
    if (!rates) return null;
    const { input, output, cachedInput, cacheWrite, source } = rates;
    return { input, output, cached_input: cachedInput, cache_write: cacheWrite, source };
  }

  #rates(provider: string, model: string, usage: TokenUsage, at: Date): Rates | undefined {
    for (const table of this.#tables) {
      const found = table.ratesOf(provider, model);
      if (found) return found;
    }
    return libraryRates(provider, model, usage, at);
  }
}
