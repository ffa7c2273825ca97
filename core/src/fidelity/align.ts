/** One step from a list to another: both have it, or only one. */
export type Step<A, B> = { expected: A; found: B } | { expected: A } | { found: B };

/** The shortest way from one list to another, as a diff walks it: what was expected goes before what came instead. */
export function align<A, B>(
  expected: readonly A[],
  found: readonly B[],
  isSame: (a: A, b: B) => boolean,
): Step<A, B>[] {
  const common = commonLengths(expected, found, isSame);
  const steps: Step<A, B>[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < found.length) {
    if (i < expected.length && j < found.length && isSame(expected[i]!, found[j]!)) {
      steps.push({ expected: expected[i++]!, found: found[j++]! });
    } else if (i < expected.length && (j === found.length || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      steps.push({ expected: expected[i++]! });
    } else steps.push({ found: found[j++]! });
  }
  return steps;
}

/** For each pair of places, how much the rests from there have in common. */
function commonLengths<A, B>(expected: readonly A[], found: readonly B[], isSame: (a: A, b: B) => boolean): number[][] {
  const table = Array.from({ length: expected.length + 1 }, () => new Array<number>(found.length + 1).fill(0));
  for (let i = expected.length - 1; i >= 0; i -= 1) {
    for (let j = found.length - 1; j >= 0; j -= 1) {
      table[i]![j] = isSame(expected[i]!, found[j]!)
        ? table[i + 1]![j + 1]! + 1
        : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
    }
  }
  return table;
}
