import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'models [PROVIDER] [--refresh] [--json] [--home D]',
  summary: 'Lists the models of every provider, or of one. Any other id works as well: write it as PROVIDER/MODEL.',
  notes: ['--refresh   asks the servers of the providers anew; without it the list of the last time is shown'],
  example: 'maestro models --refresh',
  options: { ...place, ...json, refresh: { type: 'boolean' } },
  arity: [0, 1],
  async run(call) {
    const [wanted] = call.args;
    const listed = await withServer(call, async ({ rest }) => {
      const providers = wanted === undefined ? (await rest.providers()).items.map(({ id }) => id) : [wanted];
      const lists = providers.map(async (provider) => {
        const { items } = await rest.models(provider, { refresh: call.flags.refresh ?? false });
        return items.map((model) => ({ provider, ...model }));
      });
      return (await Promise.all(lists)).flat();
    });
    if (call.flags.json) printJson(call, listed);
    else if (listed.length === 0) call.stdout.write('No models. `maestro plugin list` tells which providers are on.\n');
    else {
      const rows = listed.map(({ provider, id, context_tokens, output_tokens, price }) => [
        `${provider}/${id}`,
        count(context_tokens),
        count(output_tokens),
        price ? `$${price.input}` : '-',
        price ? `$${price.output}` : '-',
      ]);
      printTable(call, ['MODEL', 'WINDOW', 'REPLY', 'INPUT/M', 'OUTPUT/M'], rows);
    }
    return 0;
  },
});

const count = (tokens: number | null): string => (tokens === null ? '-' : tokens.toLocaleString('en-US'));
