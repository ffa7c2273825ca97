/** One line of a `.gitignore`. */
interface Rule {
  isNegated: boolean;
  directoriesOnly: boolean;
  /** Of the path below the file that holds it; `**` stands for any number of segments. */
  segments: readonly string[];
}

/** The rules of one `.gitignore`; an empty text gives none. */
export function ignoreRules(text: string): Rule[] {
  return text.split(/\r?\n/).flatMap((line) => ruleOf(line) ?? []);
}

export type IgnoreRules = readonly Rule[];

/** What the rules say of a path below their file: the last that fits counts. Undefined: nothing. */
export function isIgnored(rules: IgnoreRules, path: readonly string[], isDirectory: boolean): boolean | undefined {
  const last = rules.findLast((rule) => (isDirectory || !rule.directoriesOnly) && fitsPath(rule.segments, path));
  return last && !last.isNegated;
}

function ruleOf(line: string): Rule | undefined {
  // A space at the end counts only behind a backslash.
  const trimmed = line.replace(/(?<!\\)\s+$/, '');
  if (trimmed === '' || trimmed.startsWith('#')) return undefined;
  const isNegated = trimmed.startsWith('!');
  const pattern = isNegated ? trimmed.slice(1) : trimmed;
  const directoriesOnly = pattern.endsWith('/');
  const body = directoriesOnly ? pattern.slice(0, -1) : pattern;
  if (body === '') return undefined;
  // Without a slash inside it means a name at any depth.
  const segments = body.includes('/') ? body.replace(/^\//, '').split('/') : ['**', body];
  return { isNegated, directoriesOnly, segments };
}

function fitsPath(pattern: readonly string[], path: readonly string[], from = 0, at = 0): boolean {
  if (from === pattern.length) return at === path.length;
  if (pattern[from] !== '**') {
    return at < path.length && fitsName(pattern[from]!, path[at]!) && fitsPath(pattern, path, from + 1, at + 1);
  }
  // At the end it means everything inside, not the directory itself.
  if (from === pattern.length - 1) return at < path.length;
  if (from === pattern.length - 2) return fitsName(pattern[from + 1]!, path.at(-1)!) && path.length > at;
  for (let next = at; next < path.length; next += 1) if (fitsPath(pattern, path, from + 1, next)) return true;
  return false;
}

/** Whether a name fits a pattern with `*`, `?` and `[...]`. Goes back to the last star alone, so that no pattern is slow. */
function fitsName(pattern: string, name: string): boolean {
  if (!/[*?[\\]/.test(pattern)) return pattern === name;
  let [p, n] = [0, 0];
  let [star, after] = [-1, 0];
  while (n < name.length) {
    const step = p < pattern.length && pattern[p] !== '*' ? one(pattern, p, name[n]!) : 0;
    if (pattern[p] === '*') {
      [star, after] = [p, n];
      p += 1;
    } else if (step > 0) {
      p += step;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      after += 1;
      n = after;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** How many characters of the pattern stand for this one; 0 where they do not. */
function one(pattern: string, at: number, letter: string): number {
  const sign = pattern[at];
  if (sign === '?') return 1;
  if (sign === '\\') return pattern[at + 1] === letter ? 2 : 0;
  if (sign !== '[') return sign === letter ? 1 : 0;
  const end = pattern.indexOf(']', at + 2);
  if (end < 0) return letter === '[' ? 1 : 0;
  const inside = pattern.slice(at + 1, end);
  const isOther = inside.startsWith('!') || inside.startsWith('^');
  return isIn(isOther ? inside.slice(1) : inside, letter) === isOther ? 0 : end - at + 1;
}

function isIn(set: string, letter: string): boolean {
  for (let index = 0; index < set.length; index += 1) {
    const isRange = set[index + 1] === '-' && index + 2 < set.length;
    if (isRange ? set[index]! <= letter && letter <= set[index + 2]! : set[index] === letter) return true;
    if (isRange) index += 2;
  }
  return false;
}
