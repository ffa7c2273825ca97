import { UsageError } from './command.js';

/** An amount in USD as a person writes it, kept as the decimal it is. */
export function usdFlag(written: string, what: string): string {
  if (/^\d{1,8}(\.\d{1,12})?$/.test(written)) return written;
  throw new UsageError(`${what} is an amount in USD such as 0.50, not "${written}"`);
}
