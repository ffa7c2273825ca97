import type { DiffPart } from '@maestro/core';
import { structuredPatch } from 'diff';

/** What changed, for people to see. Undefined where a diff would take too long to make or to read. */
export function fileDiff(path: string, before: string, after: string): DiffPart | undefined {
  if (before === after || before.length + after.length > 2_000_000) return undefined;
  const patch = structuredPatch(path, path, before, after, undefined, undefined, { context: 3, timeout: 500 });
  if (!patch) return undefined;
  const hunks = patch.hunks.map(({ oldStart, newStart, lines }) => ({
    old_start: oldStart,
    new_start: newStart,
    lines: [...lines],
  }));
  const count = hunks.reduce((total, { lines }) => total + lines.length, 0);
  return count > 4000 ? undefined : { v: 1, type: 'diff', path, hunks };
}
