import type { ApprovalRuleResource } from '@maestro/core/protocol';

export type Decision = ApprovalRuleResource['decision'];

export interface ToolRules {
  /** Whatever the tool is called with, in every session; undefined where nothing is said. */
  general: ApprovalRuleResource | undefined;
  /** For some calls or some sessions only. */
  special: ApprovalRuleResource[];
  /** Of many tools at once, by a pattern of their names. */
  wider: ApprovalRuleResource[];
}

export const decisionWords: Readonly<Record<Decision, string>> = {
  allow: 'Run without asking',
  ask: 'Always ask',
  deny: 'Never run',
};

/** The rules that count for a tool, sorted by what they are for; of several general ones the strictest counts. */
export function toolRules(tool: string, rules: readonly ApprovalRuleResource[]): ToolRules {
  const own = rules.filter((rule) => rule.tool === literal(tool));
  const general = own.filter(({ pattern, session_id }) => pattern === null && session_id === null);
  const strictest = (['deny', 'ask', 'allow'] as const)
    .map((decision) => general.find((rule) => rule.decision === decision))
    .find((rule) => rule !== undefined);
  return {
    general: strictest,
    special: own.filter((rule) => !general.includes(rule)),
    wider: rules.filter((rule) => rule.tool.includes('*') && rule.tool !== literal(tool) && fits(rule.tool, tool)),
  };
}

/** The name as a rule writes it: a star in it is a star. */
export const literal = (text: string) => text.replace(/[\\*]/g, '\\$&');

/** `*` stands for any text. Compared piece by piece: no text is slow. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, piece] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const found = isLast ? text.length - piece.length : text.indexOf(piece, at);
    if (found < at || !text.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return rest.length > 0 || text === first;
}
