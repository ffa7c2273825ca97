import { shown } from './lines.js';
import type { Hunk, PatchLine } from './parse-patch.js';

export interface Fit {
  /** Index of the first line it takes the place of. */
  at: number;
  /** Lines of the hunk that count: context at its ends is left out where it does not fit. */
  lines: PatchLine[];
  /** Context lines left out at each end. */
  fuzz: number;
}

/** Context lines at each end that may differ. */
const mostFuzz = 2;

/**
 * The place where a hunk fits: the one its header names, else the nearest, else the nearest with less context.
 *
 * @param text lines of the file without endings
 * @param from lines before belong to hunks that came before
 * @param expected index of the line it should stand at
 */
export function fitHunk(text: readonly string[], hunk: Hunk, from: number, expected: number): Fit | undefined {
  for (let fuzz = 0; fuzz <= mostFuzz; fuzz += 1) {
    const { lines, leading } = withoutContext(hunk.lines, fuzz);
    if (fuzz > 0 && lines.length === hunk.lines.length) return undefined;
    const old = lines.filter(({ kind }) => kind !== '+').map(({ text: line }) => line);
    if (old.length === 0 && fuzz > 0) return undefined;
    const at = nearestFit(text, old, from, expected + leading);
    if (at !== undefined) return { at, lines, fuzz };
  }
  return undefined;
}

/** Why a hunk fits nowhere: the place that is most like it, and the first line that differs there. */
export function whyUnfit(text: readonly string[], hunk: Hunk, from: number): string {
  const old = hunk.lines.filter(({ kind }) => kind !== '+').map(({ text: line }) => line);
  const at = mostLike(text, old, from);
  if (at === undefined)
    return `None of its ${old.length} old lines stands in the file${from > 0 ? ` below line ${from}` : ''}.`;
  const index = old.findIndex((line, offset) => text[at + offset] !== line);
  if (index === -1) return 'Its lines overlap those of the hunk before.';
  const found = text[at + index];
  const is = found === undefined ? 'the file has ended there' : `the file has ${shown(found)}`;
  return `It is most like lines ${at + 1}-${Math.min(at + old.length, text.length)}, but in line ${at + index + 1} ${is} where the patch has ${shown(old[index] as string)}.`;
}

function withoutContext(lines: PatchLine[], fuzz: number): { lines: PatchLine[]; leading: number } {
  const isContext = (line: PatchLine | undefined) => line?.kind === ' ';
  let leading = 0;
  let end = lines.length;
  while (leading < fuzz && isContext(lines[leading])) leading += 1;
  while (lines.length - end < fuzz && end > leading && isContext(lines[end - 1])) end -= 1;
  return { lines: lines.slice(leading, end), leading };
}

function nearestFit(text: readonly string[], old: string[], from: number, expected: number): number | undefined {
  const last = text.length - old.length;
  const start = Math.min(Math.max(expected, from), Math.max(last, from));
  const fits = (at: number) => at >= from && at <= last && old.every((line, index) => text[at + index] === line);
  for (let distance = 0; start - distance >= from || start + distance <= last; distance += 1) {
    if (fits(start - distance)) return start - distance;
    if (fits(start + distance)) return start + distance;
  }
  return undefined;
}

function mostLike(text: readonly string[], old: string[], from: number): number | undefined {
  const indexes = new Map<string, number[]>();
  old.forEach((line, index) => {
    const known = indexes.get(line) ?? [];
    // Empty lines are everywhere, and a bound keeps the work linear.
    if (line.trim() !== '' && known.length < 20) indexes.set(line, [...known, index]);
  });
  const votes = new Map<number, number>();
  for (let at = from; at < text.length; at += 1) {
    for (const index of indexes.get(text[at] as string) ?? []) {
      if (at - index >= from) votes.set(at - index, (votes.get(at - index) ?? 0) + 1);
    }
  }
  return [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}
