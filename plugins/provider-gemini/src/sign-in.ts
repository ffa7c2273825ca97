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
import { ifTold, jsonOf, textOf } from './answer.js';
import { acceptEncoding, bodyOf, placeOf } from './calls.js';
import { CodeAssist, type CodeAssistOptions } from './code-assist.js';
import type { GeminiConfig } from './config.js';
import { errorOfResponse, without } from './errors.js';
import { geminiCliSignIn } from './profiles/gemini-cli.js';
import type { Fields } from './request.js';
import { brief, textIn } from './status.js';

const SCOPE = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
].join(' ');

export const CODE_PAGE = 'https://codeassist.google.com/authcode';
const STATE = { bytes: 32, encoding: 'hex' } as const;

export interface SignInOptions {
  config: GeminiConfig['oauth'];
  codeAssist: CodeAssistOptions;
}

/** Signing in with a Google account, as gemini-cli does it. */
export const oauthMethod = (options: SignInOptions): AuthMethod => ({
  id: 'gemini/oauth',
  provider: 'gemini',
  kind: 'oauth',
  label: 'Google account (Gemini Code Assist)',
  fields: [],
  warning:
    'Google ended this for private accounts (free, AI Pro, AI Ultra) on 2026-06-18: the browser says it went well, ' +
    'and Code Assist refuses the account afterwards. It serves paid Code Assist Standard and Enterprise accounts; ' +
    'everybody else uses an API key.',
  complete: () => ({}),
  oauth: new SignIn(options),
});

/** Its steps. */
export class SignIn implements OAuth {
  readonly ways: OAuth['ways'] = [
    {
      way: 'browser',
      redirect: { host: '127.0.0.1', ports: 'any', path: '/oauth2callback' },
      // The reference sends no challenge this way.
      secrets: { verifierBytes: null, state: STATE },
      authorizeUrl: (flow) => this.#authorizeUrl(flow),
    },
    {
      way: 'code',
      redirectUri: CODE_PAGE,
      secrets: { verifierBytes: 96, state: STATE },
      authorizeUrl: (flow) => this.#authorizeUrl(flow),
    },
  ];

  constructor(private readonly options: SignInOptions) {}

  missing(): string | null {
    const { clientId, clientSecret } = this.options.config;
    if (!clientId) return setting('clientId');
    return clientSecret ? null : setting('clientSecret');
  }

  async exchange(grant: OAuthGrant, send: SendOnce): Promise<TokenSet> {
    const secrets = [new Secret(grant.code), ...(grant.verifier === null ? [] : [new Secret(grant.verifier)])];
    const answer = await this.#tokens(exchangeCall(this.options.config, grant), secrets, send);
    return tokenSet(answer);
  }

