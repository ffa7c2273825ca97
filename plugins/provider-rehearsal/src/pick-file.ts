/** Most telling first; a name of the listing that fits none of them is not read. */
const preferences = [
  /^readme(\.\w+)?$/i,
  /\.(md|txt|rst|adoc)$/i,
  /^package\.json$/,
  /\.(json|ya?ml|toml|ini|cfg)$/i,
  /\.(ts|js|mjs|py|rb|go|rs|ex|exs|java|c|h|cpp|sh|sql|html|css)$/i,
];
const largestBytes = 1024 * 1024;

/** A text file out of what `list_directory` gave, lines like `name (12 bytes)`. */
export function pickFile(listing: string): string | undefined {
  const names = listing.split('\n').flatMap((line) => {
    const match = /^(.+) \((\d+) bytes(, link)?\)$/.exec(line);
    // A quoted name holds control characters: real, but no fit start for a first conversation.
    return match?.[1] && !match[1].startsWith('"') && Number(match[2]) <= largestBytes ? [match[1]] : [];
  });
  for (const preference of preferences) {
    const fitting = names.find((name) => preference.test(name));
    if (fitting) return fitting;
  }
  return undefined;
}
