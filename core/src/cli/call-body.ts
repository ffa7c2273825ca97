import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';
import { plain } from './output.js';

export const command = defineCommand({
  usage: 'call body CALL [--response] [--home D]',
  summary: 'Writes the body of a call to a provider as it was sent, byte for byte.',
  notes: ['--response   what came back instead'],
  example: 'maestro call body 0b7e4d4e-3f6c-4a57-9f5e-1d2c3b4a5f60 > request.json',
  options: { ...place, response: { type: 'boolean' } },
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    const bytes = await withServer(call, ({ rest }) =>
      call.flags.response ? rest.callResponse(id) : rest.callRequest(id),
    );
    // What a model or a server wrote must not act on a terminal.
    call.stdout.write(call.stdout.isTTY ? plain(new TextDecoder().decode(bytes)) : bytes);
    return 0;
  },
});
