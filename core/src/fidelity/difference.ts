import { align, type Step } from './align.js';
import type { Expected } from './capture.js';
import { matches, shown } from './expected.js';

/** One thing that is not as captured. */
export interface Difference {
  /** What was compared, as in `method`, `headers` or `order of the body's keys`. */
  what: string;
  /** Lines of a diff: `- ` as captured, `+ ` as sent, two spaces where they agree. */
  diff: readonly string[];
}

export function differentText(what: string, expected: string, found: string): Difference[] {
  return expected === found ? [] : [{ what, diff: [`- ${expected}`, `+ ${found}`] }];
}

export function differentOrder(what: string, expected: readonly string[], found: readonly string[]): Difference[] {
  const steps = align(expected, found, (a, b) => a === b);
  if (steps.every((step) => 'expected' in step && 'found' in step)) return [];
  return [{ what, diff: steps.map((step) => lineOf(step, (name) => name)) }];
}

export type ExpectedPair = readonly [name: Expected, value: Expected];
export type FoundPair = readonly [name: string, value: string];

/** Names with their casing, order and values of a list of pairs, `glue` between the two of a pair. */
export function differentPairs(
  what: string,
  expected: readonly ExpectedPair[],
  found: readonly FoundPair[],
  glue: string,
): Difference[] {
  const steps = align(expected, found, ([name], [other]) => matches(name, other));
  const isSame = (step: Step<ExpectedPair, FoundPair>) =>
    'expected' in step && 'found' in step && matches(step.expected[1], step.found[1]);
  if (steps.every(isSame)) return [];
  const before = ([name, value]: ExpectedPair) => `${shown(name)}${glue}${shown(value)}`;
  const after = ([name, value]: FoundPair) => `${name}${glue}${value}`;
  const diff = steps.flatMap((step) => {
    if (isSame(step)) return [`  ${'found' in step ? after(step.found) : ''}`];
    return [
      ...('expected' in step ? [`- ${before(step.expected)}`] : []),
      ...('found' in step ? [`+ ${after(step.found)}`] : []),
    ];
  });
  return [{ what, diff }];
}

/** How far off: lines that only one side has. */
export function distance(differences: readonly Difference[]): number {
  return differences.flatMap(({ diff }) => diff).filter((line) => !line.startsWith('  ')).length;
}

function lineOf<T>(step: Step<T, T>, text: (item: T) => string): string {
  if ('expected' in step) return `${'found' in step ? '  ' : '- '}${text(step.expected)}`;
  return `+ ${text(step.found)}`;
}
