import { type TextPart, text } from '../protocol/messages.js';
import { fileSize } from './file-size.js';

/** A file of text as a model reads it: its name, and its words inside a fence that nothing in them can close. */
export function fenced(name: string, bytes: Buffer, most: number): TextPart {
  const isCut = bytes.length > most;
  const words = new TextDecoder().decode(isCut ? bytes.subarray(0, most) : bytes, { stream: isCut });
  const longest = Math.max(2, ...(words.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const size = isCut ? `, the first ${fileSize(most)} of ${fileSize(bytes.length)}` : '';
  return text(`The file "${name}"${size}:\n${fence}\n${words}${words.endsWith('\n') ? '' : '\n'}${fence}`);
}
