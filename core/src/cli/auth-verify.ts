import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson } from './output.js';
import { wantedCredential } from './wanted-credential.js';

export const command = defineCommand({
  usage: 'auth verify ID [--json] [--home D]',
  summary: 'Tries a key or sign-in with a real call that costs nothing.',
  example: 'maestro auth verify PROVIDER/default',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const told = await withServer(call, async ({ rest }) => {
      const { items } = await rest.credentials();
      const { id, provider } = wantedCredential(items, call.args[0]!);
      return rest.verifyCredential(id, provider);
    });
    if (call.flags.json) printJson(call, told);
    else {
      const failed = told.failure ? ` (${told.failure.message})` : '';
      call.stdout.write(`${plain(told.note ?? (told.failure ? `it does not work${failed}` : 'it works'))}\n`);
    }
    return told.failure ? 1 : 0;
  },
});
