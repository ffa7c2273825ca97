/** A named row of values; `slot` is its colour, 1 to 8, whatever else is drawn. */
export interface ChartSeries {
  name: string;
  slot?: number;
  points: readonly (readonly [x: number | string, y: number | null])[];
}

/** A series as it is drawn: one value for each place of the chart. */
export interface DrawnSeries {
  name: string;
  /** 0: what is left over, drawn in grey. */
  slot: number;
  values: readonly (number | null)[];
}

/** More than this many cannot be told apart. */
export const MOST_SERIES = 5;

/** Every place any series has a value for: in the order they come, numbers by size. */
export function placesOf(series: readonly ChartSeries[]): (number | string)[] {
  const places = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))];
  return places.every((x) => typeof x === 'number') ? places.sort((a, b) => Number(a) - Number(b)) : places;
}

/**
 * What is drawn of the series: the first five in the order given, which never changes with the data. Parts beyond
 * them are added up as `other`; levels beyond them cannot be added and stand in the table alone.
 */
export function drawnOf(series: readonly ChartSeries[], isAdded: boolean): DrawnSeries[] {
  const places = placesOf(series);
  const all = series.map(({ name, slot, points }, index): DrawnSeries => {
    const at = new Map(points);
    return { name, slot: slot ?? (index % 8) + 1, values: places.map((x) => at.get(x) ?? null) };
  });
  if (all.length <= MOST_SERIES) return all;
  const shown = all.slice(0, MOST_SERIES);
  return isAdded ? [...shown, { name: 'other', slot: 0, values: sumsOf(all.slice(MOST_SERIES)) }] : shown;
}

/** What stands at each place in all series together; null where none has a value. */
export function sumsOf(series: readonly DrawnSeries[]): (number | null)[] {
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  return Array.from({ length }, (_, place) => sumOf(series.map(({ values }) => values[place] ?? null)));
}

/** Null where no value is known. */
export function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((all, value) => all + value, 0);
}

/** Round values from the top of a chart to zero: three or four lines, the topmost not below `most`. */
export function gridOf(most: number): number[] {
  if (!(most > 0) || !Number.isFinite(most)) return [1, 0];
  const size = 10 ** Math.floor(Math.log10(most));
  const candidates = [0.1, 0.2, 0.5, 1, 2, 5].flatMap((step) => [3, 2].map((count) => ({ step, count })));
  const fitting = candidates.filter(({ step, count }) => step * size * count >= most * (1 - 1e-9));
  const best = fitting.reduce((a, b) => (b.step * b.count < a.step * a.count ? b : a), { step: 5, count: 2 });
  // Decimal fractions of a binary machine: 0.30000000000000004 is no label.
  return Array.from({ length: best.count + 1 }, (_, line) =>
    Number(((best.count - line) * best.step * size).toPrecision(12)),
  );
}

/** Which places get a label, so that at most `most` stand side by side: the last always, and even steps before it. */
export function labelledPlaces(count: number, most: number): ReadonlySet<number> {
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  const places = Array.from({ length: count }, (_, place) => place).filter((place) => place % step === 0);
  const last = count - 1;
  const near = places.at(-1);
  if (last > 0 && near !== undefined && near !== last && last - near < step / 2) places.pop();
  return new Set(last >= 0 ? [...places, last] : places);
}
