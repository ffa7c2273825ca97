import { type Header, headerOf } from './exchange.js';

/**
 * How long a server asks to wait, in milliseconds: `retry-after` in seconds or as a date (RFC 9110, 10.2.3), or the
 * finer `retry-after-ms`, which wins where both are sent. Undefined where it asks for nothing that can be read.
 */
export function retryAfterMs(headers: readonly Readonly<Header>[]): number | undefined {
  const exact = Number.parseFloat(headerOf(headers, 'retry-after-ms') ?? '');
  if (exact >= 0) return Math.round(exact);
  const value = headerOf(headers, 'retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
