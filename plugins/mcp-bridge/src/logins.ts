import { randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type CallbackAnswer,
  CallbackListener,
  type Logger,
  MaestroError,
  readPasted,
  redactSecrets,
  Secret,
  type ToolServer,
  type ToolServers,
} from '@maestro/core';
import { exchangeAuthorization, registerClient, startAuthorization } from '@modelcontextprotocol/sdk/client/auth.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type AuthorizationServer, authorizationServerOf, isSameIssuer } from './authorization-server.js';
import { reasonOf } from './failures.js';
import type { HeldLogin } from './held-login.js';
import { type KeptClient, sealedLogin } from './kept-login.js';

const patienceMs = 600_000;

/** A client that a person registered with the authorization server. */
export interface GivenClient {
  client_id?: string | undefined;
  client_secret?: string | undefined;
  client_metadata_url?: string | undefined;
}

interface Pending {
  listener: CallbackListener;
  timer: NodeJS.Timeout;
  isState(given: string): boolean;
  finish(answer: CallbackAnswer): Promise<void>;
}

interface Flow {
  server: ToolServer;
  at: AuthorizationServer;
  client: KeptClient;
  scope: string | undefined;
  redirectUrl: string;
}

/** Signing in to servers: one sign-in at a time for each, with a listener of its own for the browser's answer. */
export class Logins {
  readonly #pending = new Map<string, Pending>();

  constructor(
    private readonly servers: Pick<ToolServers, 'changeLogin'>,
    private readonly log: Logger,
    private readonly fetchFn: FetchLike,
  ) {}

  /**
   * @param held what the connection knows: what was refused, and the client it has
   * @param onEnd told how it ended; undefined: well
   * @throws MaestroError `mcp.login`, `sign_in.port`
   */
  async begin(
    server: ToolServer,
    { held, given, onEnd }: { held: HeldLogin; given: GivenClient; onEnd(error?: MaestroError): void },
  ): Promise<{ authorize_url: string }> {
    const { id, name, url } = server;
    this.#end(id);
    const state = randomBytes(32).toString('base64url');
    const isState = (text: string) => same(text, state);
    const listener = await CallbackListener.open({
      redirect: { host: '127.0.0.1', ports: 'any', path: '/callback' },
      isState,
      onAnswer: (answer) =>
        void this.#pending
          .get(id)
          ?.finish(answer)
          .catch(() => undefined),
    });
    try {
      const at = await authorizationServerOf(url ?? '', held.challenge, this.fetchFn);
      const scope = scopeOf(at, held.challenge.scope);
      const redirectUrl = listener.redirectUri;
      const client = await this.#client(at, { held, given, scope, redirectUrl });
      const flow: Flow = { server, at, client, scope, redirectUrl };
      const { authorizationUrl, codeVerifier } = await startAuthorization(at.issuer, {
        clientInformation: client,
        redirectUrl,
        state,
        ...(at.metadata && { metadata: at.metadata }),
        ...(scope !== undefined && { scope }),
        ...(at.resource !== undefined && { resource: new URL(at.resource) }),
      });
      if (!/^https?:$/.test(authorizationUrl.protocol)) throw new Error('the page to sign in at has no http address');
      const timer = setTimeout(() => this.#end(id), patienceMs);
      timer.unref();
      const verifier = new Secret(codeVerifier);
      const finish = (answer: CallbackAnswer) => this.#finish(flow, { answer, verifier, onEnd });
      this.#pending.set(id, { listener, timer, isState, finish });
      return { authorize_url: authorizationUrl.href };
    } catch (cause) {
      listener.close();
      throw failed(name, 'cannot be signed in to', cause);
    }
  }

  /** For a browser of another machine: the person pastes the address it ended at. */
  async answer({ id, name }: Pick<ToolServer, 'id' | 'name'>, pasted: string): Promise<void> {
    const pending = this.#pending.get(id);
    if (!pending) {
      throw new MaestroError(
        'mcp.login',
        `no sign-in to "${name}" is on its way; begin with: maestro mcp login ${name}`,
      );
    }
    await pending.finish(readPasted(pasted, pending.isState));
  }

  async close(): Promise<void> {
    for (const id of [...this.#pending.keys()]) this.#end(id);
  }

  /** A client that was given; else the address of its description; else one that is registered now. */
  async #client(
    at: AuthorizationServer,
    options: { held: HeldLogin; given: GivenClient; scope: string | undefined; redirectUrl: string },
  ): Promise<KeptClient> {
    const { held, given, scope, redirectUrl } = options;
    const { client_id, client_secret, client_metadata_url } = given;
    if (client_id !== undefined) return { client_id, ...(client_secret && { client_secret }), isGiven: true };
    const { kept } = held;
    if (kept?.client.isGiven && isSameIssuer(kept.issuer, at.issuer)) return kept.client;
    if (client_metadata_url !== undefined && at.metadata?.client_id_metadata_document_supported === true) {
      return { client_id: client_metadata_url, isGiven: true };
    }
    const methods = at.metadata?.token_endpoint_auth_methods_supported ?? ['none'];
    // The port of the answer is another each time, so whoever signs in is a new client.
    const registered = await registerClient(at.issuer, {
      clientMetadata: {
        client_name: 'The Maestro',
        redirect_uris: [redirectUrl],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: methods.includes('none') ? 'none' : (methods[0] ?? 'none'),
      },
      fetchFn: this.fetchFn,
      ...(at.metadata && { metadata: at.metadata }),
      ...(scope !== undefined && { scope }),
    });
    const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = registered;
    return {
      client_id: id,
      ...(secret !== undefined && { client_secret: secret }),
      ...(method !== undefined && { token_endpoint_auth_method: method }),
    };
  }

  /** @throws MaestroError `mcp.login` */
  async #finish(
    { server, at, client, scope, redirectUrl }: Flow,
    { answer, verifier, onEnd }: { answer: CallbackAnswer; verifier: Secret; onEnd(error?: MaestroError): void },
  ): Promise<void> {
    this.#end(server.id);
    try {
      const authorizationCode = codeOf(answer, at);
      const { access_token, refresh_token } = await exchangeAuthorization(at.issuer, {
        clientInformation: client,
        authorizationCode,
        codeVerifier: verifier.use((text) => text),
        redirectUri: redirectUrl,
        fetchFn: this.fetchFn,
        ...(at.metadata && { metadata: at.metadata }),
        ...(at.resource !== undefined && { resource: new URL(at.resource) }),
      });
      const kept = sealedLogin({
        issuer: at.issuer,
        client,
        tokens: { access_token, ...(refresh_token !== undefined && { refresh_token }) },
        ...(scope !== undefined && { scope }),
        ...(at.resource !== undefined && { resource: at.resource }),
      });
      await this.servers.changeLogin(server.id, async () => kept, { isNew: true });
    } catch (cause) {
      const error = failed(server.name, 'was not signed in to', cause);
      this.log.warn('a sign-in did not end well', { server: server.name, reason: error.message });
      onEnd(error);
      throw error;
    }
    onEnd();
  }

  #end(id: string): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.listener.close();
  }
}

