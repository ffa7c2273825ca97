import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import type { Accounts, Vendor } from './accounts.js';
import { DeviceCodes } from './device-codes.js';
import { echoOf } from './echo.js';
import { type Fields, fieldsOf, needed } from './token-request.js';

/** Which vendor a path belongs to. `/oauth/authorize` is of two, told apart by their parameters. */
const TOKEN_PATHS: Readonly<Record<string, Vendor>> = {
  '/v1/oauth/token': 'anthropic',
  '/oauth/token': 'openai',
  '/token': 'google',
};
const AUTHORIZE_PATHS = ['/oauth/authorize', '/o/oauth2/v2/auth'];
const DEVICE = '/api/accounts/deviceauth/';

/**
 * The authorization and token servers of all three vendors: a person who agrees at once, codes bound to client,
 * address and challenge, refresh tokens that are good for once. Shapes and bodies as the reference applications meet them.
 */
export class OAuthFormat implements WireFormat {
  readonly id = 'oauth';
  readonly #devices: DeviceCodes;

  constructor(private readonly accounts: Accounts) {
    this.#devices = new DeviceCodes(accounts);
  }

  owns(path: string): boolean {
    return path in TOKEN_PATHS || AUTHORIZE_PATHS.includes(path) || path.startsWith(DEVICE);
  }

  answer(request: SimRequest): Answer {
    const { method, path } = request;
    const { echo } = this.accounts.state;
    if (echo?.path === path) throw echoOf(request, echo);
    if (AUTHORIZE_PATHS.includes(path)) {
      if (method !== 'GET') throw new Refusal(405, 'invalid_request', 'GET only');
      return this.#authorize(request);
    }
    if (method !== 'POST') throw new Refusal(405, 'invalid_request', 'POST only');
    if (path.startsWith(DEVICE)) return this.#devices.answer(request, path.slice(DEVICE.length));
    return this.#token(request, TOKEN_PATHS[path]!);
  }

  headers(requestId: string): Record<string, string> {
    return { 'x-request-id': requestId, 'cache-control': 'no-store' };
  }

  errorBody(...[type, message, , , { path }]: Parameters<WireFormat['errorBody']>): unknown {
    const isOpenAi = TOKEN_PATHS[path] === 'openai' || path.startsWith(DEVICE);
    if (!isOpenAi || type === 'invalid_request')
      return { error: type ?? 'server_error', error_description: message ?? 'Something went wrong' };
    return { error: { message: message ?? null, type: 'invalid_request_error', param: null, code: type ?? null } };
  }

  errorFrame(): string {
    return '';
  }

  #authorize({ path, query }: SimRequest): Answer {
    const vendor = path === '/o/oauth2/v2/auth' ? 'google' : query.get('code') === 'true' ? 'anthropic' : 'openai';
    const fields = needed(Object.fromEntries(query), 'client_id', 'redirect_uri', 'state', 'scope', 'response_type');
    if (vendor !== 'google') needed(fields, 'code_challenge');
    if (fields.code_challenge && fields.code_challenge_method !== 'S256')
      throw new Refusal(400, 'invalid_request', 'code_challenge_method must be S256');
    const back = new URL(fields.redirect_uri!);
    if (this.accounts.state.denies) back.searchParams.set('error', 'access_denied');
    else back.searchParams.set('code', this.accounts.code(grantOf(vendor, fields)));
    back.searchParams.set('state', fields.state!);
    return { status: 302, json: {}, headers: { location: back.href } };
  }

  #token(request: SimRequest, vendor: Vendor): Answer {
    const isJson = vendor === 'anthropic' && (request.header('content-type') ?? '').startsWith('application/json');
    const fields = fieldsOf(request, isJson ? 'json' : 'form');
    needed(fields, 'grant_type', 'client_id');
    if (vendor === 'google') needed(fields, 'client_secret');
    if (fields.grant_type === 'refresh_token') return this.#refresh(fields, vendor);
    if (fields.grant_type === 'authorization_code') return this.#exchange(fields, vendor, isJson);
    throw new Refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${fields.grant_type}`);
  }

  #exchange(fields: Fields, vendor: Vendor, isJson: boolean): Answer {
    if (vendor === 'anthropic' && !isJson) throw new Refusal(400, 'invalid_request', 'an exchange comes as JSON');
    needed(fields, 'code', 'redirect_uri', ...(vendor === 'google' ? [] : ['code_verifier']));
    const redeemed = this.accounts.redeem(fields.code!, {
      vendor,
      clientId: fields.client_id!,
      redirectUri: fields.redirect_uri!,
      verifier: fields.code_verifier ?? null,
    });
    if (!redeemed) throw new Refusal(400, 'invalid_grant', words[vendor].code);
    if (vendor === 'anthropic' && redeemed.grant.state !== fields.state)
      throw new Refusal(400, 'invalid_grant', 'Invalid state');
    return { status: 200, json: body(vendor, redeemed.tokens) };
  }

  #refresh(fields: Fields, vendor: Vendor): Answer {
    needed(fields, 'refresh_token');
    const outcome = this.accounts.refresh(fields.refresh_token!, vendor);
    if (outcome.tokens) return { status: 200, json: body(vendor, outcome.tokens, vendor !== 'google') };
    if (vendor !== 'openai') throw new Refusal(400, 'invalid_grant', words[vendor].refresh);
    const code = outcome.refused === 'reused' ? 'refresh_token_reused' : 'refresh_token_invalidated';
    throw new Refusal(401, code, words.openai.refresh);
  }
}

const words: Readonly<Record<Vendor, { code: string; refresh: string }>> = {
  anthropic: { code: "Invalid 'code' in token request", refresh: 'Refresh token not found or invalid' },
  openai: {
    code: 'Invalid authorization code',
    refresh: 'Your refresh token has already been used to generate a new access token. Please try signing in again.',
  },
  google: { code: 'Malformed auth code.', refresh: 'Token has been expired or revoked.' },
};

const grantOf = (vendor: Vendor, fields: Fields) => ({
  vendor,
  clientId: fields.client_id!,
  redirectUri: fields.redirect_uri!,
  state: fields.state!,
  challenge: fields.code_challenge ?? null,
});

type Tokens = NonNullable<ReturnType<Accounts['redeem']>>['tokens'];

function body(
  vendor: Vendor,
  { access, identity, refresh, expiresInSeconds }: Tokens,
  withRefresh = true,
): Record<string, unknown> {
  const tokens = {
    access_token: access,
    ...(withRefresh && { refresh_token: refresh }),
    expires_in: expiresInSeconds,
    token_type: 'Bearer',
  };
  if (vendor === 'openai') return { ...tokens, id_token: identity };
  if (vendor === 'google') return { ...tokens, scope: 'https://www.googleapis.com/auth/cloud-platform' };
  const account = { uuid: '5f0c9a4e-0000-4000-8000-000000000001', email_address: 'ada@example.com' };
  return { ...tokens, scope: 'user:inference user:profile', account };
}
