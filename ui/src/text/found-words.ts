export interface Found {
  text: string;
  hit: boolean;
}

/** A text cut where words that were looked for begin and end; they count as the beginning of a word. */
export function marked(text: string, query: string): Found[] {
  const words = query.split(/[\s!-/:-@[-`{-~]+/).filter((word) => word !== '');
  if (words.length === 0) return [{ text, hit: false }];
  const pattern = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
  // Without a look behind, which the oldest browsers lack: what stands before a word is caught with it.
  const parts = text.split(new RegExp(`(^|[^\\p{L}\\p{N}])(${pattern})`, 'giu'));
  return parts.flatMap((part, index) => (part === '' ? [] : [{ text: part, hit: index % 3 === 2 }]));
}
