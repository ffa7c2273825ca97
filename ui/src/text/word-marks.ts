/** A stretch of a line, as positions in its text. */
export type Stretch = readonly [from: number, to: number];

export interface WordMarks {
  removed: Stretch[];
  added: Stretch[];
}

const WORDS = /[\p{L}\p{N}_@$]+|\s+|[^\p{L}\p{N}_@$\s]/gu;
/** Longer lines are not compared word by word. */
const MOST_WORDS = 400;
/** Of the words of both lines: less in common, and one is not the other changed. */
const LEAST_ALIKE = 0.35;

/** What changed between a line and the one that came in its place; nothing where they are too different to say. */
export function wordMarks(before: string, after: string): WordMarks {
  const [old, now] = [before.match(WORDS) ?? [], after.match(WORDS) ?? []];
  const nothing = { removed: [], added: [] };
  if (old.length === 0 || now.length === 0 || Math.max(old.length, now.length) > MOST_WORDS) return nothing;
  const { inOld, inNow } = common(old, now);
  const kept = old.filter((word, index) => inOld[index] && word.trim() !== '').length;
  const all = [...old, ...now].filter((word) => word.trim() !== '').length;
  if ((2 * kept) / Math.max(1, all) < LEAST_ALIKE) return nothing;
  return { removed: stretches(old, inOld), added: stretches(now, inNow) };
}

/** Which words belong to the longest sequence both have. */
function common(old: readonly string[], now: readonly string[]): { inOld: boolean[]; inNow: boolean[] } {
  const width = now.length + 1;
  const length = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => length[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      length[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const [inOld, inNow] = [old.map(() => false), now.map(() => false)];
  for (let i = 0, j = 0; i < old.length && j < now.length; ) {
    if (old[i] === now[j]) {
      inOld[i] = true;
      inNow[j] = true;
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return { inOld, inNow };
}

/** Neighbours become one; the space at their ends is not marked. */
function stretches(words: readonly string[], isCommon: readonly boolean[]): Stretch[] {
  const found: [number, number][] = [];
  let at = 0;
  for (const [index, word] of words.entries()) {
    const last = found.at(-1);
    if (!isCommon[index]) {
      if (last?.[1] === at) last[1] = at + word.length;
      else found.push([at, at + word.length]);
    }
    at += word.length;
  }
  const text = words.join('');
  return found.flatMap(([from, to]): Stretch[] => {
    const inner = text.slice(from, to);
    const start = from + inner.length - inner.trimStart().length;
    const end = to - (inner.length - inner.trimEnd().length);
    return end > start ? [[start, end]] : [];
  });
}
