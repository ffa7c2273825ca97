import { writeFileSync } from 'node:fs';
import { agentText } from '../templates/agent-text.js';
import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';
import { plain } from './output.js';

export const command = defineCommand({
  usage: 'template export NAME [FILE] [--home D]',
  summary: 'Writes an agent template as a file, or prints it. A file that is there already stays.',
  example: 'maestro template export reviewer reviewer.md',
  options: place,
  arity: [1, 2],
  async run(call) {
    const [name, file] = call.args;
    const text = agentText(await withServer(call, ({ rest }) => rest.template(name!)));
    if (file === undefined) call.stdout.write(plain(text));
    else writeFileSync(file, text, { flag: 'wx' });
    return 0;
  },
});
