/** Bytes as lines that hold every one of them: text wrapped at a width, or hexadecimal where it is no UTF-8. */
export interface RawRows {
  kind: 'text' | 'hex';
  count: number;
  /** Of text the characters themselves, the line break included: all rows together are the body. */
  row(index: number): string;
}

const PER_HEX_ROW = 16;

/** Undefined where the bytes are no UTF-8. A mark at the beginning stays. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function rawRows(bytes: Uint8Array, columns: number): RawRows {
  const text = textOfBytes(bytes);
  return text === undefined ? hexRows(bytes) : textRows(text, columns);
}

export function textRows(text: string, columns: number): RawRows {
  const starts: number[] = [];
  let at = 0;
  /** Of the next line break; looked for once, since a body may be one line. */
  let line = -2;
  while (at < text.length) {
    starts.push(at);
    const limit = at + columns;
    if (line !== -1 && line < at) line = text.indexOf('\n', at);
    let next = line >= 0 && line <= limit ? line + 1 : Math.min(limit, text.length);
    // The halves of a character stay together.
    if (next < text.length && isLow(text.charCodeAt(next))) next += 1;
    at = next;
  }
  return { kind: 'text', count: starts.length, row: (index) => text.slice(starts[index], starts[index + 1]) };
}

const isLow = (code: number) => code >= 0xdc00 && code <= 0xdfff;

function hexRows(bytes: Uint8Array): RawRows {
  return {
    kind: 'hex',
    count: Math.ceil(bytes.length / PER_HEX_ROW),
    row(index) {
      const from = index * PER_HEX_ROW;
      const some = Array.from(bytes.subarray(from, from + PER_HEX_ROW));
      const hex = some.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      const letters = some.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
      return `${from.toString(16).padStart(8, '0')}  ${hex.padEnd(PER_HEX_ROW * 3 - 1)}  ${letters}`;
    },
  };
}
