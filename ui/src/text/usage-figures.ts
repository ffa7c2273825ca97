import type { CallSums, UsageGroup } from '@maestro/core/protocol';
import type { ChartSeries } from './chart.js';
import { money, percent, plural, shortCount } from './format.js';
import { daysOf, shortDay, type UsageView } from './usage-view.js';

type Measure = UsageView['measure'];
type Sums = Pick<
  CallSums,
  'request_tokens' | 'response_tokens' | 'total_cost_usd' | 'estimated' | 'unpriced_calls' | 'calls'
>;

/** For a drawing, where the last digits do not show; null: no price is known. */
export function amountOf(sums: Sums, measure: Measure): number | null {
  if (measure === 'tokens') return sums.request_tokens + sums.response_tokens;
  return sums.total_cost_usd === null ? null : Number(sums.total_cost_usd);
}

/** `$4.01`, `~$0.30`, `no price`, `9.84 M`: what a list says of a sum. */
export function written(sums: Sums, measure: Measure): string {
  if (measure === 'tokens')
    return `${sums.estimated ? '~' : ''}${shortCount(sums.request_tokens + sums.response_tokens)}`;
  return money(sums.calls === 0 ? '0' : sums.total_cost_usd, sums.estimated);
}

/** `2 calls without price`, or nothing to say. */
export function missingPrice({ unpriced_calls }: Pick<CallSums, 'unpriced_calls'>): string {
  return unpriced_calls === 0 ? '' : `without ${plural(unpriced_calls, 'call')} of unknown price`;
}

/** `11 % more than before`, where there was something before. */
export function comparedWith(now: string | null, then: string | null): string {
  const [a, b] = [Number(now ?? 0), Number(then ?? 0)];
  if (!(b > 0)) return 'nothing before to compare with';
  const share = (a - b) / b;
  if (Math.abs(share) < 0.005) return 'as much as before';
  return share > 9.995
    ? 'many times as much as before'
    : `${percent(Math.abs(share))} ${share > 0 ? 'more' : 'less'} than before`;
}

/** For whom a name is shown, and in which colour. */
export interface ProviderLook {
  id: string;
  label: string;
  slot: number;
}

/** A series for each provider, in their order, with a point for every day or hour of the time, also where nothing was used. */
export function seriesOf(
  items: readonly UsageGroup[],
  providers: readonly ProviderLook[],
  places: readonly string[],
  measure: Measure,
): ChartSeries[] {
  const key = (item: UsageGroup) => item.day ?? item.hour ?? '';
  return providers.map(({ id, label, slot }) => {
    const own = new Map(items.filter((item) => (item.provider ?? 'unknown') === id).map((item) => [key(item), item]));
    const points = places.map((place): [string, number | null] => {
      const item = own.get(place);
      return [place, item ? amountOf(item, measure) : 0];
    });
    return { name: label, slot, points };
  });
}

/** Where the points of the chart stand: each day, or of one day each hour so far; and wherever something was used. */
export function placesOf(view: UsageView, now: Date, items: readonly UsageGroup[]): string[] {
  if (view.from !== view.to) return daysOf(view);
  const [year, month, day] = view.from.split('-').map(Number) as [number, number, number];
  const end = Math.min(now.getTime(), new Date(year, month - 1, day + 1).getTime() - 1);
  const hours = items.flatMap(({ hour }) => hour ?? []);
  for (let at = new Date(year, month - 1, day).getTime(); at <= end; at += 3_600_000)
    hours.push(new Date(at).toISOString());
  return [...new Set(hours)].sort();
}

/** `9 Nov`, `Today`, `14:00` */
export function placeName(place: string, today: string): string {
  if (place.length > 10) return new Date(place).toTimeString().slice(0, 5);
  return place === today ? 'Today' : shortDay(place);
}

const known: Readonly<Record<string, string>> = { sub_agent: 'Sub-agents' };

/** `conversation` as `Conversation`, `sub_agent` as `Sub-agents`. */
export function activityName(activity: string): string {
  const words = activity.replaceAll('_', ' ');
  return known[activity] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** What a time will cost at the pace so far; null while too little of it is over to say. */
export function forecast(spent: number, start: number, end: number, now: number): number | null {
  const share = (now - start) / (end - start);
  return share < 0.04 || share > 1 ? null : spent / share;
}
