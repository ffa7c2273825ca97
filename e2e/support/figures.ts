import { setImmediate as pause } from 'node:timers/promises';

/** The value that `share` of them do not exceed; the median is that of 0.5. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  const found = sorted[at];
  if (found === undefined) throw new Error('there is no quantile of nothing');
  return found;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** For the words of a failure. */
export const inMs = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(' ');

/** Two durations taken one right after the other: one as a rule, one under what is examined. */
export type Pair = readonly [usual: number, examined: number];

/** Pairs that follow one another in the same circumstances. */
export type Stretch = readonly Pair[];

/** The 95th percentile of what is examined, by that of what is usual. */
export function ratioOf(stretches: readonly Stretch[]): number {
  const pairs = stretches.flat();
  return (
    quantile(
      pairs.map(([, examined]) => examined),
      0.95,
    ) /
    quantile(
      pairs.map(([usual]) => usual),
      0.95,
    )
  );
}

/**
 * How likely such a ratio, or a greater one, is by chance if the true one is `allowed`. What disturbs the machine
 * meets either side alike: with the examined times divided by `allowed`, exchanging sides changes nothing but the luck.
 * A disturbance lasts, so that pairs one after another share it: whole stretches change sides. Says nothing of how
 * durations are distributed, which nobody knows.
 */
export async function chanceOf(stretches: readonly Stretch[], allowed: number, random: () => number): Promise<number> {
  const level = stretches.map((pairs) => pairs.map(([usual, examined]): Pair => [usual, examined / allowed]));
  const exchanged = level.map((pairs) => pairs.map(([one, other]): Pair => [other, one]));
  const seen = ratioOf(level);
  const times = 2_000;
  let asGreat = 0;
  for (let time = 0; time < times; time += 1) {
    const drawn = level.map((pairs, index) => (random() < 0.5 ? pairs : exchanged[index]!));
    if (ratioOf(drawn) >= seen) asGreat += 1;
    // Sockets of this process need looking after meanwhile.
    if (time % 50 === 0) await pause();
  }
  return asGreat / times;
}

export interface Verdict {
  isWithin: boolean;
  words: string;
}

/**
 * Whether the ratio is at most `allowed`. Within it: yes. Above it by so much that chance is no excuse: no. In between
 * more is measured, up to three times as much, and then a ratio that chance explains is one.
 */
export async function judge(
  measure: () => Promise<readonly Stretch[]>,
  { allowed, random }: { allowed: number; random: () => number },
): Promise<Verdict> {
  const all: Stretch[] = [];
  for (let batch = 1; ; batch += 1) {
    all.push(...(await measure()));
    const ratio = ratioOf(all);
    const chance = ratio <= allowed ? 1 : await chanceOf(all, allowed, random);
    const words = `${ratio.toFixed(3)} of ${all.length} stretches, by chance in ${(100 * chance).toFixed(2)} %`;
    if (ratio <= allowed) return { isWithin: true, words };
    if (chance < 0.01) return { isWithin: false, words };
    if (batch === 3) return { isWithin: true, words };
  }
}
