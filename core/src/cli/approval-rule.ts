import type { MaestroRest } from '../client/index.js';
import type { ApprovalRuleResource } from '../protocol/approvals.js';
import { type Call, defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

const options = {
  ...place,
  ...json,
  session: { type: 'string', short: 's' },
  pattern: { type: 'string', short: 'p' },
} as const;

const decisions = ['allow', 'ask', 'deny'] as const;

export const command = defineCommand({
  usage: 'approval rule list|add|rm ... [-s SESSION] [-p PATTERN] [--json] [--home D]',
  summary: 'Lists, adds or removes rules on what tools may do without asking.',
  notes: [
    'list                        all of them; with -s those that count in one session',
    'add allow|ask|deny TOOL     a rule for all sessions, or with -s for one',
    'rm ID                       it counts no more from the next call on',
    '-p PATTERN                  only what fits: such as "git *" for commands; * stands for any text',
  ],
  example: 'maestro approval rule add deny run_shell -p "git push *"',
  options,
  arity: [1, 3],
  run: (call) => withServer(call, ({ rest }) => perform(call, rest)),
});

async function perform(call: Call<typeof options>, rest: MaestroRest): Promise<number> {
  const [what, first, second] = call.args;
  const { session, pattern } = call.flags;
  const where = session === undefined ? {} : { session_id: session };
  if (what === 'list' && first === undefined) {
    show(call, (await rest.approvalRules(where)).items);
    return 0;
  }
  if (what === 'rm' && first !== undefined && second === undefined) {
    await rest.removeApprovalRule(first);
    return 0;
  }
  const decision = decisions.find((known) => known === first);
  if (what === 'add' && decision !== undefined && second !== undefined) {
    const body = { decision, tool: second, ...(pattern !== undefined && { pattern }), ...where };
    show(call, [await rest.createApprovalRule(body)]);
    return 0;
  }
  throw new UsageError(`say "list", "add allow|ask|deny TOOL" or "rm ID"\nUsage: maestro ${command.usage}`);
}

function show(call: Call<typeof options>, rules: readonly ApprovalRuleResource[]): void {
  if (call.flags.json) printJson(call, rules);
  else if (rules.length === 0) call.stdout.write('No rules. `maestro approval rule add` adds one.\n');
  else
    printTable(
      call,
      ['ID', 'DECISION', 'TOOL', 'PATTERN', 'SESSION', 'MADE BY'],
      rules.map((rule) => [
        rule.id,
        rule.decision,
        rule.tool,
        rule.pattern ?? '',
        rule.session_id ?? 'all',
        rule.source === 'always' ? 'an answer' : 'you',
      ]),
    );
}
