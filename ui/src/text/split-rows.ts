import type { DiffRow } from './diff-rows.js';
import { type Stretch, wordMarks } from './word-marks.js';

export type LineRow = Exclude<DiffRow, { kind: 'hunk' }>;

/** Two columns of a diff side by side; a side without a line is null. */
export type SplitRow = { kind: 'hunk'; text: string } | { kind: 'pair'; left: LineRow | null; right: LineRow | null };

/** A removed line stands beside the one that came in its place. */
export function splitRows(rows: readonly DiffRow[]): SplitRow[] {
  const split: SplitRow[] = [];
  for (const run of runsOf(rows)) {
    if (!Array.isArray(run)) {
      split.push(run.kind === 'hunk' ? run : { kind: 'pair', left: run, right: run });
      continue;
    }
    const [removed, added] = parted(run);
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1)
      split.push({ kind: 'pair', left: removed[index] ?? null, right: added[index] ?? null });
  }
  return split;
}

/** What changed inside the lines that took each other's place. */
export function marksOf(rows: readonly DiffRow[]): Map<LineRow, Stretch[]> {
  const marks = new Map<LineRow, Stretch[]>();
  for (const run of runsOf(rows)) {
    if (!Array.isArray(run)) continue;
    const [removed, added] = parted(run);
    for (const [index, left] of removed.entries()) {
      const right = added[index];
      if (!right) break;
      const found = wordMarks(left.text, right.text);
      marks.set(left, found.removed);
      marks.set(right, found.added);
    }
  }
  return marks;
}

function parted(run: readonly LineRow[]): [removed: LineRow[], added: LineRow[]] {
  return [run.filter(({ kind }) => kind === 'del'), run.filter(({ kind }) => kind === 'add')];
}

/** Rows one by one, with changed lines that follow each other as one run. */
function* runsOf(rows: readonly DiffRow[]): Generator<DiffRow | LineRow[]> {
  let run: LineRow[] = [];
  for (const row of rows) {
    const isChange = row.kind === 'add' || row.kind === 'del';
    // A removal after an addition begins another change.
    if (run.length > 0 && (!isChange || (row.kind === 'del' && run.at(-1)?.kind === 'add'))) {
      yield run;
      run = [];
    }
    if (isChange) run.push(row);
    else yield row;
  }
  if (run.length > 0) yield run;
}
