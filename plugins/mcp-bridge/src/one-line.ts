/** A stranger's text on one line, without characters that move a cursor, and no longer than `most`. */
export function oneLine(text: string, most: number): string {
  const line = text
    .slice(0, most * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…`.toWellFormed() : line;
}
