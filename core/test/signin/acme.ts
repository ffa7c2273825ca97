import { MaestroError, ProviderError } from '../../src/errors.js';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { Provider } from '../../src/extension/provider.js';
import type { OAuthGrant, SendOnce, TokenSet } from '../../src/oauth/oauth.js';
import { Secret } from '../../src/secret.js';
import { orderedBody } from '../../src/wire/ordered-body.js';
import type { WireProfile } from '../../src/wire/profile.js';

const profile: WireProfile = {
  id: 'acme/oauth/test/token',
  method: 'POST',
  path: '/token',
  headers: [['Accept', 'application/json']],
  body: { encoding: 'form', keys: ['grant_type', 'code', 'code_verifier', 'redirect_uri', 'refresh_token'] },
};
const call: WireProfile = {
  id: 'acme/oauth/test/call',
  method: 'POST',
  path: '/call',
  headers: [['Authorization', 'Bearer {token}']],
  body: { encoding: 'form', keys: [] },
};

/** A sign-in as a plugin brings one, against the token server of these tests. */
export function acmeOAuth(server: { url: string }, extra: { missing?: string; onTokens?(): void } = {}): AuthMethod {
  const ask = async (fields: Record<string, string>, send: SendOnce): Promise<TokenSet> => {
    const response = await send({ profile, origin: server.url, slots: {}, body: orderedBody(profile.body!, fields) });
    const text = await textOf(response.body);
    if (response.status !== 200) throw refusal(response.status, text);
    const answer = JSON.parse(text) as { access_token: string; refresh_token: string; expires_in: number };
    extra.onTokens?.();
    return {
      secrets: { access_token: new Secret(answer.access_token), refresh_token: new Secret(answer.refresh_token) },
      expiresInMs: answer.expires_in * 1000,
      account: 'ada@acme.example',
    };
  };
  const address = ({
    redirectUri,
    state,
    challenge,
  }: {
    redirectUri: string;
    state: string;
    challenge: string | null;
  }) =>
    `${server.url}/authorize?${new URLSearchParams({ redirect_uri: redirectUri, state, code_challenge: challenge ?? '' })}`;
  let looks = 0;
  return {
    id: 'acme/oauth',
    provider: 'acme',
    kind: 'oauth',
    label: 'Acme account',
    fields: [],
    complete: () => ({}),
    oauth: {
      missing: () => extra.missing ?? null,
      ways: [
        {
          way: 'browser',
          redirect: { host: 'localhost', ports: 'any', path: '/callback' },
          secrets: { verifierBytes: 32, state: { bytes: 16, encoding: 'hex' } },
          authorizeUrl: address,
        },
        {
          way: 'code',
          redirectUri: 'https://acme.example/code',
          secrets: { verifierBytes: 32, state: 'verifier' },
          authorizeUrl: address,
        },
        {
          way: 'device',
          begin: async () => ({
            verificationUrl: 'https://acme.example/device',
            userCode: 'ABCD-1234',
            device: 'device-canary-8812',
            intervalMs: 20,
            expiresInMs: 60_000,
          }),
          poll: async (_flow, send) => {
            looks += 1;
            return looks < 3 ? null : ask({ grant_type: 'authorization_code', code: 'device' }, send);
          },
        },
      ],
      exchange: ({ code, verifier, redirectUri }: OAuthGrant, send) =>
        ask({ grant_type: 'authorization_code', code, code_verifier: verifier ?? '', redirect_uri: redirectUri }, send),
      refresh: ({ refresh_token }, send) =>
        ask({ grant_type: 'refresh_token', refresh_token: refresh_token!.use((value) => value) }, send),
    },
  };
}

export const acmeKey: AuthMethod = {
  id: 'acme/key',
  provider: 'acme',
  kind: 'api_key',
  label: 'API key',
  fields: [{ name: 'api_key', label: 'Key', secret: true }],
  complete: ({ api_key = '' }) => {
    if (!api_key.startsWith('ak-')) throw new MaestroError('credential.invalid', 'a key of Acme begins with "ak-"');
    return { api_key: new Secret(api_key) };
  },
};

/** A provider that proves a credential with a call to the token server. */
export function acmeProvider(server: { url: string }): Provider {
  return {
    id: 'acme',
    label: 'Acme',
    auth: ['acme/key', 'acme/oauth'],
    models: async () => [],
    stream: () => {
      throw new Error('no turn runs here');
    },
    verify: async ({ secrets }, { send }) => {
      if (secrets.api_key?.use((key) => key === 'ak-refused')) throw refusal(401, '');
      if (secrets.api_key) return { note: 'a key of the team "Ada"' };
      const slots = { token: secrets.access_token };
      const response = await send({ profile: call, origin: server.url, slots, body: Buffer.alloc(0) });
      if (response.status !== 200) throw refusal(response.status, '');
      return { note: 'plan: pro' };
    },
  };
}

function refusal(status: number, text: string): ProviderError {
  if (text.includes('invalid_grant')) return new ProviderError('auth', 'Acme does not take this token', { status });
  if (text.includes('not for you'))
    return new ProviderError('refused', 'Acme is not for you', { status, permanent: true });
  return new ProviderError(status === 401 ? 'auth' : 'unavailable', `Acme answered ${status}`, { status });
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
