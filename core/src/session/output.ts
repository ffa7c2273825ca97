import type { ContentPart, TerminalPart } from '../protocol/messages.js';
import { text } from '../protocol/messages.js';

/**
 * A tool's output with at most `maxBytes` of text: of what is longer, the head and the tail stay, since the one says
 * what it is and the other how it ended.
 */
export function boundOutput(content: readonly ContentPart[], maxBytes: number): ContentPart[] {
  let left = maxBytes;
  return content.map((part) => {
    const fitted = sizeOf(part) <= left ? part : shortened(part, left);
    left = Math.max(0, left - sizeOf(fitted));
    return fitted;
  });
}

function sizeOf(part: ContentPart): number {
  if (part.type === 'text') return Buffer.byteLength(part.text);
  if (part.type === 'terminal') return part.chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.text), 0);
  if (part.type === 'diff') return Buffer.byteLength(JSON.stringify(part.hunks));
  return 0;
}

function shortened(part: ContentPart, maxBytes: number): ContentPart {
  if (part.type === 'text') return { ...part, text: cutMiddle(part.text, maxBytes) };
  if (part.type === 'terminal') return { ...part, chunks: cutChunks(part.chunks, maxBytes) };
  const path = part.type === 'diff' ? part.path : part.type;
  return text(`[${path}: a diff of ${sizeOf(part)} bytes is left out]`);
}

/** Text of at most about `maxBytes`: its head and its tail, and between them how much is left out. */
export function cutMiddle(value: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(value);
  if (bytes <= maxBytes) return value;
  const half = Math.floor(maxBytes / 2);
  return `${head(value, half)}${leftOut(bytes - 2 * half)}${tail(value, half)}`;
}

const leftOut = (bytes: number) => `\n[... ${bytes} bytes left out ...]\n`;

// A cut may fall into the middle of a character; what decoding makes of the pieces is taken off.
const head = (value: string, bytes: number) =>
  Buffer.from(value)
    .subarray(0, bytes)
    .toString()
    .replace(/\ufffd+$/, '');
const tail = (value: string, bytes: number) =>
  bytes === 0
    ? ''
    : Buffer.from(value)
        .subarray(-bytes)
        .toString()
        .replace(/^\ufffd+/, '');

type Chunk = TerminalPart['chunks'][number];

function cutChunks(chunks: readonly Chunk[], maxBytes: number): Chunk[] {
  const half = Math.floor(maxBytes / 2);
  const all = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.text), 0);
  const first = upTo(chunks, half, head);
  const last = upTo([...chunks].reverse(), half, tail).reverse();
  const stream = last[0]?.stream ?? 'stdout';
  return [...first, { stream, text: leftOut(all - 2 * half) }, ...last];
}

function upTo(chunks: readonly Chunk[], maxBytes: number, cut: (value: string, bytes: number) => string): Chunk[] {
  const taken: Chunk[] = [];
  let left = maxBytes;
  for (const chunk of chunks) {
    if (left === 0) break;
    const text = Buffer.byteLength(chunk.text) <= left ? chunk.text : cut(chunk.text, left);
    left = Math.max(0, left - Buffer.byteLength(chunk.text));
    // The colours of a text that is cut are not worth a cut of their own.
    taken.push(text === chunk.text ? chunk : { stream: chunk.stream, text });
  }
  return taken;
}
