import type { ContextReport } from '../protocol/context.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'session context SESSION [--json] [--home D]',
  summary: 'Shows what the next request of a session would hold, by cause, with an estimate of its tokens.',
  notes: ['--json   with the text of each piece of the prompt and the price of each tool'],
  example: 'maestro session context 4f1c',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const report = await withServer(call, ({ rest }) => rest.context(call.args[0]!));
    if (call.flags.json) printJson(call, report);
    else {
      const { total_tokens, window_tokens, provider, model } = report;
      const window =
        window_tokens === null ? 'a window nobody knows' : `${window_tokens} (${shareOf(report, total_tokens)})`;
      call.stdout.write(plain(`About ${total_tokens} tokens of ${window}, for ${provider}/${model}\n\n`));
      printTable(call, ['CAUSE', 'TOKENS', 'SHARE', 'WHAT'], rowsOf(report));
    }
    return 0;
  },
});

function rowsOf(report: ContextReport): string[][] {
  const { system, tools, history, attachments } = report;
  const line = (cause: string, tokens: number, what: string) => [cause, String(tokens), shareOf(report, tokens), what];
  const own = tools.offered.filter(({ server }) => server === null);
  const free = tools.deferred.filter(({ server }) => server === null).length;
  return [
    ...system.layers.map(({ cause, tokens, title, source }) => line(cause, tokens, source ?? title)),
    ...system.left_out.map(({ source, reason }) => ['left out', '-', '-', `${source}: ${reason}`]),
    line(
      'tools',
      own.reduce((sum, { tokens }) => sum + tokens, 0),
      counted(own.length, free),
    ),
    ...tools.by_server.map(({ server, tokens, offered, deferred }) =>
      line('mcp server', tokens, `${server}: ${counted(offered, deferred)}`),
    ),
    ...(history.summary
      ? [
          line(
            'summary',
            history.summary.tokens,
            `of the first ${history.summary.upto_pos} messages (${history.summary.method})`,
          ),
        ]
      : []),
    ...history.by_role.map(({ role, tokens, messages }) => line(role, tokens, `${messages} messages`)),
    line('attachments', attachments.tokens, `${attachments.items.length} images and files`),
  ];
}

const counted = (offered: number, deferred: number) =>
  `${offered} tools${deferred > 0 ? `, ${deferred} more once they are searched for` : ''}`;

function shareOf({ window_tokens }: ContextReport, tokens: number): string {
  return window_tokens === null ? '-' : `${((100 * tokens) / window_tokens).toFixed(1)} %`;
}
