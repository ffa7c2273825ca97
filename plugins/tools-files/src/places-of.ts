/** A piece of a text: from `start`, up to `end`. */
export interface Piece {
  start: number;
  end: number;
}

/**
 * Where a text stands in another, without overlaps, first to last. Newlines match whether written `\n` or `\r\n`,
 * for models write only the first.
 */
export function placesOf(text: string, wanted: string): Piece[] {
  if (!text.includes('\r\n')) return exactPlaces(text, wanted.replaceAll('\r\n', '\n'));
  const plain = text.replaceAll('\r\n', '\n');
  const toOriginal = offsets(text);
  return exactPlaces(plain, wanted.replaceAll('\r\n', '\n')).map(({ start, end }) => ({
    start: toOriginal(start),
    end: toOriginal(end),
  }));
}

/** The number of the line, from 1, that an offset lies in. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function exactPlaces(text: string, wanted: string): Piece[] {
  const found: Piece[] = [];
  for (let start = text.indexOf(wanted); start !== -1; start = text.indexOf(wanted, start + wanted.length)) {
    found.push({ start, end: start + wanted.length });
  }
  return found;
}

/** Translates offsets of a text with `\n` only, asked for in ascending order, to those of the original. */
function offsets(original: string): (plain: number) => number {
  let returns = 0;
  let next = original.indexOf('\r\n');
  return (plain) => {
    while (next !== -1 && next - returns < plain) {
      returns += 1;
      next = original.indexOf('\r\n', next + 2);
    }
    return plain + returns;
  };
}
