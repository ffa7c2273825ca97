import type { DiffHunk } from '@maestro/core/protocol';

/** A line of a diff with its numbers; the sign is text, so that colour is never alone in telling it. */
export type DiffRow =
  | { kind: 'hunk'; text: string }
  | { kind: 'same' | 'add' | 'del'; old: number | null; now: number | null; sign: string; text: string };

export function diffRows(hunks: readonly DiffHunk[]): DiffRow[] {
  return hunks.flatMap((hunk) => {
    let old = hunk.old_start;
    let now = hunk.new_start;
    const rows = hunk.lines.map((line): DiffRow => {
      const text = line.slice(1);
      if (line.startsWith('+')) return { kind: 'add', old: null, now: now++, sign: '+', text };
      if (line.startsWith('-')) return { kind: 'del', old: old++, now: null, sign: '-', text };
      return { kind: 'same', old: old++, now: now++, sign: ' ', text };
    });
    return [{ kind: 'hunk', text: headOf(hunk) }, ...rows];
  });
}

function headOf({ old_start, new_start, lines }: DiffHunk): string {
  const olds = lines.filter((line) => !line.startsWith('+')).length;
  const news = lines.filter((line) => !line.startsWith('-')).length;
  return `@@ -${old_start},${olds} +${new_start},${news} @@`;
}

export function changedLines(hunks: readonly DiffHunk[]): { added: number; removed: number } {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    added: lines.filter((line) => line.startsWith('+')).length,
    removed: lines.filter((line) => line.startsWith('-')).length,
  };
}
