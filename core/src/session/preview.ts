const longest = 160;

/** First words of a text, on one line, for a card. */
export function previewOf(text: string): string {
  const line = text
    .slice(0, 4 * longest)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > longest
    ? `${line
        .slice(0, longest - 1)
        .replace(/[\ud800-\udbff]$/, '')
        .trimEnd()}…`
    : line;
}

/** How much of a text is looked at for its end. */
const tail = 2_000;

/**
 * The last complete sentences of a text, as many as a card has room for; of a single long one its beginning. Empty
 * while no sentence is complete. A line that ended is complete without a stop.
 */
export function lastSentences(text: string): string {
  const seen = text.slice(-tail);
  const ends = [...seen.matchAll(/[.!?\u2026\u3002][)\]"'*`\u201d\u2019]*(?=\s)|\n/g)].map(
    ({ index, 0: mark }) => index + mark.length,
  );
  const whole = /[.!?\u2026\u3002][)\]"'*`\u201d\u2019]*\s*$/.test(seen) ? seen.length : (ends.at(-1) ?? 0);
  const starts = [0, ...ends].filter((at) => at < whole && seen.slice(at, whole).trim() !== '');
  const fits = starts.find((at) => seen.slice(at, whole).replace(/\s+/g, ' ').trim().length <= longest);
  return previewOf(seen.slice(fits ?? starts.at(-1) ?? whole, whole));
}