/** What was asked for, else all that the server names; with the right to stay signed in where that must be asked for. */
function scopeOf({ metadata, scopes }: AuthorizationServer, wanted: string | undefined): string | undefined {
  const scope = wanted ?? scopes;
  const offered = (metadata as { scopes_supported?: string[] } | undefined)?.scopes_supported ?? [];
  if (!offered.includes('offline_access') || scope?.split(' ').includes('offline_access')) return scope;
  return scope === undefined ? undefined : `${scope} offline_access`;
}

/** RFC 9207: an answer that another authorization server gave carries a code that must not be shown to this one. */
function codeOf(answer: CallbackAnswer, { issuer, metadata }: AuthorizationServer): string {
  if ('error' in answer)
    throw new Error(`it answered ${answer.error}${answer.description ? `: ${answer.description}` : ''}`);
  const { authorization_response_iss_parameter_supported: namesItself } = (metadata ?? {}) as Record<string, unknown>;
  if (answer.issuer === undefined && namesItself === true) throw new Error('the answer does not say whose it is');
  if (answer.issuer !== undefined && answer.issuer !== (metadata?.issuer ?? issuer)) {
    throw new Error(`the answer is that of ${answer.issuer}, and ${issuer} was asked`);
  }
  return new Secret(answer.code).use((code) => code);
}

function failed(name: string, what: string, cause: unknown): MaestroError {
  return new MaestroError('mcp.login', `"${name}" ${what}: ${redactSecrets(reasonOf(cause))}`, { cause });
}

function same(given: string, state: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(state)];
  return one.length === other.length && timingSafeEqual(one, other);
}
