import { RATES, type Rates } from './rates.js';

/** Tokens that an answer reports, none of them twice. */
export interface Metered {
  model: string;
  /** Read, neither from a cache nor into one. */
  plain: number;
  /** Read from a cache. */
  cached: number;
  /** Read, and written to a cache. */
  written: number;
  /** Of those, written to live for an hour. */
  writtenForAnHour?: number;
  output: number;
}

export interface BilledRequest {
  /** Number of the recorded request. */
  id: number;
  model: string;
  metered: Metered;
  /** In units of 1e-12 USD; null where the table knows no price. */
  cost: bigint | null;
}

/** What the simulator would charge for, in whole units of 1e-12 USD. */
export interface Bill {
  requests: BilledRequest[];
  total: bigint;
}

export function billOf(requests: readonly { id: number; metered: Metered | null }[]): Bill {
  const billed = requests.flatMap(({ id, metered }): BilledRequest[] =>
    metered ? [{ id, model: metered.model, metered, cost: costOf(metered) }] : [],
  );
  return { requests: billed, total: billed.reduce((sum, { cost }) => sum + (cost ?? 0n), 0n) };
}

function costOf({ model, plain, cached, written, writtenForAnHour = 0, output }: Metered): bigint | null {
  // Dated names cost what the plain ones do.
  const prices = RATES[model] ?? RATES[model.replace(/-\d{4}-?\d{2}-?\d{2}$/, '')];
  if (!prices) return null;
  const isLong = prices.long !== undefined && plain + cached + written >= prices.long.from;
  const rates: Rates = isLong ? prices.long! : prices;
  const parts: [tokens: number, rate: bigint][] = [
    [plain, rates.input],
    [cached, rates.cached],
    [written - writtenForAnHour, rates.written],
    [writtenForAnHour, rates.writtenForAnHour],
    [output, rates.output],
  ];
  return parts.reduce((sum, [tokens, rate]) => sum + BigInt(tokens) * rate, 0n);
}
