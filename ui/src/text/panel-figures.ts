import type { SeriesView, Tone } from '@maestro/core/protocol';
import { percent } from './format.js';

const numbers = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

/** `23.4`, `1,024`; what is no number is said as unknown. */
export function figure(value: number): string {
  return Number.isFinite(value) ? numbers.format(value) : '-';
}

/** `23.4 %`, with a thin gap that does not break. */
export function withUnit(value: string, unit: string | undefined): string {
  return unit ? `${value}\u202f${unit}` : value;
}

/** What part of a gauge is full, from 0 to 1. */
export function shareOf(value: number, max: number): number {
  return max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
}

/** What a gauge says to those who do not see it. */
export function gaugeText(value: number, max: number, unit: string | undefined): string {
  const shown = withUnit(figure(value), unit);
  return unit === '%' && max === 100 ? percent(value / 100) : `${shown} of ${withUnit(figure(max), unit)}`;
}

/** The finding of a chart: the value of each line now, with its lowest and highest. */
export function finding({ label, unit, lines }: SeriesView): string {
  const parts = lines.map(({ name, points }) => {
    const values = points.map(([, value]) => value);
    const last = values.at(-1);
    if (last === undefined) return `${name}: nothing yet`;
    const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [last, last]);
    return `${name} ${withUnit(figure(last), unit)}, between ${figure(low)} and ${figure(high)}`;
  });
  return [label, ...parts].join('. ');
}

export const toneClass: Record<Tone, string> = { neutral: '', good: 'c-ok', warn: 'c-warn', bad: 'c-error' };
/** What the colour says, for those who do not see it. */
export const toneWord: Record<Tone, string> = { neutral: '', good: 'good', warn: 'warning', bad: 'bad' };
