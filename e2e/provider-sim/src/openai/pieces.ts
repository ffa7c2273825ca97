/** A text as deltas send it; never cuts a letter apart. */
export function piecesOf(text: string, size = 12): string[] {
  const letters = Array.from(text);
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, index) =>
    letters.slice(index * size, (index + 1) * size).join(''),
  );
}
