import type { ProviderResource } from '../protocol/index.js';
import { defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { secretInput } from './input.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'auth login PROVIDER [--method M] [--label L] [--json] [--home D]',
  summary: 'Saves an API key, sealed. It is typed without being shown, or read from standard input.',
  notes: ['--label L   tells several keys of one provider apart'],
  example: 'maestro auth login PROVIDER < key.txt',
  options: { ...place, ...json, method: { type: 'string' }, label: { type: 'string' } },
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    const { label } = call.flags;
    const saved = await withServer(call, async ({ rest }) => {
      const method = methodOf((await rest.providers()).items, id, call.flags.method);
      const api_key = await secretInput(call, `${method.label}: `);
      const named = label === undefined ? {} : { label };
      return rest.createCredential({ provider: id, method: method.id, fields: { api_key }, ...named });
    });
    if (call.flags.json) printJson(call, saved);
    else call.stdout.write(`saved "${saved.label}" for ${saved.provider} (${saved.id})\n`);
    return 0;
  },
});

function methodOf(providers: readonly ProviderResource[], id: string, wanted: string | undefined) {
  const provider = providers.find((one) => one.id === id);
  if (!provider) {
    const known = providers.map((one) => one.id).join(', ') || 'none; see `maestro plugin list`';
    throw new UsageError(`there is no provider "${id}"; there are: ${known}`);
  }
  const keys = provider.auth.filter(({ kind }) => kind === 'api_key');
  const method = wanted === undefined ? keys[0] : keys.find((one) => one.id === wanted);
  if (method) return method;
  const accepted = keys.map((one) => one.id).join(', ');
  throw new UsageError(accepted ? `${id} takes these: ${accepted}` : `${id} needs no API key`);
}
