import { headerOf, type ProviderErrorKind, retryAfterMs } from '@maestro/core';
import type { ApiError } from './api-error.js';

type Headers = Parameters<typeof headerOf>[0];

/** How long the server asks to wait: by header, by the time its budget is full again, or in words. */
export function retryAfter(headers: Headers, error: ApiError, kind: ProviderErrorKind): number | undefined {
  const asked = retryAfterMs(headers);
  if (asked !== undefined) return asked;
  if (error.resetsInSeconds !== undefined) return Math.round(error.resetsInSeconds * 1000);
  if (kind !== 'rate_limit') return undefined;
  const words = /try again in ([\d.]+(?:ms|s|m|h)(?:[\d.]+(?:ms|s|m))*)/i.exec(error.message)?.[1];
  return (words === undefined ? undefined : duration(words)) ?? untilReset(headers);
}

/** Of the two budgets those that are used up count, both where neither says so. */
function untilReset(headers: Headers): number | undefined {
  const budgets = ['requests', 'tokens'];
  const empty = budgets.filter((budget) => headerOf(headers, `x-ratelimit-remaining-${budget}`)?.trim() === '0');
  const waits = (empty.length > 0 ? empty : budgets).flatMap(
    (budget) => duration(headerOf(headers, `x-ratelimit-reset-${budget}`) ?? '') ?? [],
  );
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As in `6m0s`, `1.5s` or `20ms`. */
function duration(text: string): number | undefined {
  if (!/^(?:[\d.]+(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  const pieces = [...text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)];
  const sum = pieces.reduce((total, [, count, unit]) => total + Number(count) * UNITS[unit!]!, 0);
  return Number.isFinite(sum) ? Math.round(sum) : undefined;
}
