import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { HeldLogin } from './held-login.js';

/**
 * `fetch` with the token of a sign-in. One that is refused is renewed and the request sent once more; where that does
 * not help, the request fails with what the person should do.
 */
export function signedFetch(login: HeldLogin, send: FetchLike): FetchLike {
  return async (url, init) => {
    const { token } = login;
    const first = await send(url, signed(init, token));
    if (first.status !== 401) return admitted(login, first);
    await first.body?.cancel();
    const next = await login.renewed(token, extractWWWAuthenticateParams(first));
    const second = await send(url, signed(init, next));
    if (second.status !== 401) return admitted(login, second);
    await second.body?.cancel();
    throw login.refused('does not take a token that was just given; sign in anew');
  };
}

async function admitted(login: HeldLogin, response: Response): Promise<Response> {
  const challenge = extractWWWAuthenticateParams(response);
  if (response.status === 403 && challenge.error === 'insufficient_scope') {
    await response.body?.cancel();
    login.wantsMore(challenge);
  }
  if (response.ok) login.refusal = undefined;
  return response;
}

function signed(init: RequestInit | undefined, token: string | undefined): RequestInit {
  const headers = new Headers(init?.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}
