import type { Header } from '../wire/exchange.js';

/** One request as its bytes came over a socket. */
export interface Recording {
  method: string;
  path: string;
  httpVersion: string;
  headers: Header[];
  body: Buffer;
}

/**
 * Takes the first request off the bytes. Undefined while it is not complete.
 *
 * @throws Error for bytes that are no request
 */
export function takeRequest(bytes: Buffer): { recording: Recording; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, method, path, httpVersion] = /^(\S+) (\S+) (HTTP\/\S+)$/.exec(first) ?? [];
  if (!method || !path || !httpVersion) throw new Error(`"${first}" begins no request`);
  const headers = lines.map(headerOf);
  const body = bytes.subarray(end + 4);
  const size = bodySize(headers, body);
  if (size === undefined || size > body.length) return undefined;
  const recording = { method, path, httpVersion, headers, body: Buffer.from(body.subarray(0, size)) };
  return { recording, rest: body.subarray(size) };
}

/** Exactly one space stands between colon and value, and none at the end; anything else is kept to be seen. */
function headerOf(line: string): Header {
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}

/** In chunks the framing counts as body: it is only looked at to be found wrong. */
function bodySize(headers: readonly Header[], body: Buffer): number | undefined {
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (value('transfer-encoding') === undefined) return Number(value('content-length') ?? 0);
  const end = body.indexOf('0\r\n\r\n');
  return end < 0 ? undefined : end + 5;
}
