import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the token server answers the next requests. */
export interface TokenServerState {
  expiresInSeconds: number;
  /** Answers everything with this status, or drops the connection at 0. */
  fault: number | null;
  delayMs: number;
}

/**
 * A token server whose refresh tokens are good for once: the second use of one ends the whole family, as real ones do.
 */
export async function startTokenServer() {
  const families = new Map<string, { current: string; access: string; isRevoked: boolean }>();
  const used = new Map<string, string>();
  const state: TokenServerState = { expiresInSeconds: 3600, fault: null, delayMs: 0 };
  const counts = { refreshes: 0, refused: 0, revoked: 0, requests: 0 };
  const token = (kind: string) => `${kind}_${randomBytes(16).toString('hex')}`;

  const issue = (family: string) => {
    const entry = { current: token('refresh'), access: token('access'), isRevoked: false };
    families.set(family, entry);
    return { access_token: entry.access, refresh_token: entry.current, expires_in: state.expiresInSeconds };
  };
  const refresh = (given: string) => {
    const reusedOf = used.get(given);
    if (reusedOf !== undefined) {
      const family = families.get(reusedOf)!;
      counts.revoked += family.isRevoked ? 0 : 1;
      family.isRevoked = true;
    }
    const [name, family] = [...families].find(([, { current }]) => current === given) ?? [];
    if (!name || !family || family.isRevoked) {
      counts.refused += 1;
      return null;
    }
    used.set(given, name);
    counts.refreshes += 1;
    return issue(name);
  };

  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await textOf(request));
    counts.requests += 1;
    if (state.delayMs) await new Promise((resolve) => setTimeout(resolve, state.delayMs));
    if (state.fault === 0) return response.destroy();
    const answer = state.fault ? { status: state.fault, body: {} } : answerTo(request, form);
    // Where a redirect would lead is counted as well.
    const headers = { 'content-type': 'application/json', ...(state.fault === 307 && { location: '/elsewhere' }) };
    response.writeHead(answer.status, headers).end(JSON.stringify(answer.body));
  });
  const answerTo = ({ url, headers }: IncomingMessage, form: URLSearchParams) => {
    if (url === '/call') {
      const given = headers.authorization?.slice('Bearer '.length);
      const isGood = [...families.values()].some(({ access, isRevoked }) => access === given && !isRevoked);
      return { status: isGood ? 200 : 401, body: {} };
    }
    if (form.get('grant_type') === 'authorization_code') return { status: 200, body: issue(form.get('code') ?? 'x') };
    const tokens = refresh(form.get('refresh_token') ?? '');
    return tokens ? { status: 200, body: tokens } : { status: 400, body: { error: 'invalid_grant' } };
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, state, counts, issue, close };
}

export type TokenServer = Awaited<ReturnType<typeof startTokenServer>>;

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}