  /** Google gives no new refresh token; the old one stays. */
  async refresh(secrets: Readonly<Record<string, Secret>>, send: SendOnce): Promise<TokenSet> {
    const token = secrets.refresh_token;
    if (!token) throw new ProviderError('auth', 'Google gave no refresh token with this sign-in; sign in anew');
    return tokenSet(await this.#tokens(refreshCall(this.options.config, token), [token], send));
  }

  /** Checks the token, asks whose it is, and finds the project of the account. */
  async prepare(
    secrets: Readonly<Record<string, Secret>>,
    { send, signal }: { send: SendOnce; signal: AbortSignal },
  ): ReturnType<NonNullable<OAuth['prepare']>> {
    const { access_token: token } = secrets;
    if (!token) throw new ProviderError('auth', 'there is no Google access token; sign in anew');
    const { config } = this.options;
    await jsonOf(await send(tokenInfoCall(config, token)), [token]);
    const user = await ifTold(send(userInfoCall(config, token)).then((response) => jsonOf(response, [token])));
    const { project, note } = await new CodeAssist(this.options.codeAssist, token, send, signal).open();
    const account = textIn(user, 'email');
    return { secrets: project === undefined ? {} : { project: new Secret(project) }, account, note };
  }

  #authorizeUrl({ redirectUri, state, challenge }: OAuthFlow): string {
    const { authorizeUrl, clientId } = this.options.config;
    const query: [string, string][] = [
      ['redirect_uri', redirectUri],
      ['access_type', 'offline'],
      ['scope', SCOPE],
      ...(challenge === null
        ? []
        : ([
            ['code_challenge_method', 'S256'],
            ['code_challenge', challenge],
          ] as [string, string][])),
      ['state', state],
      ['response_type', 'code'],
      ['client_id', clientId],
    ];
    return `${authorizeUrl}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
  }

  async #tokens(prepared: PreparedRequest, given: readonly Secret[], send: SendOnce): Promise<Fields> {
    // Made before it is sent: from here on it is known for a secret everywhere.
    const secrets = [...given, new Secret(this.options.config.clientSecret)];
    const response = await send(prepared);
    if (response.status >= 200 && response.status < 300) return jsonOf(response, secrets);
    throw refusal(response.status, response.headers, without(secrets, await textOf(response)));
  }
}

const setting = (name: string) => `plugins."@maestro/provider-gemini".oauth.${name}`;

type Addresses = Pick<GeminiConfig['oauth'], 'tokenUrl' | 'tokenInfoUrl' | 'userInfoUrl'>;
type Client = Pick<GeminiConfig['oauth'], 'clientId' | 'clientSecret'>;

export function exchangeCall(config: Addresses & Client, grant: Omit<OAuthGrant, 'way' | 'state'>): PreparedRequest {
  return request(geminiCliSignIn.exchange, config.tokenUrl, {
    client_id: config.clientId,
    code_verifier: grant.verifier ?? undefined,
    code: grant.code,
    grant_type: 'authorization_code',
    redirect_uri: grant.redirectUri,
    client_secret: config.clientSecret,
  });
}

export function refreshCall(config: Addresses & Client, token: Secret): PreparedRequest {
  return request(geminiCliSignIn.refresh, config.tokenUrl, {
    refresh_token: token.use((value) => value),
    client_id: config.clientId,
    client_secret: config.clientSecret,
    grant_type: 'refresh_token',
  });
}

export const tokenInfoCall = (config: Addresses, token: Secret): PreparedRequest =>
  request(geminiCliSignIn.tokenInfo, config.tokenInfoUrl, {}, token);

export const userInfoCall = (config: Addresses, token: Secret): PreparedRequest =>
  request(geminiCliSignIn.userInfo, config.userInfoUrl, {}, token);

function request(profile: WireProfile, address: string, fields: Fields, token?: Secret): PreparedRequest {
  const place = placeOf(address);
  return {
    profile: { ...profile, path: place.path || '/' },
    origin: place.origin,
    slots: { access_token: token, accept_encoding: acceptEncoding(place) },
    body: bodyOf(profile, fields),
  };
}

function tokenSet(answer: Fields): TokenSet {
  const access = textIn(answer, 'access_token');
  if (!access) throw new ProviderError('malformed', 'Google answered without an access token; sign in anew');
  const refresh = textIn(answer, 'refresh_token');
  const expires = answer.expires_in;
  return {
    secrets: { access_token: new Secret(access), ...(refresh && { refresh_token: new Secret(refresh) }) },
    expiresInMs: typeof expires === 'number' && expires > 0 ? Math.round(expires * 1000) : null,
  };
}

/** An OAuth error, RFC 6749 5.2. A person can mend a code or a token by signing in anew, and a client in the settings. */
function refusal(status: number, headers: Parameters<typeof errorOfResponse>[1], body: string): ProviderError {
  const { error, words } = oauthError(body);
  const told = `Google refused the sign-in: ${words}`;
  if (error === 'invalid_grant') return new ProviderError('auth', `${told}; sign in anew`, { status });
  if (error === 'invalid_client' || error === 'unauthorized_client')
    return new ProviderError('bad_request', `${told}; check ${setting('clientId')} and ${setting('clientSecret')}`, {
      status,
      permanent: true,
    });
  const general = errorOfResponse(status, headers, body);
  // Somebody in between says no: the sign-in itself may be as good as ever.
  return general.kind === 'auth'
    ? new ProviderError('unavailable', `Google answered ${status} to a sign-in; try again in a while`, { status })
    : general;
}

function oauthError(body: string): { error: string | undefined; words: string } {
  try {
    const value: unknown = JSON.parse(body);
    const error = textIn(value, 'error');
    return { error, words: brief(textIn(value, 'error_description') ?? error ?? 'no reason given') };
  } catch {
    // Not a token server's answer; the general rule reads it.
    return { error: undefined, words: '' };
  }
}
