import { visible } from './visible.js';

const ESC = '\u001b';
/** Colour and cursor commands, window titles and the like, and what else a terminal obeys instead of showing. */
export const SEQUENCES = new RegExp(
  `${ESC}\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\|$)|${ESC}[PX^_][^${ESC}]*(?:${ESC}\\\\|$)|${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[ -/]*[0-~]?`,
  'g',
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Output of a program as text that only shows: commands to the terminal are taken out, a carriage return overwrites. */
export function plain(output: string): string {
  const lines = output.replace(SEQUENCES, '').replace(/\r\n/g, '\n').split('\n');
  return visible(lines.map((line) => line.slice(line.lastIndexOf('\r') + 1).replace(CONTROLS, '')).join('\n'));
}
