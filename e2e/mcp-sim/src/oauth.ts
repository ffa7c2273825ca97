import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An authorization server that holds its clients to the rules, and the guard of MCP servers that want its tokens. */
export interface OAuthSim {
  issuer: string;
  /** What the answer to a sign-in names as its issuer; null: nothing. */
  answersAs: string | null;
  /** What its description names as its issuer. */
  describedAs: string;
  /** Every secret it gave. */
  given: string[];
  refreshes: number;
  /** Access tokens are refused from now on; with `all` what renews them as well. */
  expire(all?: boolean): void;
  /** For `before` of a simulated server. */
  guard(request: IncomingMessage, response: ServerResponse): boolean;
  close(): Promise<void>;
}

interface Grant {
  clientId: string;
  challenge: string;
  redirectUri: string;
}

export async function startOAuthSim(): Promise<OAuthSim> {
  const clients = new Map<string, string[]>();
  const codes = new Map<string, Grant>();
  const access = new Set<string>();
  const refresh = new Set<string>();
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => json(response, 500, { error: 'server_error' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const secret = (kind: string, known?: { add(value: string): unknown }) => {
    const value = `${kind}-CANARY-${randomBytes(12).toString('hex')}`;
    known?.add(value);
    sim.given.push(value);
    return value;
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/.well-known/oauth-authorization-server') return json(response, 200, description());
    if (url.pathname === '/register') return register(await bodyOf(request), response);
    if (url.pathname === '/authorize') return authorize(url.searchParams, response);
    if (url.pathname === '/token') return token(new URLSearchParams(await bodyOf(request)), response);
    json(response, 404, {});
  }

  const description = () => ({
    issuer: sim.describedAs,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  });

  function register(body: string, response: ServerResponse): void {
    const { redirect_uris } = JSON.parse(body) as { redirect_uris: string[] };
    const client_id = `client-${randomBytes(4).toString('hex')}`;
    clients.set(client_id, redirect_uris);
    json(response, 201, { client_id, redirect_uris, token_endpoint_auth_method: 'none' });
  }

  /** A person who agrees to everything. */
  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const [clientId, redirectUri, challenge] = ['client_id', 'redirect_uri', 'code_challenge'].map(
      (name) => query.get(name) ?? '',
    ) as [string, string, string];
    const isKnown = clients.get(clientId)?.includes(redirectUri);
    if (!isKnown || query.get('code_challenge_method') !== 'S256' || challenge === '')
      return void json(response, 400, {});
    const code = secret('code');
    codes.set(code, { clientId, challenge, redirectUri });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    if (sim.answersAs !== null) back.searchParams.set('iss', sim.answersAs);
    response.writeHead(302, { location: back.href }).end();
  }

  /** A code and a refresh token are each good for once. */
  function token(form: URLSearchParams, response: ServerResponse): void {
    const refused = () => json(response, 400, { error: 'invalid_grant' });
    if (form.get('grant_type') === 'refresh_token') {
      sim.refreshes += 1;
      if (!refresh.delete(form.get('refresh_token') ?? '')) return void refused();
    } else {
      const grant = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const verifier = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      const fits = grant?.challenge === verifier && grant.redirectUri === form.get('redirect_uri');
      if (!fits || grant.clientId !== form.get('client_id')) return void refused();
    }
    const tokens = { access_token: secret('access', access), refresh_token: secret('refresh', refresh) };
    // Slow enough for others to ask meanwhile.
    setTimeout(() => json(response, 200, { ...tokens, token_type: 'Bearer', expires_in: 3_600 }), 50);
  }

  function guard(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname } = new URL(request.url ?? '/', issuer);
    const here = `http://${request.headers.host}`;
    const described = '/.well-known/oauth-protected-resource';
    if (pathname.startsWith(described)) {
      const resource = `${here}${pathname.slice(described.length)}`;
      json(response, 200, { resource, authorization_servers: [issuer], scopes_supported: ['tools'] });
      return true;
    }
    const given = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (access.has(given)) return false;
    const challenge = `Bearer resource_metadata="${here}${described}${pathname}"`;
    // What a careless server does: it says again what it was told.
    response.writeHead(401, { 'www-authenticate': challenge }).end(`no: ${given}`);
    return true;
  }

  const sim: OAuthSim = {
    ...{ issuer, answersAs: issuer, describedAs: issuer, given: [], refreshes: 0, guard },
    expire: (all = false) => {
      access.clear();
      if (all) refresh.clear();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return sim;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
