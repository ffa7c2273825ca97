import { MaestroError } from '@maestro/core';
import { discoverAuthorizationServerMetadata, discoverOAuthServerInfo } from '@modelcontextprotocol/sdk/client/auth.js';
import type { AuthorizationServerMetadata } from '@modelcontextprotocol/sdk/shared/auth.js';
import { checkResourceAllowed, resourceUrlFromServerUrl } from '@modelcontextprotocol/sdk/shared/auth-utils.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';

/** What a server said when it refused a request for want of a token. */
export interface Challenge {
  resourceMetadataUrl?: URL | undefined;
  scope?: string | undefined;
}

export interface AuthorizationServer {
  issuer: string;
  metadata: AuthorizationServerMetadata | undefined;
  /** What tokens are asked for (RFC 8707). */
  resource: string | undefined;
  /** What the server names as its scopes. */
  scopes: string | undefined;
}

/** Who gives tokens for a server. @throws MaestroError `mcp.login` where that cannot be trusted */
export async function authorizationServerOf(
  serverUrl: string,
  challenge: Challenge,
  fetchFn: FetchLike,
): Promise<AuthorizationServer> {
  const { resourceMetadataUrl } = challenge;
  const found = await discoverOAuthServerInfo(serverUrl, {
    fetchFn,
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
  });
  const { authorizationServerUrl: issuer, authorizationServerMetadata: metadata, resourceMetadata } = found;
  const resource = resourceMetadata?.resource;
  checkMetadata({ issuer, metadata, serverUrl, isGuessed: resource === undefined });
  const requestedResource = resourceUrlFromServerUrl(serverUrl);
  if (resource !== undefined && !checkResourceAllowed({ requestedResource, configuredResource: resource })) {
    throw untrusted(`it says it is ${resource}, and is ${serverUrl}`);
  }
  return { issuer, metadata, resource, scopes: resourceMetadata?.scopes_supported?.join(' ') };
}

/** The metadata of an authorization server that is known already: nobody else is asked who it is. */
export async function metadataOf(
  { issuer, resource }: Pick<AuthorizationServer, 'issuer'> & { resource?: string | undefined },
  serverUrl: string,
  fetchFn: FetchLike,
) {
  const metadata = await discoverAuthorizationServerMetadata(issuer, { fetchFn });
  checkMetadata({ issuer, metadata, serverUrl, isGuessed: resource === undefined });
  return metadata;
}

interface Described extends Pick<AuthorizationServer, 'issuer' | 'metadata'> {
  serverUrl: string;
  /** Nobody named the issuer, as before revision 2025-06-18: it is looked for where the server is, and of its origin. */
  isGuessed: boolean;
}

/** RFC 8414, 3.3: metadata of another issuer would send codes and tokens to whoever wrote it. */
function checkMetadata({ issuer, metadata, serverUrl, isGuessed }: Described): void {
  if (!metadata) return;
  const isOfOrigin = isGuessed && URL.parse(metadata.issuer)?.origin === new URL(issuer).origin;
  if (!isOfOrigin && !isSameIssuer(metadata.issuer, issuer)) {
    throw untrusted(`the description of ${issuer} is that of ${metadata.issuer}`);
  }
  const endpoints = [metadata.authorization_endpoint, metadata.token_endpoint, metadata.registration_endpoint];
  const isPlain = (url: string | undefined) => url !== undefined && new URL(url).protocol !== 'https:';
  if (new URL(serverUrl).protocol === 'https:' && endpoints.some(isPlain)) {
    throw untrusted(`${issuer} wants to be asked without encryption`);
  }
}

/** Letter by letter, but for a slash at the end that a URL of a host alone may have or not. */
export function isSameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

function untrusted(why: string): MaestroError {
  return new MaestroError('mcp.login', `its authorization server cannot be trusted: ${why}`);
}
