import { createHash, randomBytes } from 'node:crypto';
import type { AuthMethod } from '../extension/auth.js';
import type { OAuthFlow, OAuthWay } from '../oauth/oauth.js';
import { type Attempt, failed, nearest } from './attempt.js';
import type { AuthorizationUrl } from './capture.js';
import { type Difference, differentPairs, differentText } from './difference.js';

type VisitedWay = Extract<OAuthWay, { authorizeUrl(flow: OAuthFlow): string }>;

/** The nearest of the addresses our sign-ins send a browser to; undefined where none goes there. */
export function attemptAuthorization(captured: AuthorizationUrl, methods: readonly AuthMethod[]): Attempt | undefined {
  return nearest(
    methods.flatMap(({ id, oauth }) =>
      (oauth?.ways ?? []).filter(isVisited).flatMap((way) => attemptWay(captured, `${id} ${way.way}`, way)),
    ),
  );
}

function attemptWay(captured: AuthorizationUrl, profile: string, way: VisitedWay): Attempt[] {
  try {
    const address = way.authorizeUrl(exampleFlow(way));
    return baseOf(address) === captured.base ? [{ profile, differences: compareAddress(captured, address) }] : [];
  } catch (error) {
    return [failed(profile, error)];
  }
}

const isVisited = (way: OAuthWay): way is VisitedWay => way.way !== 'device';
const baseOf = (address: string) => address.split('?')[0]!;

/** Base, parameters in order, and how a space is written. */
export function compareAddress(captured: AuthorizationUrl, address: string): Difference[] {
  const query = address.slice(baseOf(address).length + 1);
  const isPlus = captured.space_encoding === '+';
  const decode = (text: string) => decodeURIComponent(isPlus ? text.replaceAll('+', ' ') : text);
  const parameters = query.split('&').map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    return [decode(name), decode(value.join('='))];
  });
  const strange = isPlus ? '%20' : '+';
  return [
    ...differentText('address', captured.base, baseOf(address)),
    ...differentPairs('parameters', captured.query, parameters, '='),
    ...(query.includes(strange) ? differentText('how a space is written', captured.space_encoding, strange) : []),
  ];
}

/** One-time values as the core makes them for a real sign-in. */
function exampleFlow(way: VisitedWay): OAuthFlow {
  const { verifierBytes, state } = way.secrets;
  const verifier = verifierBytes === null ? null : randomBytes(verifierBytes).toString('base64url');
  return {
    redirectUri: redirectOf(way),
    state: state === 'verifier' ? (verifier ?? '') : randomBytes(state.bytes).toString(state.encoding),
    challenge: verifier && createHash('sha256').update(verifier).digest('base64url'),
  };
}

function redirectOf(way: VisitedWay): string {
  if (way.way === 'code') return way.redirectUri;
  const { host, ports, path } = way.redirect;
  return `http://${host}:${ports === 'any' ? 49_152 : ports[0]}${path}`;
}
