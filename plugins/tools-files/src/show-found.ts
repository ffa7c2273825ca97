import { type ContentPart, type ToolCallContext, text } from '@maestro/core';
import { nameOf } from './place.js';
import type { FoundLine, TextFound, TextSearch } from './search-text.js';

/** What one answer holds at most. */
const mostCharacters = 128 * 1024;

/** What a search found, as a model reads it: a path, then its lines as `12: a match` and `13- a line around it`. */
export function showFound(found: TextFound, search: TextSearch, call: ToolCallContext): ContentPart[] {
  const where = nameOf(search.place, call.workingDirectory);
  const limits = [
    ...(found.hasMore ? ['(there are more; narrow the pattern or the place)'] : []),
    ...(found.isOutOfTime
      ? [`(the time of ${search.timeoutMs / 1000} s ran out; this is what was found until then)`]
      : []),
  ];
  if (found.files.size === 0) {
    return [text([`Nothing in ${where} matches ${search.pattern}.`, ...limits].join('\n'))];
  }
  const blocks = [...found.files].map(([file, lines]) =>
    [nameOf(file, call.workingDirectory), ...shownLines(lines)].join('\n'),
  );
  const count = `${found.matches} ${found.matches === 1 ? 'match' : 'matches'} in ${blocks.length} ${blocks.length === 1 ? 'file' : 'files'}:`;
  const all = blocks.join(search.isNamesOnly ? '\n' : '\n\n');
  const body =
    all.length > mostCharacters ? `${all.slice(0, mostCharacters)}\n(cut; narrow the pattern or the place)` : all;
  const title = search.isNamesOnly ? `${blocks.length} ${blocks.length === 1 ? 'file' : 'files'}:` : count;
  return [text([title, body, ...limits].join('\n'))];
}

function shownLines(lines: FoundLine[]): string[] {
  const hasContext = lines.some(({ isMatch }) => !isMatch);
  return lines.flatMap(({ number, isMatch, text: line }, index) => {
    const isGap = hasContext && index > 0 && number > (lines[index - 1]?.number ?? 0) + 1;
    return [...(isGap ? ['--'] : []), `${number}${isMatch ? ':' : '-'} ${line}`];
  });
}
