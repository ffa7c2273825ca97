import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';

const limitMs = 15_000;
const mostBytes = 1024 * 1024;

/** `fetch` for what authorization servers are asked: bounded in time and size, and with no header of ours. */
export const signInFetch: FetchLike = async (url, init) => {
  const limit = AbortSignal.timeout(limitMs);
  const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit;
  const response = await fetch(url, { ...init, signal });
  const { status, statusText, headers } = response;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Error(`${new URL(url).origin} answered with more than ${mostBytes} bytes`);
    parts.push(part);
  }
  const body = bytes > 0 || status === 200 ? Buffer.concat(parts) : null;
  return new Response(body, { status, statusText, headers });
};
