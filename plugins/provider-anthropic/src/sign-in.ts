import {
  type AuthMethod,
  type OAuth,
  type OAuthFlow,
  type OAuthGrant,
  type PreparedRequest,
  ProviderError,
  Secret,
  type SendOnce,
  type TokenSet,
  type WireProfile,
} from '@maestro/core';
import { jsonOf, type Secrets } from './answer.js';
import { apiCall, placeOf } from './calls.js';
import type { AnthropicConfig } from './config.js';
import { llxprtSignIn } from './profiles/llxprt.js';
import type { Fields } from './request.js';

const SCOPE = 'org:create_api_key user:profile user:inference';
const CODE_PAGE = 'https://console.anthropic.com/oauth/code/callback';
const CLIENT_ID = 'plugins."@maestro/provider-anthropic".oauth.clientId';
const PORTS = Array.from({ length: 31 }, (_, index) => 8_765 + index);
/** The reference sends the verifier as state as well, and the server has always been asked that way. */
const secrets = { verifierBytes: 32, state: 'verifier' } as const;

/** Signing in with a Claude account, as llxprt does it. */
export const oauthMethod = (config: AnthropicConfig['oauth']): AuthMethod => ({
  id: 'anthropic/oauth',
  provider: 'anthropic',
  kind: 'oauth',
  label: 'Claude account',
  fields: [],
  warning:
    'Anthropic allows the sign-in of Pro and Max accounts in its own applications only, refuses it elsewhere since ' +
    '2026-01-09, and may close an account that is used so. An API key is the way its terms provide.',
  complete: () => ({}),
  oauth: new SignIn(config),
});

/** Its steps. */
export class SignIn implements OAuth {
  readonly ways: OAuth['ways'] = [
    {
      way: 'browser',
      redirect: { host: 'localhost', ports: PORTS, path: '/callback' },
      secrets,
      authorizeUrl: (flow) => this.#authorizeUrl(flow),
    },
    { way: 'code', redirectUri: CODE_PAGE, secrets, authorizeUrl: (flow) => this.#authorizeUrl(flow) },
  ];

  constructor(private readonly config: AnthropicConfig['oauth']) {}

  missing(): string | null {
    return this.config.clientId ? null : CLIENT_ID;
  }

  async exchange(grant: OAuthGrant, send: SendOnce): Promise<TokenSet> {
    const given = [new Secret(grant.code), ...(grant.verifier === null ? [] : [new Secret(grant.verifier)])];
    return tokenSet(await tokens(exchangeCall(this.config, grant), given, send));
  }

  async refresh(held: Readonly<Record<string, Secret>>, send: SendOnce): Promise<TokenSet> {
    const token = held.refresh_token;
    if (!token) throw new ProviderError('auth', 'Anthropic gave no refresh token with this sign-in; sign in anew');
    return tokenSet(await tokens(refreshCall(this.config, token), [token], send));
  }

  #authorizeUrl({ redirectUri, state, challenge }: OAuthFlow): string {
    const query = new URLSearchParams([
      ['code', 'true'],
      ['client_id', this.config.clientId],
      ['response_type', 'code'],
      ['redirect_uri', redirectUri],
      ['scope', SCOPE],
      ['code_challenge', challenge ?? ''],
      ['code_challenge_method', 'S256'],
      ['state', state],
    ]);
    return `${this.config.authorizeUrl}?${query}`;
  }
}

type Client = Pick<AnthropicConfig['oauth'], 'clientId' | 'tokenUrl'>;

export function exchangeCall(config: Client, grant: Omit<OAuthGrant, 'way'>): PreparedRequest {
  return request(llxprtSignIn.exchange, config, {
    grant_type: 'authorization_code',
    code: grant.code,
    state: grant.state,
    client_id: config.clientId,
    redirect_uri: grant.redirectUri,
    code_verifier: grant.verifier ?? undefined,
  });
}

export function refreshCall(config: Client, token: Secret): PreparedRequest {
  return request(llxprtSignIn.refresh, config, {
    grant_type: 'refresh_token',
    refresh_token: token.use((value) => value),
    client_id: config.clientId,
  });
}

function request(profile: WireProfile, { tokenUrl }: Client, fields: Fields): PreparedRequest {
  const { origin, path } = placeOf(tokenUrl);
  return apiCall({ ...profile, path: path || '/' }, { place: { origin, path: '' }, identity: '', fields });
}

async function tokens(prepared: PreparedRequest, given: Secrets, send: SendOnce): Promise<Fields> {
  try {
    return await jsonOf(await send(prepared), given);
  } catch (error) {
    throw error instanceof ProviderError ? explained(error) : error;
  }
}

/** A code or token that is refused can be mended by signing in anew, and a client id in the settings; nothing else. */
function explained(error: ProviderError): ProviderError {
  const told = { cause: error, ...(error.status !== undefined && { status: error.status }) };
  if (/invalid_grant|refresh token/i.test(error.message))
    return new ProviderError('auth', 'Anthropic does not take this code or sign-in any more; sign in anew', told);
  if (/invalid_client|unauthorized_client/.test(error.message)) {
    const words = `Anthropic does not know the client of this sign-in; check ${CLIENT_ID}`;
    return new ProviderError('bad_request', words, { ...told, permanent: true });
  }
  // Somebody in between, or a server that says no to us all: the sign-in itself may be as good as ever.
  if (error.kind === 'auth')
    return new ProviderError(
      'unavailable',
      `Anthropic answered ${error.status} to a sign-in; try again in a while`,
      told,
    );
  return error;
}

function tokenSet(answer: Fields): TokenSet {
  const { access_token: access, refresh_token: refresh, expires_in: expires, account } = answer;
  if (typeof access !== 'string' || !access)
    throw new ProviderError('malformed', 'Anthropic answered without an access token; sign in anew');
  const email = (account as { email_address?: unknown } | undefined)?.email_address;
  return {
    secrets: {
      access_token: new Secret(access),
      ...(typeof refresh === 'string' && refresh && { refresh_token: new Secret(refresh) }),
    },
    expiresInMs: typeof expires === 'number' && expires > 0 ? Math.round(expires * 1_000) : null,
    ...(typeof email === 'string' && { account: email }),
  };
}
