import { defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'approval allow ID [--always] [--args JSON] [--answer JSON] [--json] [--home D]',
  summary: 'Lets a tool run, or answers a question.',
  notes: [
    '--always        also from now on in this session; `maestro approval rule list` shows what that covers',
    '--args JSON     run it with these arguments instead',
    '--answer JSON   to a question: values by the names of its fields',
  ],
  example: 'maestro approval allow 0b5e2a1c-6d2f-4c1e-9a53-0f6f2b8d7e11 --always',
  options: {
    ...place,
    ...json,
    always: { type: 'boolean' },
    args: { type: 'string' },
    answer: { type: 'string' },
  },
  arity: [1, 1],
  async run(call) {
    const { always, args, answer } = call.flags;
    const body = {
      decision: always ? 'always' : 'allow',
      ...(args !== undefined && { args: objectOf('--args', args) }),
      ...(answer !== undefined && { answer: objectOf('--answer', answer) }),
    } as const;
    const done = await withServer(call, ({ rest }) => rest.answerApproval(call.args[0]!, body));
    if (call.flags.json) printJson(call, done);
    return 0;
  },
});

function objectOf(flag: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, like JSON of another kind.
  }
  throw new UsageError(`${flag} takes a JSON object, such as '{"name":"value"}'`);
}
