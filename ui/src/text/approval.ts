import type { ApprovalResource, DiffHunk } from '@maestro/core/protocol';
import { gist } from './parts.js';

type Args = Readonly<Record<string, unknown>>;

/** What is asked for, in one line for readers: who asks, for what, about what. */
export function askedFor({ agent_name, kind, tool, title, form, args }: ApprovalResource): string {
  if (kind === 'limit') return `${agent_name} reached a limit: ${form?.title ?? title}`;
  if (kind === 'question') return `${form?.from ?? agent_name} asks: ${form?.title ?? title}`;
  const about = gist(args);
  return `${agent_name} asks to run ${tool ?? title}${about === '' ? '' : `: ${about}`}`;
}

/** What "do not ask again" would cover: the tool whatever for, or what fits the pattern. */
export function coverage({ always }: ApprovalResource): { tool: string; pattern: string | null } | null {
  if (!always) return null;
  return { tool: unescaped(always.tool), pattern: always.pattern === null ? null : unescaped(always.pattern) };
}

const BEFORE = /^(?:old|search|find|before|original)_?(?:string|str|text|content|lines?)?$/i;
const AFTER = /^(?:new|replace|replacement|after)_?(?:string|str|text|content|lines?)?$/i;
const WHOLE = /^(?:content|file_?content|contents|text)$/i;

/**
 * What a call would write, as far as its arguments tell: one text in place of another, or a whole new one. Null where they
 * tell nothing of the kind. The numbers of lines count from the changed text, not from the file.
 */
export function proposedChange({ effects, args }: ApprovalResource): { path: string; hunks: DiffHunk[] } | null {
  if (effects !== 'write' || typeof args !== 'object' || args === null) return null;
  const texts = Object.entries(args as Args).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const named = (pattern: RegExp) => texts.find(([name]) => pattern.test(name))?.[1];
  const path = named(/path|file/i) ?? '';
  const [before, after, whole] = [named(BEFORE), named(AFTER), named(WHOLE)];
  if (after !== undefined && before !== undefined) return { path, hunks: [hunkOf(before, after)] };
  return whole === undefined ? null : { path, hunks: [hunkOf('', whole)] };
}

/** The command or code a call would run; null where its arguments name none. */
export function proposedCommand({ effects, args }: ApprovalResource): string | null {
  if (effects !== 'exec' || typeof args !== 'object' || args === null) return null;
  const found = Object.entries(args as Args).find(([name]) => /^(?:command|cmd|script|code|input)$/i.test(name))?.[1];
  return typeof found === 'string' ? found : null;
}

/** Lines kept around a change. */
const CONTEXT = 3;

/** The lines that two texts begin and end with alike stay; what is between them is replaced. */
function hunkOf(before: string, after: string): DiffHunk {
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const first = Math.max(0, head - CONTEXT);
  const same = (lines: readonly string[]) => lines.map((line) => ` ${line}`);
  return {
    old_start: first + 1,
    new_start: first + 1,
    lines: [
      ...same(old.slice(first, head)),
      ...old.slice(head, old.length - tail).map((line) => `-${line}`),
      ...now.slice(head, now.length - tail).map((line) => `+${line}`),
      ...same(old.slice(old.length - tail, old.length - tail + CONTEXT)),
    ],
  };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Rules write a star that is meant as such behind a backslash. */
function unescaped(pattern: string): string {
  return pattern.replace(/\\([\\*])/g, '$1');
}
