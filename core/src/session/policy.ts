import type { ToolEffect } from '../extension/tool.js';
import type { ApprovalPolicy, ApprovalRuleResource } from '../protocol/approvals.js';

/** What rules are compared with. */
interface Named {
  tool: string;
  /** What it is about. */
  subject: string;
}

/** A call as rules see it. */
export interface Ruled extends Named {
  effects: ToolEffect;
  /** The call it goes on to: rules for that count as well. */
  reaches?: Named | undefined;
}

/** `refuse` with words for the model. */
export type Verdict = { does: 'run' | 'ask' } | { does: 'refuse'; why: string };

/**
 * What is done with a call. Among the rules that match, deny counts above ask, and ask above allow; only an answer of
 * `always` is stronger than ask, because that is what was asked. While a session plans, no rule lets it do more than read.
 */
export function decide(call: Ruled, policy: ApprovalPolicy, rules: readonly ApprovalRuleResource[]): Verdict {
  const found = strongest(rules.filter((rule) => matches(rule, call) || (call.reaches && matches(rule, call.reaches))));
  if (found?.decision === 'deny') return { does: 'refuse', why: denied(call, found) };
  if (policy === 'plan' && call.effects !== 'read') return { does: 'refuse', why: planning(call.tool) };
  if (found) return { does: found.decision === 'ask' ? 'ask' : 'run' };
  return { does: policy === 'ask' && call.effects !== 'read' ? 'ask' : 'run' };
}

/** What is done with a call that is about several things. */
export function strictest(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ does }) => does === 'refuse') ?? verdicts.find(({ does }) => does === 'ask') ?? { does: 'run' }
  );
}

/** What an answer of `always` covers: the tool, and what the call is about; of a command only the words that say what it does. */
export function coveredBy(
  tool: string,
  subject: string | undefined,
  effects: ToolEffect,
): { tool: string; pattern: string | null } {
  if (subject === undefined) return { tool: literal(tool), pattern: null };
  const [first = '', second = '', ...more] = subject.trim().split(/\s+/);
  const isExact = effects !== 'exec' || second === '' || !isPlain(subject);
  if (isExact) return { tool: literal(tool), pattern: literal(subject) };
  const begins = /^[a-z][a-z0-9-]*$/i.test(second) && more.length > 0 ? `${first} ${second}` : first;
  return { tool: literal(tool), pattern: `${literal(begins)} *` };
}

function strongest(rules: readonly ApprovalRuleResource[]): ApprovalRuleResource | undefined {
  const rank = ({ decision, source, session_id }: ApprovalRuleResource) => {
    const kind = decision === 'deny' ? 6 : source === 'always' ? 4 : decision === 'ask' ? 2 : 0;
    return kind + (session_id === null ? 0 : 1);
  };
  return rules.toSorted((a, b) => rank(b) - rank(a))[0];
}

function matches({ tool, pattern, source }: ApprovalRuleResource, call: Named): boolean {
  if (!fits(tool, call.tool)) return false;
  if (pattern === null) return true;
  // What was granted for one command must not carry a second one behind it.
  if (source === 'always' && pattern.endsWith(' *') && !isPlain(call.subject)) return false;
  return fits(pattern, call.subject);
}

/** Whether a text is one command, as far as any shell would see it: nothing in it joins, nests or redirects. */
function isPlain(subject: string): boolean {
  return !/[;&|<>$`\n\r(){}]/.test(subject);
}

/** `*` stands for any text, `\*` for a star; ` *` at the end also for nothing. Compared without regular expressions: no text is slow. */
export function fits(pattern: string, text: string): boolean {
  if (/(?:^|[^\\]) \*$/.test(pattern) && fits(pattern.slice(0, -2), text)) return true;
  const [first = '', ...rest] = piecesOf(pattern);
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.at(-1) ?? '';
  let at = first.length;
  for (const piece of rest.slice(0, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function piecesOf(pattern: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const [part] of pattern.matchAll(/\\[\\*]|\*|[^\\*]+|\\/g)) {
    if (part === '*') {
      pieces.push(piece);
      piece = '';
    } else piece += /^\\[\\*]$/.test(part) ? part.slice(1) : part;
  }
  return [...pieces, piece];
}

const literal = (text: string) => text.replace(/[\\*]/g, '\\$&');

function denied({ tool }: Ruled, { pattern }: ApprovalRuleResource): string {
  const what = pattern === null ? `the tool "${tool}"` : `"${tool}" for what fits "${pattern}"`;
  return `Not run: a rule of the user denies ${what}. Do without it, or ask the user.`;
}

function planning(tool: string): string {
  return `Not run: this session only plans now, so "${tool}" may not change anything. Read, think, and propose a plan first.`;
}
