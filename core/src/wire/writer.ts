import type { Readable } from 'node:stream';
import type { Header } from './exchange.js';
import type { WireLimits } from './limits.js';
import type { RenderedRequest } from './render.js';

/** Puts requests for one origin on the wire over connections of its own. Throws whatever its library throws. */
export interface Writer {
  send(rendered: RenderedRequest, options: WriteOptions): Promise<Answer>;
  connections(): Connections;
  /** Ends every exchange and connection. */
  destroy(): Promise<void>;
}

export interface WriteOptions {
  signal: AbortSignal;
  limits: WireLimits;
  /** Told when a connection is there and the request goes out. */
  onConnected?: (() => void) | undefined;
}

/** The head of an answer, and its body as it was sent. */
export interface Answer {
  status: number;
  headers: readonly Header[];
  body: Readable;
}

export interface Connections {
  connected: number;
  free: number;
  running: number;
  /** Waiting for a connection. */
  queued: number;
}

/** What the pool of the client library writes by itself, and only at these places and in this casing. */
const OWN = /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|expect)$/i;

/** Whether the pool of the client library would write this head exactly; any other goes out as a flat list. */
export function fitsPool({ method, headers }: RenderedRequest): boolean {
  const [host, connection, ...rest] = headers;
  if (host?.[0] !== 'host' || connection?.[0] !== 'connection' || connection[1] !== 'keep-alive') return false;
  const between = method === 'POST' ? rest.slice(0, -1) : rest;
  if (method === 'POST' && rest.at(-1)?.[0] !== 'content-length') return false;
  return !between.some(([name]) => OWN.test(name));
}

export const pairs = (flat: readonly string[]): Header[] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]);
