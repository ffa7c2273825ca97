import type { ToolCallContext } from '@maestro/core';
import type { AstGrep } from './ast-grep.js';
import { newState } from './code-search.js';
import { rootKind } from './languages.js';
import { matchOf } from './matches.js';
import { shownLine } from './shown.js';

export interface SyntaxFault {
  /** From 1. */
  line: number;
  /** What the parser could not make sense of; empty where something is missing. */
  text: string;
}

const most = 50;
const timeoutMs = 10_000;

/** What the grammar of a language cannot read in a text; at most 50 places. */
export async function syntaxErrors(
  astGrep: AstGrep,
  { text, language }: { text: string; language: string },
  call: ToolCallContext,
): Promise<SyntaxFault[]> {
  const rules = [
    { id: 'error', language, rule: { kind: 'ERROR' } },
    // What the parser puts in for a bracket that is not there is a node without text; only the first of them is told.
    { id: 'missing', language, rule: { kind: rootKind(language), has: { regex: '^$', stopBy: 'end' } } },
  ];
  const inline = `--inline-rules=${rules.map((rule) => JSON.stringify(rule)).join('\n---\n')}`;
  const run = { command: 'scan', args: [inline], read: { text }, timeoutMs } as const;
  const found: SyntaxFault[] = [];
  for await (const record of astGrep.records(run, call, newState())) {
    const match = matchOf(record);
    if (!match) continue;
    const isMissing = match.ruleId === 'missing';
    const { range } = (isMissing && match.labels?.find(({ style }) => style === 'secondary')) || match;
    const text = isMissing ? '' : shownLine(match.text.split('\n')[0] ?? '', 120);
    found.push({ line: range.start.line + 1, text });
    if (found.length >= most) break;
  }
  return found;
}
