import { svg, type TemplateResult } from 'lit';
import type { DrawnSeries } from '../text/chart.js';

/** Units of the drawing; it is stretched over the place it has, lines keep their width. */
export const WIDTH = 1000;
export const HEIGHT = 176;
/** Between the parts of a stack, in the height of the drawing, which is not stretched. */
const GAP = 1.5;
/** How much of its place a bar fills. */
const FILL = 0.6;

export interface Frame {
  /** The value at the upper edge. */
  top: number;
  count: number;
  /** Numbers where the distance between places means something, such as times. */
  places: readonly (number | string)[];
}

const yOf = (value: number, top: number) => HEIGHT - (value / top) * HEIGHT;

/** Where a place stands from left to right. */
export function xOf(place: number, { count, places }: Frame, isLine: boolean): number {
  if (!isLine) return ((place + 0.5) / count) * WIDTH;
  const [first, last, here] = [places[0], places[count - 1], places[place]];
  if (typeof first === 'number' && typeof last === 'number' && typeof here === 'number' && last > first)
    return ((here - first) / (last - first)) * WIDTH;
  return count > 1 ? (place / (count - 1)) * WIDTH : WIDTH / 2;
}

/** The place next to a position, 0 to 1 from left to right. */
export function placeAt(share: number, frame: Frame, isLine: boolean): number {
  const distances = frame.places.map((_, place) => Math.abs(xOf(place, frame, isLine) - share * WIDTH));
  return distances.reduce((best, distance, place) => (distance < distances[best]! ? place : best), 0);
}

export function grid(lines: number): TemplateResult[] {
  return Array.from({ length: lines }, (_, line) => {
    const y = (line / Math.max(1, lines - 1)) * (HEIGHT - 1) + 0.5;
    return svg`<line class="grid" x1="0" x2=${WIDTH} y1=${y} y2=${y} vector-effect="non-scaling-stroke"></line>`;
  });
}

/** Bars side by side, one for each series; of one series simply a bar. */
export function bars(series: readonly DrawnSeries[], frame: Frame): TemplateResult[] {
  const room = (WIDTH / frame.count) * FILL;
  const width = room / Math.max(1, series.length);
  return series.flatMap(({ slot, values }, index) =>
    values.map((value, place) => {
      if (value === null || value <= 0) return svg``;
      const y = yOf(value, frame.top);
      const x = xOf(place, frame, false) - room / 2 + index * width;
      return svg`<rect class="s${slot}" data-place=${place} x=${x} y=${y} width=${width * (series.length > 1 ? 0.9 : 1)} height=${HEIGHT - y}></rect>`;
    }),
  );
}

/** Parts of a whole on top of each other, first series at the bottom. */
export function stacks(series: readonly DrawnSeries[], frame: Frame): TemplateResult[] {
  const width = (WIDTH / frame.count) * FILL;
  return frame.places.flatMap((_, place) => {
    let below = 0;
    return series.map(({ slot, values }) => {
      const value = values[place] ?? 0;
      if (value <= 0) return svg``;
      const [lower, upper] = [yOf(below, frame.top), yOf(below + value, frame.top)];
      const gap = below > 0 ? GAP : 0;
      below += value;
      const height = Math.max(0.5, lower - upper - gap);
      return svg`<rect class="s${slot}" data-place=${place} x=${xOf(place, frame, false) - width / 2} y=${upper} width=${width} height=${height}></rect>`;
    });
  });
}

/** A line for each series, broken where a value is missing. */
export function lines(series: readonly DrawnSeries[], frame: Frame): TemplateResult[] {
  return series.map(({ slot, values }, index) => {
    const path = values
      .map((value, place) => {
        if (value === null) return '';
        const starts = place === 0 || values[place - 1] === null;
        return `${starts ? 'M' : 'L'}${xOf(place, frame, true).toFixed(1)} ${yOf(value, frame.top).toFixed(1)}`;
      })
      .join('');
    return svg`<path class="line s${slot} dash-${index}" d=${path} vector-effect="non-scaling-stroke"></path>`;
  });
}

/** Marks the place that is looked at. */
export function cursor(place: number, frame: Frame, isLine: boolean): TemplateResult {
  const x = xOf(place, frame, isLine);
  if (isLine)
    return svg`<line class="cursor" x1=${x} x2=${x} y1="0" y2=${HEIGHT} vector-effect="non-scaling-stroke"></line>`;
  const width = WIDTH / frame.count;
  return svg`<rect class="cursor" x=${x - width / 2} y="0" width=${width} height=${HEIGHT}></rect>`;
}
