import type { Pool } from 'undici';
import { ProviderError } from '../errors.js';
import { decoded, letGo, read } from './body.js';
import { Deadline } from './deadline.js';
import type { Header, PreparedRequest, ProviderResponse } from './exchange.js';
import { networkFailure } from './failure.js';
import { WIRE_LIMITS, type WireLimits } from './limits.js';
import { type RenderedRequest, renderRequest } from './render.js';

export interface HttpOptions {
  limits?: Partial<WireLimits>;
  /** Exchanges at once with one origin; further ones wait. */
  connectionsPerOrigin?: number;
}

export interface SendOptions {
  signal: AbortSignal;
  limits?: Partial<WireLimits>;
}

export interface HttpResponse extends ProviderResponse {
  headers: readonly Header[];
  /** When the head of the answer was complete. */
  firstByteAt: Date;
}

/** What a pool does now and did so far. */
export interface PoolMetrics {
  origin: string;
  connected: number;
  free: number;
  running: number;
  /** Waiting for a connection. */
  queued: number;
  requests: number;
  failures: number;
  receivedBytes: number;
}

interface Origin {
  pool: Pool;
  requests: number;
  failures: number;
  receivedBytes: number;
}

/**
 * The way out to providers: one pool of HTTP/1.1 connections per origin. It follows no redirect, adds no header of
 * its own, and bounds every exchange by WIRE_LIMITS. Everything it throws is a ProviderError.
 */
export class Http {
  readonly #origins = new Map<string, Origin>();
  readonly #limits: WireLimits;
  readonly #connections: number;
  #isClosed = false;

  constructor(options: HttpOptions = {}) {
    this.#limits = { ...WIRE_LIMITS, ...options.limits };
    this.#connections = options.connectionsPerOrigin ?? 256;
  }

  /** The request as it would go out. Opens nothing. */
  render(prepared: PreparedRequest): RenderedRequest {
    return renderRequest(prepared);
  }

  /** Sends it once and resolves with the head of the answer, whatever its status. */
  async send(rendered: RenderedRequest, options: SendOptions): Promise<HttpResponse> {
    const limits = { ...this.#limits, ...options.limits };
    const { origin, pathname, search } = new URL(rendered.url);
    // Loaded by the first call and not by every start.
    const undici = await import('undici');
    const entry = this.#open(origin, undici);
    const deadline = new Deadline(origin, options.signal, limits);
    entry.requests += 1;
    const fail = (cause: unknown): ProviderError => {
      deadline.dispose();
      entry.failures += 1;
      return networkFailure(cause, origin, 'head');
    };
    try {
      deadline.signal.throwIfAborted();
      const answer = await entry.pool.request({
        method: rendered.method,
        path: pathname + search,
        headers: rendered.headers.flat(),
        body: rendered.method === 'POST' ? rendered.body : null,
        signal: deadline.signal,
        headersTimeout: 0,
        bodyTimeout: limits.idleMs,
        responseHeaders: 'raw',
      });
      deadline.headArrived();
      return this.#respond(answer, { origin, entry, deadline, limits });
    } catch (cause) {
      throw fail(cause);
    }
  }

  pools(): PoolMetrics[] {
    return [...this.#origins].map(([origin, { pool, requests, failures, receivedBytes }]) => {
      const { connected, free, running, queued } = pool.stats;
      return { origin, connected, free, running, queued, requests, failures, receivedBytes };
    });
  }

  /** Ends every exchange and connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#origins.values()];
    this.#origins.clear();
    await Promise.all(open.map(({ pool }) => pool.destroy()));
  }

  #respond(answer: Awaited<ReturnType<Pool['request']>>, exchange: Exchange): HttpResponse {
    const { origin, entry, deadline, limits } = exchange;
    const headers = pairs(answer.headers as unknown as string[]);
    const isGood = answer.statusCode >= 200 && answer.statusCode < 300;
    try {
      const body = read(decoded(answer.body, headers, origin), {
        origin,
        maxBytes: isGood ? limits.responseBytes : limits.errorBytes,
        overflow: isGood ? 'throw' : 'cut',
        onBytes: (count) => {
          entry.receivedBytes += count;
        },
        onEnd: () => deadline.dispose(),
      });
      return { status: answer.statusCode, headers, body, firstByteAt: new Date() };
    } catch (cause) {
      letGo(answer.body);
      throw cause;
    }
  }

  #open(origin: string, undici: typeof import('undici')): Origin {
    if (this.#isClosed) throw new ProviderError('network', `${origin} is not called: the server is stopping`);
    const known = this.#origins.get(origin);
    if (known) return known;
    const { connectMs, headBytes } = this.#limits;
    const pool = new undici.Pool(origin, {
      connections: this.#connections,
      allowH2: false,
      maxHeaderSize: headBytes,
      keepAliveTimeout: 30_000,
      // Spelled out so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing.
      connect: { timeout: connectMs, rejectUnauthorized: true },
    });
    const entry = { pool, requests: 0, failures: 0, receivedBytes: 0 };
    this.#origins.set(origin, entry);
    return entry;
  }
}

interface Exchange {
  origin: string;
  entry: Origin;
  deadline: Deadline;
  limits: WireLimits;
}

const pairs = (flat: readonly string[]): Header[] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]);
