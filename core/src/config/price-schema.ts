import { type Static, Type } from 'typebox';

const usd = Type.Number({ minimum: 0, maximum: 1_000_000, description: 'USD for a million tokens, from 0' });

/** A price as a person writes it, in `maestro.yaml` and in `token-costs.yaml`: USD for a million tokens. */
export const priceSchema = Type.Object(
  {
    input: usd,
    output: usd,
    /** Tokens read from the provider's cache; as `input` where not given. */
    cachedInput: Type.Optional(usd),
    /** Tokens written to it; as `input` where not given. */
    cacheWrite: Type.Optional(usd),
    /** Tokens written to live for an hour; as `cacheWrite` where not given. */
    cacheWriteHour: Type.Optional(usd),
  },
  {
    additionalProperties: false,
    description: 'prices as a map: input, output, cachedInput, cacheWrite, cacheWriteHour',
  },
);
export type PriceSetting = Static<typeof priceSchema>;
