import { printable } from '../log.js';
import type { Call } from './command.js';

type Out = Pick<Call, 'stdout'>;

export function printJson({ stdout }: Out, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as they must be; texts of others are made printable and cut to one line. */
export function printTable({ stdout }: Out, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map((cell) => short(cell)));
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  for (const row of [head, ...cells]) {
    const line = row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
    stdout.write(`${line.trimEnd()}\n`);
  }
}

/** A text of a model or a tool for the terminal: lines and tabs stay, everything that moves a cursor is shown. */
export function plain(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n');
}

function short(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
