/** A run of lines that both texts have, or only one. */
export interface LineRun {
  kind: 'same' | 'del' | 'add';
  lines: readonly string[];
}

/** Past so many changes the middle is told as gone and come, so that comparing costs no more than reading. */
const MOST_CHANGES = 500;

/** The shortest way from one list of lines to the other. */
export function lineDiff(before: readonly string[], after: readonly string[]): LineRun[] {
  let head = 0;
  const shorter = Math.min(before.length, after.length);
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const middle = changes(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return joined([
    { kind: 'same', lines: before.slice(0, head) },
    ...middle,
    { kind: 'same', lines: tail === 0 ? [] : before.slice(-tail) },
  ]);
}

/** Myers' walk; each step keeps how far it came on every diagonal. */
function changes(before: readonly string[], after: readonly string[]): LineRun[] {
  const [n, m] = [before.length, after.length];
  const replaced: LineRun[] = [
    { kind: 'del', lines: before },
    { kind: 'add', lines: after },
  ];
  if (n === 0 || m === 0) return replaced;
  const most = Math.min(n + m, MOST_CHANGES);
  const furthest = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let step = 0; step <= most; step += 1) {
    trail.push(new Map(furthest));
    for (let diagonal = -step; diagonal <= step; diagonal += 2) {
      const [left, right] = [furthest.get(diagonal - 1) ?? -1, furthest.get(diagonal + 1) ?? -1];
      let x = diagonal === -step || (diagonal !== step && left < right) ? right : left + 1;
      while (x < n && x - diagonal < m && before[x] === after[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= n && x - diagonal >= m) return walked(before, after, trail);
    }
  }
  return replaced;
}

function walked(before: readonly string[], after: readonly string[], trail: readonly Map<number, number>[]): LineRun[] {
  const runs: LineRun[] = [];
  let [x, y] = [before.length, after.length];
  for (let step = trail.length - 1; step >= 0; step -= 1) {
    const reached = trail[step]!;
    const diagonal = x - y;
    const [left, right] = [reached.get(diagonal - 1) ?? -1, reached.get(diagonal + 1) ?? -1];
    const isDown = diagonal === -step || (diagonal !== step && left < right);
    const from = isDown ? diagonal + 1 : diagonal - 1;
    const startX = reached.get(from) ?? 0;
    const startY = startX - from;
    while (x > startX && y > startY && x > 0 && y > 0 && before[x - 1] === after[y - 1]) {
      x -= 1;
      y -= 1;
      runs.push({ kind: 'same', lines: [before[x]!] });
    }
    if (step === 0) break;
    if (isDown) {
      y -= 1;
      runs.push({ kind: 'add', lines: [after[y]!] });
    } else {
      x -= 1;
      runs.push({ kind: 'del', lines: [before[x]!] });
    }
  }
  return runs.reverse();
}

/** Neighbours of one kind as one run. */
function joined(runs: readonly LineRun[]): LineRun[] {
  const result: { kind: LineRun['kind']; lines: string[] }[] = [];
  for (const { kind, lines } of runs) {
    if (lines.length === 0) continue;
    const last = result.at(-1);
    if (last?.kind === kind) for (const line of lines) last.lines.push(line);
    else result.push({ kind, lines: lines.slice() });
  }
  return result;
}

export type DiffLine =
  | { kind: 'same' | 'del' | 'add'; sign: string; text: string }
  /** So many equal lines are left out. */
  | { kind: 'gap'; count: number };

const AROUND = 3;

/** Lines to show: changes, and a few lines around each. */
export function diffLines(runs: readonly LineRun[]): DiffLine[] {
  return runs.flatMap(({ kind, lines }, index): DiffLine[] => {
    const sign = { same: ' ', del: '-', add: '+' }[kind];
    const shown = (some: readonly string[]) => some.map((text): DiffLine => ({ kind, sign, text }));
    const before = index === 0 ? 0 : AROUND;
    const after = index === runs.length - 1 ? 0 : AROUND;
    if (kind !== 'same' || lines.length <= before + after + 1) return shown(lines);
    const end = lines.length - after;
    return [...shown(lines.slice(0, before)), { kind: 'gap', count: end - before }, ...shown(lines.slice(end))];
  });
}
