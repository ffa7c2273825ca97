import { type ChartSeries, drawnOf, sumsOf } from './chart.js';

interface Look {
  what: string;
  each: 'day' | 'hour';
  time: string;
  format(value: number): string;
  placeName(place: string): string;
}

/** What the chart shows in a sentence: "Cost per day, 14 days, by provider. Highest $4.86 on 13 Nov, last $3.42." */
export function findingOf(series: readonly ChartSeries[], { what, each, time, format, placeName }: Look): string {
  const places = series[0]?.points.map(([x]) => String(x)) ?? [];
  const values = sumsOf(drawnOf(series, true));
  const highest = values.reduce<number>((best, value, at) => ((value ?? -1) > (values[best] ?? -1) ? at : best), 0);
  const start = `${what} per ${each}, ${time}, by provider.`;
  const most = values[highest];
  if (most === null || most === undefined || most === 0) return `${start} Nothing was used.`;
  const last = values.at(-1) ?? 0;
  return `${start} Highest ${format(most)} at ${placeName(places[highest]!)}, last ${format(last)}.`;
}
