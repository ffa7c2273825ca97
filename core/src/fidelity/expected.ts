import type { Expected } from './capture.js';
import { literal } from './literal.js';

/** What a recording left out, such as `<redacted>` or `<client_id>`: anything stands there. */
const LEFT_OUT = /<[a-z_]+>/;

export function matches(expected: Expected, found: string): boolean {
  if (typeof expected === 'string') return patternOf(expected).test(found);
  if ('slot' in expected) return found !== '';
  return new RegExp(expected.pattern).test(found);
}

/** As a line of a diff shows it. */
export function shown(expected: Expected): string {
  if (typeof expected === 'string') return expected;
  return 'slot' in expected ? '(any name of our own)' : `(anything like ${expected.pattern})`;
}

function patternOf(text: string): RegExp {
  return new RegExp(`^${text.split(LEFT_OUT).map(literal).join('.+')}$`);
}
