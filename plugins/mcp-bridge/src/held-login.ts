import { MaestroError, redactSecrets, type ToolServer, type ToolServers } from '@maestro/core';
import { refreshAuthorization } from '@modelcontextprotocol/sdk/client/auth.js';
import { OAuthError, ServerError, TemporarilyUnavailableError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type Challenge, metadataOf } from './authorization-server.js';
import { reasonOf } from './failures.js';
import { type KeptLogin, readLogin, sealedLogin } from './kept-login.js';

/**
 * The sign-in of one server as its connection uses it: the token that goes with each request, a new one where it is
 * refused, and what the server wants where none helps.
 */
export class HeldLogin {
  #kept: KeptLogin | undefined;
  #renewing: Promise<void> | undefined;
  /** Of the last refusal; a sign-in begins with it. */
  challenge: Challenge = {};
  /** Why the person must sign in; undefined while nothing was refused. */
  refusal: MaestroError | undefined;

  constructor(
    private readonly server: Pick<ToolServer, 'id' | 'name' | 'url' | 'oauth'>,
    private readonly servers: Pick<ToolServers, 'changeLogin'>,
    private readonly fetchFn: FetchLike,
  ) {
    this.#kept = readLogin(server.oauth);
  }

  get kept(): KeptLogin | undefined {
    return this.#kept;
  }

  get token(): string | undefined {
    return this.#kept?.tokens?.access_token;
  }

  /**
   * Another token than the one that was refused; who asks meanwhile waits for the same one.
   *
   * @throws MaestroError `mcp.needs_login`, `mcp.unavailable`
   */
  async renewed(refused: string | undefined, challenge: Challenge): Promise<string> {
    this.challenge = challenge;
    if (this.token === refused && refused !== undefined) {
      this.#renewing ??= this.#renew(refused).finally(() => {
        this.#renewing = undefined;
      });
      await this.#renewing;
    }
    if (this.token !== undefined && this.token !== refused) return this.token;
    throw this.refused(this.#kept ? 'has ended your sign-in; sign in anew' : 'wants you to sign in');
  }

  /** More rights are wanted than the token has. @throws MaestroError `mcp.needs_login`, `mcp.failed` */
  wantsMore(challenge: Challenge): never {
    const { name } = this.server;
    const had = new Set(this.#kept?.scope?.split(' '));
    const wanted = challenge.scope?.split(' ') ?? [];
    if (wanted.every((scope) => had.has(scope))) {
      // Signing in once more would end the same.
      const which = wanted.length > 0 ? ` (${wanted.join(' ').slice(0, 200)})` : '';
      throw new MaestroError('mcp.failed', `"${name}" refuses this for want of rights${which} that it was asked for`);
    }
    this.challenge = { ...challenge, scope: [...new Set([...had, ...wanted])].join(' ') };
    throw this.refused(`wants more rights for this (${wanted.join(' ').slice(0, 200)}); sign in anew`);
  }

  refused(what: string): MaestroError {
    const { name } = this.server;
    this.refusal = new MaestroError('mcp.needs_login', `"${name}" ${what}: maestro mcp login ${name}`);
    return this.refusal;
  }

  /** One process at a time: what another one got meanwhile is taken instead. */
  #renew(refused: string): Promise<void> {
    return this.servers.changeLogin(this.server.id, async (sealed) => {
      const kept = readLogin(sealed);
      this.#kept = kept;
      const { refresh_token } = kept?.tokens ?? {};
      if (!kept || kept.tokens?.access_token !== refused) return sealed;
      const next = refresh_token === undefined ? undefined : await this.#refreshed(kept, refresh_token);
      const { tokens, ...rest } = kept;
      this.#kept = next ? { ...rest, tokens: next } : rest;
      return sealedLogin(this.#kept);
    });
  }

  /** Undefined where the authorization server does not take the token any more. */
  async #refreshed(kept: KeptLogin, refreshToken: string): Promise<KeptLogin['tokens']> {
    const { issuer, client: clientInformation, resource } = kept;
    const { fetchFn } = this;
    try {
      const metadata = await metadataOf(kept, this.server.url ?? '', fetchFn);
      const about = { clientInformation, refreshToken, fetchFn, ...(metadata && { metadata }) };
      const { access_token, refresh_token } = await refreshAuthorization(issuer, {
        ...about,
        ...(resource !== undefined && { resource: new URL(resource) }),
      });
      return { access_token, ...(refresh_token !== undefined && { refresh_token }) };
    } catch (cause) {
      const isRefusal = cause instanceof OAuthError;
      const isPassing = cause instanceof ServerError || cause instanceof TemporarilyUnavailableError;
      if (isRefusal && !isPassing) return undefined;
      const message = `the sign-in to "${this.server.name}" could not be renewed: ${redactSecrets(reasonOf(cause))}`;
      throw new MaestroError('mcp.unavailable', message);
    }
  }
}
