import type { AuthMethodResource, ProviderResource } from '../protocol/index.js';
import { signInOver } from './auth-sign-in.js';
import { type Call, defineCommand, json, place, UsageError } from './command.js';
import { type Server, withServer } from './connection.js';
import { secretInput } from './input.js';
import { plain, printJson } from './output.js';

const options = {
  ...place,
  ...json,
  method: { type: 'string' },
  way: { type: 'string' },
  label: { type: 'string' },
  'no-verify': { type: 'boolean' },
} as const;

export const command = defineCommand({
  usage:
    'auth login PROVIDER [--method key|oauth] [--way browser|code|device] [--label L] [--no-verify] [--json] [--home D]',
  summary: 'Saves an API key, or signs in with an account. Both are sealed, after a real call with them.',
  notes: [
    '--method M    key: typed without being shown, or read from standard input; oauth: an account; or the id of one',
    '--way W       browser: the answer comes to this machine; code: you paste it; device: you type a code elsewhere',
    '--label L     tells several of one provider apart',
    '--no-verify   save a key without trying it',
    'Ctrl-C gives a sign-in up; it ends with 3 then.',
  ],
  example: 'maestro auth login PROVIDER < key.txt',
  options,
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    const way = wayOf(call.flags.way);
    return withServer(call, async (server) => {
      const method = methodOf((await server.rest.providers()).items, id, way ? 'oauth' : call.flags.method);
      if (method.warning) call.stderr.write(`maestro: ${plain(method.warning)}\n`);
      const { label } = call.flags;
      const named = label === undefined ? {} : { label };
      if (method.kind === 'api_key') return saveKey(call, server, { provider: id, method, named });
      return signInOver(call, server.rest, { provider: id, method: method.id, ...named, ...(way && { way }) });
    });
  },
});

interface KeyWanted {
  provider: string;
  method: AuthMethodResource;
  named: { label?: string };
}

async function saveKey(
  call: Call<typeof options>,
  { rest }: Server,
  { provider, method, named }: KeyWanted,
): Promise<number> {
  const api_key = await secretInput(call, `${method.label}: `);
  const verify = !call.flags['no-verify'];
  const saved = await rest.createCredential({ provider, method: method.id, fields: { api_key }, verify, ...named });
  if (call.flags.json) printJson(call, saved);
  else {
    call.stdout.write(`saved "${plain(saved.label)}" for ${saved.provider} (${saved.id})\n`);
    if (saved.note) call.stderr.write(`maestro: ${plain(saved.note)}\n`);
  }
  return 0;
}

function wayOf(given: string | undefined): 'browser' | 'code' | 'device' | undefined {
  if (given === undefined || given === 'browser' || given === 'code' || given === 'device') return given;
  throw new UsageError(`there is no way "${given}"; use browser, code or device`);
}

function methodOf(providers: readonly ProviderResource[], id: string, wanted: string | undefined) {
  const provider = providers.find((one) => one.id === id);
  if (!provider) {
    const known = providers.map((one) => one.id).join(', ') || 'none; see `maestro plugin list`';
    throw new UsageError(`there is no provider "${id}"; there are: ${known}`);
  }
  const kinds = { key: 'api_key', oauth: 'oauth' } as const;
  const ofKind = (kind: string) => provider.auth.find((one) => one.kind === kind);
  const method =
    wanted === undefined
      ? (ofKind('api_key') ?? provider.auth[0])
      : (provider.auth.find((one) => one.id === wanted) ?? ofKind(kinds[wanted as keyof typeof kinds] ?? ''));
  if (method) return method;
  const accepted = provider.auth.map((one) => one.id).join(', ');
  throw new UsageError(accepted ? `${id} takes these: ${accepted}` : `${id} needs no key and no sign-in`);
}
