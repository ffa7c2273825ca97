import type { Totals } from '@maestro/core/protocol';

/**
 * How numbers, money and times are written. The interface speaks English, so numbers follow English rules
 * everywhere; days and hours are written day first and in 24 hours.
 */
const LOCALE = 'en-GB';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const dollars = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const fineDollars = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 6 });
const clockTime = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hour12: false });
const dayAndMonth = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long' });

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What stands where a value is not known. */
export const UNKNOWN = '-';

/** `15,234` */
export function count(value: number): string {
  return whole.format(value);
}

/** `1 file`, `3 files` */
export function plural(value: number, word: string, many = `${word}s`): string {
  return `${count(value)} ${value === 1 ? word : many}`;
}

/** `980`, `15.2 k`, `183 k`, `9.84 M`: three digits that matter, for places without room. */
export function shortCount(value: number): string {
  if (value < 1000) return count(value);
  const [scaled, unit] = value < 999_500 ? [value / 1000, 'k'] : [value / 1_000_000, 'M'];
  const digits = scaled < 9.995 && unit === 'M' ? 2 : scaled < 99.95 ? 1 : 0;
  return `${scaled.toFixed(digits)} ${unit}`;
}

/** `$0.08`, `<$0.01`, `~$0.08` for an estimate, `no price` where none is known. */
export function money(usd: string | null, estimated = false): string {
  if (usd === null) return 'no price';
  const value = Number(usd);
  if (!Number.isFinite(value)) return 'no price';
  const tilde = estimated ? '~' : '';
  if (value > 0 && value < 0.01) return `${tilde}<$0.01`;
  return `${tilde}$${dollars.format(value)}`;
}

/** What a session cost: nothing while nothing was used, and never nothing for what has no known price. */
export function sessionCost({ total_cost_usd, request_tokens, response_tokens, estimated }: Totals): string {
  return money(request_tokens + response_tokens === 0 ? (total_cost_usd ?? '0') : total_cost_usd, estimated);
}

/** `$0.0312`: as `money`, with the digits of a single reply. */
export function exactMoney(usd: string | null, estimated = false): string {
  const value = Number(usd ?? Number.NaN);
  if (!Number.isFinite(value)) return 'no price';
  return `${estimated ? '~' : ''}$${fineDollars.format(value)}`;
}

/** `4 ms`, `7.7 s`, `1 min 4 s`, `1 h 6 min`, `3 d 4 h` */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR) return pair(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return pair(ms, HOUR, 'h', MINUTE, 'min');
  return pair(ms, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

/** `0:14`, `12:05`, then as a duration: time that still runs. */
export function running(ms: number): string {
  if (ms >= HOUR) return duration(ms);
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `14:32` */
export function timeOfDay(at: string): string {
  return clockTime.format(new Date(at));
}

/** `now`, `18 min`, then `14:32`, then `2 Nov` */
export function age(at: string, now: number): string {
  const then = new Date(at);
  const passed = now - then.getTime();
  if (passed < MINUTE) return 'now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min`;
  return sameDay(then, new Date(now)) ? clockTime.format(then) : dayAndMonth.format(then);
}

/** `Today`, `Yesterday`, `Monday, 2 November`: the line between two days of a conversation. */
export function dayName(at: string, now: number): string {
  const day = new Date(at);
  if (sameDay(day, new Date(now))) return 'Today';
  if (sameDay(day, new Date(now - DAY))) return 'Yesterday';
  return longDay.format(day);
}

export function sameDay(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();
}

/** `82 %`, with a thin gap that does not break. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}\u202f%`;
}

/** `212 B`, `212 KB`, `1.4 MB`, `214 MB`, `1.4 GB` */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 999_500) return `${Math.round(value / 1000)} KB`;
  const [scaled, unit] = value < 999_500_000 ? [value / 1_000_000, 'MB'] : [value / 1_000_000_000, 'GB'];
  return `${scaled.toFixed(scaled < 99.95 ? 1 : 0)} ${unit}`;
}
