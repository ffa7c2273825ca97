/**
 * The gate: one decision for every request and every upgrade, taken from the head alone, before any
 * body is read. The order is fixed: shape, Host, Origin, Sec-Fetch, authorisation, type, route.
 * It does no I/O of its own; the doors it asks are handed in.
 */

/** Who asks, as a token or ticket proves it. */
export interface Identity {
  id: string;
  name: string;
  kind: 'machine' | 'browser' | 'api';
}

/** The head of a request as it came over the wire. */
export interface GateRequest {
  method: string;
  /** The request target, unchanged. */
  target: string;
  httpVersion: string;
  /** Names and values in turn, duplicates kept. */
  rawHeaders: readonly string[];
  isUpgrade: boolean;
  /** Tokens that were wrong on this connection, lately. */
  wrongTokens: number;
}

/** What the route table says about a method and path. */
export interface RouteRule {
  body: 'json' | 'bytes' | 'none';
  limitBytes: number;
  /** Needs no token. */
  isOpen?: boolean;
  /** For those without a token: an Origin of ours must be there. */
  needsOrigin?: boolean;
}

export interface GateDoors {
  /** Exact `host:port` values that name this server, lower-cased. */
  hosts: ReadonlySet<string>;
  /** Exact origins of our own pages. */
  origins: ReadonlySet<string>;
  /** A rule, or the methods that exist there (none: nothing does). */
  route(method: string, path: string): RouteRule | { allow: readonly string[] };
  checkToken(token: string): Promise<Identity | null>;
  /** Takes the ticket: the same one again gives null. */
  redeemTicket(ticket: string): Identity | null;
}

export interface Refusal {
  code: string;
  message: string;
  /** Response headers that belong to the refusal. */
  headers?: Record<string, string>;
  /** A token was given and was wrong: counts against the connection. */
  wrongToken?: true;
}

export type Verdict =
  | { isAllowed: true; identity: Identity | null; path: string; rule: RouteRule }
  | { isAllowed: false; refusal: Refusal };

export const WRONG_TOKENS_ALLOWED = 10;
export const SOCKET_PROTOCOL = 'maestro.v1';

type Headers = ReadonlyMap<string, readonly string[]>;

export async function gate(request: GateRequest, doors: GateDoors): Promise<Verdict> {
  const headers = grouped(request.rawHeaders);
  const path = request.target.split('?', 1)[0]!;
  const refusal =
    badShape(request, headers) ??
    badHost(headers, doors) ??
    badOrigin(headers, doors) ??
    badSite(headers, path) ??
    (request.isUpgrade ? badUpgrade(request, headers, path) : undefined);
  if (refusal) return { isAllowed: false, refusal };
  return request.isUpgrade ? decideUpgrade(request, headers, path, doors) : decideHttp(request, headers, path, doors);
}

async function decideHttp(request: GateRequest, headers: Headers, path: string, doors: GateDoors): Promise<Verdict> {
  const found = doors.route(request.method, path);
  const rule = 'allow' in found ? undefined : found;
  const needsToken = rule ? !rule.isOpen : isApi(path);
  const asked = needsToken ? await authorised(request, headers, doors) : { identity: null };
  if ('code' in asked) return { isAllowed: false, refusal: asked };
  const refusal =
    (rule?.needsOrigin && !headers.has('origin') ? originRefusal : undefined) ??
    badType(request.method, headers, rule) ??
    ('allow' in found ? noRoute(request, found.allow) : undefined) ??
    tooLarge(headers, rule!);
  if (refusal) return { isAllowed: false, refusal };
  return { isAllowed: true, identity: asked.identity, path, rule: rule! };
}

