import type { UsageQuery } from '@maestro/core/client';

/** What of the usage is looked at: a time, and what it is narrowed to. All of it stands in the address. */
export interface UsageView extends UsageFilters {
  /** `today`, that many days up to today, or from one day to another. */
  period: UsagePeriod;
  /** First and last day, `2026-11-27`. */
  from: string;
  to: string;
  measure: 'cost' | 'tokens';
}

export interface UsageFilters {
  provider?: string;
  model?: string;
  agent?: string;
  activity?: string;
}

export type UsagePeriod = 'today' | '7' | '14' | '30' | '90' | 'custom';
export type FilterKey = keyof UsageFilters;

export const filterKeys: readonly FilterKey[] = ['provider', 'model', 'agent', 'activity'];
export const periods: readonly { value: UsagePeriod; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: '7', label: '7 days' },
  { value: '14', label: '14 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: 'custom', label: 'Custom' },
];
const USUAL: UsagePeriod = '14';
const MOST_DAYS = 3660;
const DAY_MS = 86_400_000;

/** A day as the clock of this place has it. */
export function dayOf(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Days are counted as days, not as hours, so no change of the clock matters. */
export function dayPlus(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days from one to another, both counted. */
export function lengthOf({ from, to }: Pick<UsageView, 'from' | 'to'>): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

export function daysOf({ from, to }: Pick<UsageView, 'from' | 'to'>): string[] {
  return Array.from({ length: lengthOf({ from, to }) }, (_, index) => dayPlus(from, index));
}

/** What an address asks for; what makes no sense in it is left out. */
export function viewOf(search: string, today: string): UsageView {
  const asked = new URLSearchParams(search);
  const filters: UsageFilters = {};
  for (const key of filterKeys) {
    const value = asked.get(key);
    if (value) filters[key] = value;
  }
  const measure = asked.get('measure') === 'tokens' ? 'tokens' : 'cost';
  const [from, to] = [dayIn(asked.get('from')), dayIn(asked.get('to'))];
  if (from !== null && to !== null && from <= to && lengthOf({ from, to }) <= MOST_DAYS)
    return { period: 'custom', from, to, measure, ...filters };
  const named = periods.find(({ value }) => value === asked.get('period') && value !== 'custom')?.value;
  return { ...spanOf(named ?? USUAL, today), measure, ...filters };
}

/** The time that a period names now. */
export function spanOf(period: UsagePeriod, today: string): Pick<UsageView, 'period' | 'from' | 'to'> {
  const days = period === 'today' ? 1 : Number(period);
  return { period, from: dayPlus(today, 1 - days), to: today };
}

/** The address of a view, as short as it can be said. */
export function searchOf(view: UsageView): string {
  const said = new URLSearchParams();
  if (view.period === 'custom') {
    said.set('from', view.from);
    said.set('to', view.to);
  } else if (view.period !== USUAL) said.set('period', view.period);
  for (const key of filterKeys) {
    const value = view[key];
    if (value) said.set(key, value);
  }
  if (view.measure === 'tokens') said.set('measure', 'tokens');
  const text = said.toString();
  return text === '' ? '' : `?${text}`;
}

export function queryOf({ from, to, ...view }: UsageView): UsageQuery {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const filters = Object.fromEntries(filterKeys.flatMap((key) => (view[key] ? [[key, view[key]]] : [])));
  return { from, to, ...(tz && { tz }), ...filters };
}

/** The same length of time just before. */
export function before<T extends Pick<UsageView, 'from' | 'to'>>(view: T): T {
  const days = lengthOf(view);
  return { ...view, from: dayPlus(view.from, -days), to: dayPlus(view.to, -days) };
}

/** `14 days`, `today`, `3 Nov to 9 Nov` */
export function periodName({ period, from, to }: UsageView): string {
  if (period === 'custom') return from === to ? shortDay(from) : `${shortDay(from)} to ${shortDay(to)}`;
  return period === 'today' ? 'today' : `${period} days`;
}

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** `9 Nov` */
export function shortDay(day: string): string {
  return dayAndMonth.format(new Date(day));
}

function dayIn(text: string | null): string | null {
  if (text === null || !/^[12]\d{3}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : null;
}
