import type { CredentialResource } from '../protocol/index.js';
import { type Call, defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson } from './output.js';
import { wantedCredential } from './wanted-credential.js';

export const command = defineCommand({
  usage: 'auth status [ID] [--json] [--home D]',
  summary: 'Says how keys and sign-ins fare: the last call that went well, the next refresh, and why one fails.',
  example: 'maestro auth status',
  options: { ...place, ...json },
  arity: [0, 1],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.credentials());
    const [id] = call.args;
    const shown = id === undefined ? items : [wantedCredential(items, id)];
    if (call.flags.json) printJson(call, id === undefined ? shown : shown[0]);
    else if (shown.length === 0) call.stdout.write('No keys. `maestro auth login PROVIDER` saves one.\n');
    else for (const one of shown) printOne(call, one);
    return shown.every((one) => one.state === 'ready') ? 0 : 1;
  },
});

function printOne({ stdout }: Pick<Call, 'stdout'>, one: CredentialResource): void {
  const facts: [string, string | null][] = [
    ['id', one.id],
    ['account', one.account],
    ['state', one.state === 'needs_login' ? `needs a new sign-in: maestro auth login ${one.provider}` : one.state],
    ['last success', one.last_success_at ?? (one.source === 'env' ? 'not kept' : 'none yet')],
    ['expires', one.expires_at],
    ['next refresh', one.next_refresh_at],
    ['failed', one.failure && `${one.failure.at}: ${one.failure.message} (${one.failure.code})`],
  ];
  stdout.write(`${one.provider} "${plain(one.label)}" (${one.method})\n`);
  for (const [name, value] of facts) if (value !== null) stdout.write(`  ${`${name}:`.padEnd(14)}${plain(value)}\n`);
}
