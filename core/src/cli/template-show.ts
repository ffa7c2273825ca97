import { agentText } from '../templates/agent-text.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson } from './output.js';

export const command = defineCommand({
  usage: 'template show NAME [--json] [--home D]',
  summary: 'Shows an agent template as the file it would be.',
  example: 'maestro template show reviewer',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const template = await withServer(call, ({ rest }) => rest.template(call.args[0]!));
    if (call.flags.json) printJson(call, template);
    else call.stdout.write(plain(agentText(template)));
    return 0;
  },
});
