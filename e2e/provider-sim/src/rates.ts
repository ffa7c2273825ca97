/** Prices of one token in units of 1e-12 USD, which is USD per million tokens times a million. */
export interface Rates {
  input: bigint;
  cached: bigint;
  written: bigint;
  writtenForAnHour: bigint;
  output: bigint;
}

export interface Prices extends Rates {
  /** What all tokens of a request cost that reads at least this many. */
  long?: Rates & { from: number };
}

const rates = (input: bigint, cached: bigint, written: bigint, writtenForAnHour: bigint, output: bigint): Rates => ({
  input,
  cached,
  written,
  writtenForAnHour,
  output,
});

const stepped = (short: Rates, from: number, long: Rates): Prices => ({ ...short, long: { ...long, from } });

/**
 * Public list prices on 2026-11-27, as `@pydantic/genai-prices` 0.1.8 had them that day: read, cached, written to a
 * cache, written for an hour, output. Where a vendor has no price of its own for writing to a cache, it is that of reading.
 */
export const RATES: Readonly<Record<string, Prices>> = {
  'claude-opus-5-5': rates(4_000_000n, 200_000n, 5_000_000n, 8_000_000n, 20_000_000n),
  'claude-opus-5': rates(5_000_000n, 500_000n, 6_250_000n, 10_000_000n, 25_000_000n),
  'claude-sonnet-5': rates(2_000_000n, 200_000n, 2_500_000n, 4_000_000n, 10_000_000n),
  'claude-haiku-4-5': rates(1_000_000n, 100_000n, 1_250_000n, 2_000_000n, 5_000_000n),
  'gpt-6-astra': stepped(
    rates(10_000_000n, 1_000_000n, 12_500_000n, 12_500_000n, 50_000_000n),
    272_000,
    rates(20_000_000n, 2_000_000n, 25_000_000n, 25_000_000n, 75_000_000n),
  ),
  'gpt-6-sol': stepped(
    rates(2_000_000n, 200_000n, 2_500_000n, 2_500_000n, 10_000_000n),
    272_001,
    rates(4_000_000n, 400_000n, 5_000_000n, 5_000_000n, 15_000_000n),
  ),
  'gpt-6-luna': stepped(
    rates(100_000n, 10_000n, 125_000n, 125_000n, 500_000n),
    272_001,
    rates(200_000n, 20_000n, 250_000n, 250_000n, 750_000n),
  ),
  'gpt-5.6': stepped(
    rates(4_000_000n, 400_000n, 5_000_000n, 5_000_000n, 20_000_000n),
    272_000,
    rates(8_000_000n, 800_000n, 10_000_000n, 10_000_000n, 30_000_000n),
  ),
  'gpt-5.6-sol': stepped(
    rates(4_000_000n, 400_000n, 5_000_000n, 5_000_000n, 20_000_000n),
    272_000,
    rates(8_000_000n, 800_000n, 10_000_000n, 10_000_000n, 30_000_000n),
  ),
  'gpt-5.6-terra': stepped(
    rates(2_000_000n, 200_000n, 2_500_000n, 2_500_000n, 12_000_000n),
    272_000,
    rates(4_000_000n, 400_000n, 5_000_000n, 5_000_000n, 18_000_000n),
  ),
  'gpt-5.6-luna': stepped(
    rates(200_000n, 20_000n, 250_000n, 250_000n, 1_200_000n),
    272_000,
    rates(400_000n, 40_000n, 500_000n, 500_000n, 1_800_000n),
  ),
  'gpt-5.5': stepped(
    rates(5_000_000n, 500_000n, 5_000_000n, 5_000_000n, 30_000_000n),
    272_000,
    rates(10_000_000n, 1_000_000n, 10_000_000n, 10_000_000n, 45_000_000n),
  ),
  'gpt-5.4': stepped(
    rates(2_500_000n, 250_000n, 2_500_000n, 2_500_000n, 15_000_000n),
    272_000,
    rates(5_000_000n, 500_000n, 5_000_000n, 5_000_000n, 22_500_000n),
  ),
  'gpt-5.4-mini': rates(750_000n, 75_000n, 750_000n, 750_000n, 4_500_000n),
  'gpt-5.2': rates(1_750_000n, 175_000n, 1_750_000n, 1_750_000n, 14_000_000n),
  'gpt-5': rates(1_250_000n, 125_000n, 1_250_000n, 1_250_000n, 10_000_000n),
  'gpt-5-mini': rates(250_000n, 25_000n, 250_000n, 250_000n, 2_000_000n),
  o3: rates(2_000_000n, 500_000n, 2_000_000n, 2_000_000n, 8_000_000n),
  'o4-mini': rates(1_100_000n, 275_000n, 1_100_000n, 1_100_000n, 4_400_000n),
  'gpt-4.1': rates(2_000_000n, 500_000n, 2_000_000n, 2_000_000n, 8_000_000n),
  'gpt-4.1-mini': rates(400_000n, 100_000n, 400_000n, 400_000n, 1_600_000n),
  'gpt-4o': rates(2_500_000n, 1_250_000n, 2_500_000n, 2_500_000n, 10_000_000n),
  'gpt-4o-mini': rates(150_000n, 75_000n, 150_000n, 150_000n, 600_000n),
  'gemini-3.8-flash': rates(750_000n, 75_000n, 750_000n, 750_000n, 3_750_000n),
  'gemini-3-pro-preview': stepped(
    rates(2_000_000n, 200_000n, 2_000_000n, 2_000_000n, 12_000_000n),
    200_001,
    rates(4_000_000n, 400_000n, 4_000_000n, 4_000_000n, 18_000_000n),
  ),
  'gemini-3-flash-preview': rates(500_000n, 50_000n, 500_000n, 500_000n, 3_000_000n),
  'gemini-2.5-pro': stepped(
    rates(1_250_000n, 125_000n, 1_250_000n, 1_250_000n, 10_000_000n),
    200_001,
    rates(2_500_000n, 250_000n, 2_500_000n, 2_500_000n, 15_000_000n),
  ),
  'gemini-2.5-flash': rates(300_000n, 30_000n, 300_000n, 300_000n, 2_500_000n),
  'gemini-2.5-flash-lite': rates(100_000n, 10_000n, 100_000n, 100_000n, 400_000n),
};
