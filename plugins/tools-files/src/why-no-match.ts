import { bare, linesOf, shown } from './lines.js';

/** The nearest place and how it differs, so that the next try succeeds. */
export function whyNoMatch(text: string, wanted: string, replacement: string): string {
  const lines = linesOf(text).map(bare);
  const asked = linesOf(wanted).map(bare);
  const near = nearest(lines, asked, squeezed) ?? nearest(lines, asked, (line) => squeezed(line).toLowerCase());
  const made =
    replacement.trim() !== '' && text.replaceAll('\r\n', '\n').includes(replacement.replaceAll('\r\n', '\n'));
  const already = made ? ' new_string stands in the file already: the edit may have been made.' : '';
  if (near === undefined)
    return `No line is like any of its lines: read the file again, it may have changed.${already}`;
  const last = Math.min(near + asked.length, lines.length);
  const where = asked.length === 1 ? `line ${near + 1}` : `lines ${near + 1}-${last}`;
  const differences = asked.flatMap((line, index) => {
    const found = lines[near + index];
    // A text may begin and end within lines.
    const isEnd = (index === 0 && found?.endsWith(line)) || (index === asked.length - 1 && found?.startsWith(line));
    return isEnd && asked.length > 1 ? [] : difference(line, found, near + index + 1);
  });
  if (differences.length === 0) return `The nearest place is ${where}; it differs only in its ends.${already}`;
  const more = differences.length > mostShown ? ` And ${differences.length - mostShown} more lines differ.` : '';
  return `The nearest place is ${where}. ${differences.slice(0, mostShown).join(' ')}${more}${already}`;
}

const mostShown = 3;

const squeezed = (line: string) => line.replace(/\s+/g, ' ').trim();

/** The start of the run of lines that agrees with most of the wanted ones, by whole lines or parts of lines. */
function nearest(lines: string[], asked: string[], like: (line: string) => string): number | undefined {
  const wanted = new Map<string, number[]>();
  asked.forEach((line, index) => {
    const key = like(line);
    const indexes = wanted.get(key) ?? [];
    // A line repeated very often says little of where; a bound keeps the work linear.
    if (key !== '' && indexes.length < 20) wanted.set(key, [...indexes, index]);
  });
  const votes = new Map<number, number>();
  lines.forEach((line, at) => {
    for (const index of wanted.get(like(line)) ?? []) {
      if (at >= index) votes.set(at - index, (votes.get(at - index) ?? 0) + 1);
    }
  });
  let best: [start: number, count: number] | undefined;
  for (const vote of votes) if (!best || vote[1] > best[1]) best = vote;
  if (best) return best[0];
  const index = asked.findIndex((line) => like(line) !== '');
  const part = index === -1 ? '' : like(asked[index] as string);
  const found = part === '' ? -1 : lines.findIndex((line) => like(line).includes(part));
  return found === -1 ? undefined : Math.max(0, found - index);
}

function difference(asked: string, found: string | undefined, line: number): string[] {
  if (found === asked) return [];
  if (found === undefined) return [`Line ${line} does not exist: the file ends before.`];
  return [`Line ${line} ${howDifferent(asked, found)}: it is ${shown(found)}, not ${shown(asked)}.`];
}

function howDifferent(asked: string, found: string): string {
  const indent = (line: string) => /^\s*/.exec(line)?.[0] ?? '';
  if (found.trimEnd() === asked.trimEnd()) return 'differs in white space at its end';
  if (found.trim() === asked.trim()) {
    const hasTabs = indent(found).includes('\t') !== indent(asked).includes('\t');
    return hasTabs ? 'is indented with tabs in one and spaces in the other' : 'is indented differently';
  }
  if (squeezed(found) === squeezed(asked)) return 'differs in white space';
  if (squeezed(found).toLowerCase() === squeezed(asked).toLowerCase()) return 'differs in upper and lower case';
  return 'differs';
}
