import { randomBytes } from 'node:crypto';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { Provider } from '../../src/extension/provider.js';
import { AuthMethods, Providers } from '../../src/extension/registry.js';
import { type Logger, silentLog } from '../../src/log.js';
import { Secret } from '../../src/secret.js';
import { FreshCredentials } from '../../src/signin/fresh-credentials.js';
import { sendOnce } from '../../src/signin/send-once.js';
import { SignIns } from '../../src/signin/sign-ins.js';
import { type SignInClock, timesOf } from '../../src/signin/token-life.js';
import { VerifiedCredentials } from '../../src/signin/verified-credentials.js';
import { Credentials } from '../../src/store/credentials.js';
import type { Database } from '../../src/store/database.js';
import type { KeyRing } from '../../src/store/envelope.js';
import { TokenRefreshes } from '../../src/store/token-refreshes.js';
import { Http } from '../../src/wire/http.js';
import type { TokenServer } from './token-server.js';

export const testKey = (bytes: Buffer = randomBytes(32)): KeyRing => ({ current: 'test', kek: () => bytes });

interface Given {
  db: Database;
  keys: KeyRing;
  methods: readonly AuthMethod[];
  clock?: SignInClock;
  log?: Logger;
  env?: Readonly<Record<string, string>>;
}

/** The parts of one process that deal with sign-ins. */
export function signInParts({ db, keys, methods, clock, log = silentLog, env = {} }: Given) {
  const registry = new AuthMethods();
  for (const method of methods) registry.add(method, 'test');
  const http = new Http();
  const credentials = new Credentials(db, keys, () => registry.all(), env);
  const fresh = new FreshCredentials({
    credentials,
    refreshes: new TokenRefreshes(db, keys),
    methods: registry,
    send: sendOnce(http, new AbortController().signal),
    log,
    ...(clock && { clock }),
  });
  return { credentials, fresh, registry, http };
}

/** Those parts, with sign-ins on their way to one provider. */
export function openSignIns({ provider, lifeMs, ...given }: Given & { provider: Provider; lifeMs?: number }) {
  const parts = signInParts(given);
  const { credentials, fresh, registry: methods, http } = parts;
  const providers = new Providers();
  providers.add(provider, 'test');
  const send = sendOnce(http, new AbortController().signal);
  const { log = silentLog } = given;
  const verified = new VerifiedCredentials({ credentials, fresh, providers, methods, send, log });
  const signIns = new SignIns({ credentials, fresh, verified, http, log, ...(lifeMs !== undefined && { lifeMs }) });
  return { ...parts, verified, signIns };
}

/** A saved sign-in with tokens of a family of its own. */
export async function saveSignIn(
  credentials: Credentials,
  server: TokenServer,
  { label, now = Date.now() }: { label: string; now?: number },
): Promise<string> {
  const tokens = server.issue(label);
  const secrets = { access_token: new Secret(tokens.access_token), refresh_token: new Secret(tokens.refresh_token) };
  const times = timesOf(now, tokens.expires_in * 1000);
  const saved = { provider: 'acme', method: 'acme/oauth', kind: 'oauth' as const, label, secrets, ...times };
  return (await credentials.create(saved)).id;
}