async function decideUpgrade(request: GateRequest, headers: Headers, path: string, doors: GateDoors): Promise<Verdict> {
  const rule: RouteRule = { body: 'none', limitBytes: 0 };
  if (path === '/socket/tui') {
    const asked = await authorised(request, headers, doors);
    if ('code' in asked) return { isAllowed: false, refusal: asked };
    return { isAllowed: true, identity: asked.identity, path, rule };
  }
  if (!headers.has('origin')) return { isAllowed: false, refusal: originRefusal };
  const identity = doors.redeemTicket(ticketOf(headers));
  if (!identity) return { isAllowed: false, refusal: unauthorised };
  return { isAllowed: true, identity, path, rule };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Two of one of these would let two readers of the same request disagree. */
const single = [
  'host',
  'origin',
  'authorization',
  'content-length',
  'content-type',
  'transfer-encoding',
  'sec-fetch-site',
  'sec-websocket-key',
  'sec-websocket-version',
];

function badShape({ method, target, httpVersion }: GateRequest, headers: Headers): Refusal | undefined {
  if (httpVersion !== '1.1') return malformed('the request must be HTTP/1.1');
  const twice = single.find((name) => (headers.get(name)?.length ?? 0) > 1);
  if (twice) return malformed(`the header ${twice} came more than once`);
  if (!headers.has('host')) return malformed('the header Host is missing');
  if (headers.has('transfer-encoding') && headers.has('content-length')) {
    return malformed('Transfer-Encoding and Content-Length came together');
  }
  if (!methods.has(method))
    return { code: 'gate.method_not_allowed', message: `the method ${method} is not used here` };
  if (!target.startsWith('/')) return malformed('the request target must be a path');
  if (hasSecret(target)) {
    return {
      code: 'gate.token_in_url',
      message: 'a token or code stands in the URL; send it in the Authorization header',
    };
  }
  if (target.includes('#')) return malformed('the request target holds a fragment');
  return undefined;
}

const secretName =
  /^(?:access_?token|api_?key|auth|authorization|bearer|c|code|key|password|secret|session_?token|ticket|token)$/i;

/** What our own tokens look like. */
const tokenShape = /mst_[A-Za-z0-9_-]{16}/;

/** A token anywhere, or a name that would carry one in the query or in a fragment that was sent as part of the target. */
function hasSecret(target: string): boolean {
  if (tokenShape.test(decoded(target))) return true;
  const start = target.search(/[?#]|%23/i);
  if (start < 0) return false;
  return target
    .slice(start)
    .split(/[?#&;]|%23|%26|%3f/i)
    .some((pair) => secretName.test(decoded(pair.split(/=|%3d/i, 1)[0]!)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function badHost(headers: Headers, { hosts }: GateDoors): Refusal | undefined {
  const host = headers.get('host')![0]!.toLowerCase();
  if (hosts.has(host)) return undefined;
  return { code: 'gate.host_not_allowed', message: 'the Host of this request is not a name of this server' };
}

const originRefusal: Refusal = {
  code: 'gate.origin_not_allowed',
  message: 'the Origin of this request is not a page of this server',
};

function badOrigin(headers: Headers, { origins }: GateDoors): Refusal | undefined {
  const origin = headers.get('origin')?.[0];
  return origin === undefined || origins.has(origin) ? undefined : originRefusal;
}

function badSite(headers: Headers, path: string): Refusal | undefined {
  const site = headers.get('sec-fetch-site')?.[0]?.toLowerCase();
  if (site !== 'cross-site' && site !== 'same-site') return undefined;
  if (!isApi(path) && !isSocket(path)) return undefined;
  return { code: 'gate.cross_site', message: 'another site made this request' };
}

function badUpgrade(request: GateRequest, headers: Headers, path: string): Refusal | undefined {
  if (path !== '/socket' && path !== '/socket/tui') return notFound;
  if (request.method !== 'GET') {
    return { code: 'gate.method_not_allowed', message: 'a socket opens with GET', headers: { allow: 'GET' } };
  }
  const isHandshake =
    headers.get('sec-websocket-version')?.[0] === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(headers.get('sec-websocket-key')?.[0] ?? '');
  return isHandshake ? undefined : malformed('this is no WebSocket handshake of version 13');
}

const unauthorised: Refusal = {
  code: 'gate.unauthorized',
  message: 'this needs a valid token in the Authorization header; sign in again, or run `maestro open`',
  headers: { 'www-authenticate': 'Bearer' },
};

/** Without a token the same question is asked, so that the answer takes the same time. */
async function authorised(
  { wrongTokens }: GateRequest,
  headers: Headers,
  { checkToken }: GateDoors,
): Promise<{ identity: Identity } | Refusal> {
  if (wrongTokens >= WRONG_TOKENS_ALLOWED) {
    const message = 'too many wrong tokens on this connection; wait a minute or open another';
    return { code: 'gate.too_many_attempts', message, headers: { 'retry-after': '60' } };
  }
  const given = headers.get('authorization')?.[0];
  const token = /^bearer +(\S{1,512})$/i.exec(given ?? '')?.[1];
  const identity = await checkToken(token ?? '-');
  if (identity && token !== undefined) return { identity };
  return given === undefined ? unauthorised : { ...unauthorised, wrongToken: true };
}

function ticketOf(headers: Headers): string {
  const offered = (headers.get('sec-websocket-protocol') ?? []).flatMap((line) => line.split(',').map((p) => p.trim()));
  const tickets = offered.filter((protocol) => protocol.startsWith('ticket.'));
  return offered.includes(SOCKET_PROTOCOL) && tickets.length === 1 ? tickets[0]!.slice('ticket.'.length) : '';
}

function badType(method: string, headers: Headers, rule: RouteRule | undefined): Refusal | undefined {
  if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) return undefined;
  const wanted = rule?.body === 'bytes' ? 'application/octet-stream' : 'application/json';
  const type = headers.get('content-type')?.[0]?.replace(/;.*/s, '').trim().toLowerCase();
  if (type === wanted || (type === undefined && !hasBody(headers))) return undefined;
  return { code: 'gate.media_type', message: `the body must be ${wanted}` };
}

function hasBody(headers: Headers): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length')?.[0] ?? 0) > 0;
}

const notFound: Refusal = { code: 'gate.not_found', message: 'there is nothing at this path' };

function noRoute({ method }: GateRequest, allow: readonly string[]): Refusal {
  if (allow.length === 0) return notFound;
  const message = `${method} is not used at this path`;
  return { code: 'gate.method_not_allowed', message, headers: { allow: allow.join(', ') } };
}

function tooLarge(headers: Headers, { limitBytes }: RouteRule): Refusal | undefined {
  return Number(headers.get('content-length')?.[0] ?? 0) > limitBytes ? bodyTooLarge(limitBytes) : undefined;
}

/** Also for a body without a length that turns out too long while it is read. */
export function bodyTooLarge(limitBytes: number): Refusal {
  return { code: 'gate.too_large', message: `the body is larger than ${limitBytes} bytes; make it smaller` };
}

function malformed(message: string): Refusal {
  return { code: 'gate.malformed', message };
}

export function isApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

export function isSocket(path: string): boolean {
  return path === '/socket' || path.startsWith('/socket/');
}

function grouped(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[at + 1]!]);
  }
  return headers;
}

/** The names this server answers to: loopback with its port, and what the user configured. */
export function allowedHosts(port: number, configured: readonly string[] = []): Set<string> {
  const own = ['127.0.0.1', 'localhost', '[::1]'].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
  return new Set([...own, ...configured.map((name) => name.toLowerCase())]);
}

/** Pages of ours: plain HTTP on loopback; a configured name may stand behind TLS. */
export function allowedOrigins(port: number, configured: readonly string[] = []): Set<string> {
  const own = [...allowedHosts(port)].map((host) => `http://${host}`);
  return new Set([
    ...own,
    ...configured.flatMap((name) => [`http://${name.toLowerCase()}`, `https://${name.toLowerCase()}`]),
  ]);
}
