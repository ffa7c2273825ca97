import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Pending {
  redirectUri: string;
  challenge: string | null;
}

/**
 * The pages and the token server of a vendor, as a person meets them: a page asks whether to agree, and leads back.
 * A code is good for once, with the address it was given for and the verifier of its challenge.
 */
export async function startAccountPage(tokens: { access: string; refresh: string }) {
  const pending = new Map<string, Pending>();
  const counts = { agreed: 0, denied: 0, exchanged: 0, refused: 0 };

  /** What a person is shown who agrees, where no page of ours can be led to. */
  const agree = (authorizeUrl: string): { code: string; state: string; back: string } => {
    const query = new URL(authorizeUrl).searchParams;
    const code = `code-${pending.size + 1}`;
    const [redirectUri, state] = [query.get('redirect_uri') ?? '', query.get('state') ?? ''];
    pending.set(code, { redirectUri, challenge: query.get('code_challenge') });
    counts.agreed += 1;
    return { code, state, back: `${redirectUri}?${new URLSearchParams({ code, state })}` };
  };
  const denial = (authorizeUrl: string) => {
    const query = new URL(authorizeUrl).searchParams;
    counts.denied += 1;
    return `${query.get('redirect_uri')}?${new URLSearchParams({ error: 'access_denied', state: query.get('state') ?? '' })}`;
  };
  const answer = { access_token: tokens.access, refresh_token: tokens.refresh, expires_in: 3_600 };
  const exchange = (given: Record<string, string>) => {
    if (given.grant_type === 'refresh_token') return given.refresh_token === tokens.refresh ? answer : undefined;
    const known = pending.get(given.code ?? '');
    pending.delete(given.code ?? '');
    const proof = createHash('sha256')
      .update(given.code_verifier ?? '')
      .digest('base64url');
    const isGood = known && known.redirectUri === given.redirect_uri && (!known.challenge || known.challenge === proof);
    counts[isGood ? 'exchanged' : 'refused'] += 1;
    return isGood ? answer : undefined;
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://account.invalid');
    const authorizeUrl = `http://account.invalid/${url.search}`;
    if (url.pathname === '/authorize') {
      const links = ['agree', 'deny'].map(
        (act) => `<a href="/${act}${url.search.replaceAll('&', '&amp;')}">${act}</a>`,
      );
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Account</title>${links.join(' ')}`);
    } else if (url.pathname === '/agree') response.writeHead(302, { location: agree(authorizeUrl).back }).end();
    else if (url.pathname === '/deny') response.writeHead(302, { location: denial(authorizeUrl) }).end();
    else if (url.pathname === '/token') {
      const given = exchange(await fieldsOf(request));
      response.writeHead(given ? 200 : 400, { 'content-type': 'application/json' });
      response.end(JSON.stringify(given ?? { error: 'invalid_grant' }));
    } else response.writeHead(404).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, agree, counts, close };
}

/** A form or a JSON object: vendors differ. */
async function fieldsOf(request: IncomingMessage): Promise<Record<string, string>> {
  const body = Buffer.concat(await request.toArray()).toString();
  return body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}
