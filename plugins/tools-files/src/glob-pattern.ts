import { MaestroError } from '@maestro/core';

/**
 * Whether paths fit a glob: `*` and `?` within a name, `**` over directories, `[a-z]`, `{a,b}`. A pattern
 * without a slash fits names in every directory.
 *
 * @param paths are relative, with slashes
 * @throws MaestroError `tool.bad_pattern` for one that is too long or opens what it does not close
 */
export function globMatcher(
  pattern: string,
  { isCaseSensitive }: { isCaseSensitive: boolean },
): (path: string) => boolean {
  if (pattern.length > 1000) throw badPattern(pattern, 'it is longer than 1,000 characters');
  const trimmed = pattern.replace(/^(\.?\/)+/, '');
  const whole =
    trimmed.includes('/') || pattern.startsWith('/') || pattern.startsWith('./') ? trimmed : `**/${trimmed}`;
  const alternatives = expandBraces(whole);
  const expressions = alternatives.map(
    (one) => new RegExp(`^${toSource(one, pattern)}$`, isCaseSensitive ? 'su' : 'siu'),
  );
  return (path) => expressions.some((expression) => expression.test(path));
}

const mostAlternatives = 200;

/** `a{b,c}` as `ab` and `ac`; what is no list of two stays as it is. */
function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const found = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(one);
    if (!found) done.push(one);
    else for (const choice of (found[2] as string).split(',')) open.push(`${found[1]}${choice}${found[3]}`);
    if (done.length + open.length > mostAlternatives) throw badPattern(pattern, 'its braces make too many choices');
  }
  return done;
}

function toSource(glob: string, pattern: string): string {
  let source = '';
  for (let at = 0; at < glob.length; ) {
    const rest = glob.slice(at);
    const stars = /^\*\*(\/|$)/.exec(rest);
    const set = /^\[([!^]?)(\]?[^\]]*)\]/.exec(rest);
    if (stars && (at === 0 || glob[at - 1] === '/')) {
      // Once is enough: repeated, they would make a search that never ends.
      source += stars[1] === '/' ? (source.endsWith(directories) ? '' : directories) : '.*';
      at += stars[0].length;
    } else if (rest[0] === '*') {
      source += source.endsWith('[^/]*') ? '' : '[^/]*';
      at += 1;
    } else if (rest[0] === '?') {
      source += '[^/]';
      at += 1;
    } else if (set) {
      source += `(?!/)[${set[1] ? '^' : ''}${escapedSet(set[2] as string)}]`;
      at += set[0].length;
    } else if (rest[0] === '[') throw badPattern(pattern, 'a [ is not closed');
    else {
      const [character] = rest as unknown as [string];
      const literal =
        character === '\\' && rest.length > 1
          ? (rest[1] as string)
          : (String.fromCodePoint(rest.codePointAt(0) as number) ?? character);
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
      at += character === '\\' && rest.length > 1 ? 2 : literal.length;
    }
  }
  return source;
}

const directories = '(?:.*/)?';

/** A range that runs backwards would be no expression; as characters of their own it fits what it can. */
const escapedSet = (set: string) => {
  const escaped = set.replace(/[\\\][^{}()|/.*+?$]/g, '\\$&');
  const isBackwards = [...set.matchAll(/(.)-(.)/gsu)].some(([, low = '', high = '']) => low > high);
  return isBackwards || /^-|-$/.test(set) ? escaped.replaceAll('-', '\\-') : escaped;
};

export const badPattern = (pattern: string, why: string): MaestroError =>
  new MaestroError('tool.bad_pattern', `${JSON.stringify(pattern.slice(0, 200))} is no pattern: ${why}.`);
