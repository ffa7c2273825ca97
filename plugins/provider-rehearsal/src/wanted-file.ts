/**
 * The file a message names: one in backticks or quotes, or a word that looks like a path with an ending.
 * Addresses and version numbers are not files.
 */
export function wantedFile(message: string): string | undefined {
  const marked = /[`"']([^`"'\n]{1,200})[`"']/.exec(message)?.[1]?.trim();
  if (marked && looksLikeFile(marked)) return marked;
  const words = message.split(/[\s,;()]+/).map((word) => word.replace(/[.!?:]+$/, ''));
  return words.find(looksLikeFile);
}

function looksLikeFile(word: string): boolean {
  if (/^[a-z]+:\/\//i.test(word) || /\s{2}|[<>|*?]/.test(word)) return false;
  return (
    /^[\w@~./ -]*[\w-]\.[a-z][a-z0-9]{0,9}$/i.test(word) && !/^\d+(\.\d+)+$/.test(word) && !/^(e\.g|i\.e)$/i.test(word)
  );
}
