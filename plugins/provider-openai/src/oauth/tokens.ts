import type { PreparedRequest, ProviderError, ProviderResponse } from '@maestro/core';
import { Secret, type SendOnce, type TokenSet } from '@maestro/core';
import { parseError } from '../api-error.js';
import { errorOfResponse, failure } from '../errors.js';
import { claimsOf } from './claims.js';

/** What the token server says of a code or a refresh token that is of no use. */
const SPENT =
  /invalid_grant|refresh_token_(?:expired|reused|invalidated|revoked)|token_(?:expired|invalidated|revoked)|access_denied/;
/** What it says where the settings are wrong, so that no code would do. */
const MISSET = /invalid_client|unauthorized_client|invalid_scope|redirect_uri|unsupported_grant_type/;

/** Asks the token server. @throws ProviderError `auth` for a grant that is refused */
export async function fetchTokens(prepared: PreparedRequest, send: SendOnce): Promise<TokenSet> {
  const response = await send(prepared);
  const text = await textOf(response);
  if (response.status !== 200) throw refusal(response, text);
  return tokensOf(jsonOf(text));
}

export async function textOf({ body }: ProviderResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws ProviderError `malformed`, without what came: it may hold tokens */
export function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, without the parser's words, which quote the text.
  }
  throw failure('malformed', 'answered a sign-in with something that is no JSON object');
}

/** By what it says and not by the status alone: a proxy's 400 must not end a sign-in. */
export function refusal({ status, headers }: ProviderResponse, text: string): ProviderError {
  const { code, type, message } = parseError(text);
  const said = [code, type, message, oauthCode(text)].join(' ');
  if (MISSET.test(said))
    return failure('bad_request', `refused the sign-in (${status}: ${message}): check "oauth.clientId"`, {
      status,
      permanent: true,
    });
  if (SPENT.test(said) || status === 401)
    return failure('auth', `refused the sign-in (${status}: ${message})`, { status });
  const error = errorOfResponse(status, headers, text);
  return error.kind === 'auth'
    ? failure('unavailable', `answered a sign-in with ${status}: ${message}`, { status })
    : error;
}

/** The error as RFC 6749 has it: a string and not an object. */
function oauthCode(text: string): string {
  try {
    const { error, error_description } = JSON.parse(text) as Record<string, unknown>;
    return [error, error_description].filter((each) => typeof each === 'string').join(' ');
  } catch {
    return '';
  }
}

function tokensOf(body: Record<string, unknown>): TokenSet {
  const { access_token, refresh_token, id_token, expires_in } = body;
  if (typeof access_token !== 'string' || access_token === '')
    throw failure('malformed', 'answered a sign-in without an access token');
  const identity = claimsOf(typeof id_token === 'string' ? id_token : undefined);
  const access = claimsOf(access_token);
  const accountId = identity.accountId ?? access.accountId;
  const life = Number(expires_in);
  const secrets = { access_token, refresh_token, account_id: accountId };
  return {
    secrets: Object.fromEntries(
      Object.entries(secrets).flatMap(([name, value]) =>
        typeof value === 'string' && value ? [[name, new Secret(value)]] : [],
      ),
    ),
    expiresInMs: life > 0 ? life * 1000 : (access.lifeMs ?? null),
    account: identity.email ?? access.email ?? accountId,
  };
}
