import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';
import { wantedCredential } from './wanted-credential.js';

export const command = defineCommand({
  usage: 'auth rename ID LABEL [--home D]',
  summary: 'Gives a saved key or sign-in another label.',
  example: 'maestro auth rename PROVIDER/default work',
  options: place,
  arity: [2, 2],
  async run(call) {
    const [wanted, label] = call.args as [string, string];
    await withServer(call, async ({ rest }) => {
      const { items } = await rest.credentials();
      return rest.renameCredential(wantedCredential(items, wanted).id, label);
    });
    return 0;
  },
});
