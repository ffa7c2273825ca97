import { type Http, headerOf, ProviderError, type ProviderResponse, type WireLimits } from '@maestro/core';
import type { LocalServer } from './local-server.js';

/** A server on this machine answers at once or is not there. */
const LIMITS: Partial<WireLimits> = { connectMs: 1000, headersMs: 3000, idleMs: 3000, totalMs: 10_000 };

export interface Asking {
  http: Http;
  signal: AbortSignal;
}

/**
 * The JSON object a server answers with.
 *
 * @param question asks with POST
 * @throws ProviderError `network` when nobody is there, `auth` when it wants another key, else `malformed`
 */
export async function ask(server: LocalServer, path: string, { http, signal }: Asking, question?: object) {
  const method = question ? 'POST' : 'GET';
  const profile = { id: 'local/none/plain/list', method, path, headers: [['accept', 'application/json']] } as const;
  const body = question ? Buffer.from(JSON.stringify(question)) : Buffer.alloc(0);
  const response = await http.send(http.render(server.prepared(profile, body)), { signal, limits: LIMITS });
  const text = await textOf(response);
  const { status, headers } = response;
  if (status === 401 || status === 403) throw new ProviderError('auth', `${path} answered ${status}`, { status });
  try {
    const value: unknown = JSON.parse(text);
    if (status === 200 && typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Another kind of server on that port, most likely.
  }
  throw new ProviderError('malformed', `${path} answered ${status} with ${headerOf(headers, 'content-type')}`);
}

/** A body as text. */
export async function textOf({ body }: Pick<ProviderResponse, 'body'>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
