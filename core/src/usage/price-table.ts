import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { type PriceSetting, priceSchema } from '../config/price-schema.js';
import { MaestroError } from '../errors.js';
import type { Rates } from './rates.js';

const tableSchema = Type.Record(Type.String({ pattern: '^.{1,200}$' }), priceSchema, { additionalProperties: false });

/** The file of prices that ships beside the default configuration. */
export const shippedTable = fileURLToPath(new URL('../../../../config/token-costs.yaml', import.meta.url));

/** Prices that people wrote down, by model or provider/model. */
export class PriceTable {
  constructor(
    private readonly prices: Readonly<Record<string, PriceSetting>>,
    private readonly source: string,
  ) {}

  /** @throws MaestroError `config.invalid` that names the file and what is wrong in it */
  static read(file: string): PriceTable {
    let table: unknown;
    try {
      table = parse(readFileSync(file, 'utf8')) ?? {};
    } catch (cause) {
      throw new MaestroError('config.invalid', `${file} cannot be read as YAML; correct it, or restore the file`, {
        cause,
      });
    }
    const [fault] = Value.Errors(tableSchema, table);
    if (fault) {
      const where = fault.instancePath.slice(1).replaceAll('/', '.') || 'the file';
      throw new MaestroError(
        'config.invalid',
        `${file}: ${where} ${fault.message}; a price is { input: USD, output: USD }`,
      );
    }
    return new PriceTable(table as Static<typeof tableSchema>, 'token-costs.yaml');
  }

  /** What stands for this model, the entry that names the provider first. */
  ratesOf(provider: string, model: string): Rates | undefined {
    const key = [`${provider}/${model}`, model].find((each) => Object.hasOwn(this.prices, each));
    return key === undefined ? undefined : ratesOf(this.prices[key]!, this.source);
  }
}

function ratesOf({ input, output, cachedInput, cacheWrite, cacheWriteHour }: PriceSetting, source: string): Rates {
  const written = cacheWrite ?? input;
  return {
    input: decimal(input),
    output: decimal(output),
    cachedInput: decimal(cachedInput ?? input),
    cacheWrite: decimal(written),
    cacheWriteHour: decimal(cacheWriteHour ?? written),
    source,
  };
}

/** As it was written: YAML gave a number, whose shortest spelling is what stands in the file. */
const decimal = (value: number): string => String(value);
