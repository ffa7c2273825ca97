/** A text cut behind each newline; what has none at its end keeps none. `''` has no lines. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** The ending most lines have; a text without lines counts as `\n`. */
export function lineEndingOf(text: string): '\n' | '\r\n' {
  const all = text.split('\n').length - 1;
  const withReturn = text.split('\r\n').length - 1;
  return withReturn * 2 > all ? '\r\n' : '\n';
}

/** A text with every newline written as `ending`. */
export const withEnding = (text: string, ending: '\n' | '\r\n'): string => text.replace(/\r?\n/g, ending);

/** A line without its ending. */
export const bare = (line: string): string => line.replace(/\r?\n$/, '');

/** A line as it can be shown in a message: one line, of bounded length. */
export function shown(line: string, most = 160): string {
  const text = bare(line);
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}...` : text);
}

/** Lines with their numbers before them, as people and models count them. */
export function numbered(text: string, first: number): string {
  return linesOf(text)
    .map((line, index) => `${String(first + index).padStart(6)}\t${line}`)
    .join('');
}
