/**
 * Bytes as text: in the encoding that a mark at their beginning, the header or the page itself names, as far as they
 * are valid in it; else in UTF-8; else in windows-1252, which anything is.
 *
 * @param isCut the last character may be half
 */
export function decodeText(bytes: Buffer, named: string | undefined, isCut: boolean): string {
  const labels = [markOf(bytes), named, namedWithin(bytes), 'utf-8'];
  for (const label of labels) {
    const text = label && decoded(bytes, label, isCut);
    if (text !== undefined) return text;
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

function decoded(bytes: Buffer, label: string, stream: boolean): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream });
  } catch {
    // No such encoding, or these bytes are not in it.
    return undefined;
  }
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** As in `<meta charset="x">`, `<meta content="text/html; charset=x">` or `<?xml encoding="x"?>`; readable ASCII is no UTF-16. */
function namedWithin(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, 1_024);
  const label = /(?:charset|encoding)\s{0,8}=\s{0,8}["']?([\w-]{1,40})/i.exec(head)?.[1];
  return label && /^utf-?16/i.test(label) ? 'utf-8' : label;
}
