import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';
import { plain } from './output.js';

export const command = defineCommand({
  usage: 'call curl CALL [--home D]',
  summary: 'Prints a call to a provider as a curl command. It holds no key: each stands as a variable to be set first.',
  notes: ['A body too long or too strange for a command line is read from a file; `maestro call body` gives it.'],
  example: 'maestro call curl 0b7e4d4e-3f6c-4a57-9f5e-1d2c3b4a5f60',
  options: { ...place },
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    const { command: text, variables, body_file } = await withServer(call, ({ rest }) => rest.callCommand(id));
    call.stdout.write(`${text}\n`);
    if (variables.length > 0) call.stderr.write(`Set first: ${variables.join(', ')}\n`);
    if (body_file !== null) call.stderr.write(plain(`Save the body first: maestro call body ${id} > ${body_file}\n`));
    return 0;
  },
});
