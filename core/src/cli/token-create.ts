import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'token create NAME [--json] [--home D]',
  summary: 'Makes a token for a program and prints it, this once.',
  example: 'maestro token create "nightly report" > token.txt',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const created = await withServer(call, ({ rest }) => rest.createToken(call.args[0]!));
    if (call.flags.json) printJson(call, created);
    else call.stdout.write(`${created.token}\n`);
    return 0;
  },
});
