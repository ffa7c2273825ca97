/** A path as it is looked for: `lower` is what is compared. */
export interface SearchedPath {
  path: string;
  lower: string;
  isDirectory: boolean;
}

/**
 * The best of many paths for what a person began to type: names that begin so, then names that hold it, then paths that
 * hold it, then paths with its letters in this order; among equals the shorter. Slashes in it count as such.
 */
export function rankPaths(paths: readonly SearchedPath[], query: string, limit: number): SearchedPath[] {
  const wanted = query.toLowerCase().replace(/^\.?\//, '');
  const best: { score: number; found: SearchedPath }[] = [];
  for (const found of paths) {
    const rank = rankOf(found, wanted);
    if (rank === undefined) continue;
    const score = rank * 10_000 + found.path.length;
    const worst = best.at(-1);
    if (best.length === limit && worst && worst.score <= score) continue;
    const at = best.findIndex((other) => other.score > score);
    best.splice(at < 0 ? best.length : at, 0, { score, found });
    if (best.length > limit) best.pop();
  }
  return best.map(({ found }) => found);
}

function rankOf({ lower }: SearchedPath, wanted: string): number | undefined {
  const inPath = lower.lastIndexOf(wanted);
  if (inPath < 0) return isSpread(lower, wanted) ? 4 : undefined;
  const name = lower.lastIndexOf('/') + 1;
  if (lower.startsWith(wanted, name)) return lower.length - name === wanted.length ? 0 : 1;
  return inPath >= name ? 2 : 3;
}

/** Whether all letters are there, in order. */
function isSpread(text: string, letters: string): boolean {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}
