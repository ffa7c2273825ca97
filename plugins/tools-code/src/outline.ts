import type { ToolCallContext } from '@maestro/core';
import type { AstGrep } from './ast-grep.js';
import { newState } from './code-search.js';
import { type OutlineEntry, outlineOf } from './matches.js';
import { shownLine } from './shown.js';

/** Languages whose declarations, imports and exports the search program knows. */
export const outlined: readonly string[] = [
  ...['c', 'cpp', 'csharp', 'go', 'java', 'javascript', 'kotlin', 'php', 'python', 'ruby', 'rust', 'swift', 'tsx'],
  'typescript',
];

const timeoutMs = 10_000;
const mostEntries = 300;

/** The declarations of one file as lines with their ranges; `>` marks those that hold a line of the range shown. */
export async function fileOutline(
  astGrep: AstGrep,
  { file, first, last }: { file: string; first: number; last: number },
  call: ToolCallContext,
): Promise<string[]> {
  const run = { command: 'outline', args: ['--items=all'], read: { files: [file] }, timeoutMs } as const;
  const shown: string[] = [];
  for await (const record of astGrep.records(run, call, newState())) {
    for (const item of outlineOf(record)?.items ?? []) {
      shown.push(line(item, ''), ...(item.members ?? []).map((member) => line(member, '  ')));
    }
  }
  return shown.length > mostEntries ? [...shown.slice(0, mostEntries), `(${shown.length - mostEntries} more)`] : shown;

  function line({ symbolType, name, signature, range, isImport, isExported }: OutlineEntry, indent: string): string {
    const [from, to] = [range.start.line + 1, range.end.line + 1];
    const isAround = from < first && to >= first && last <= to;
    const lines = from === to ? `${from}` : `${from}-${to}`;
    const words = signature.split('\n')[0] || `${symbolType} ${name}`;
    const kind = isImport ? 'import' : `${isExported ? 'exported ' : ''}${symbolType}`;
    return `${isAround ? '>' : ' '} ${indent}${lines}: ${shownLine(words, 200)}  (${kind})`;
  }
}
