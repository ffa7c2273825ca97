import type { Duplex, Readable } from 'node:stream';
import { ProviderError } from '../errors.js';
import { decoded, letGo, read } from './body.js';
import { Deadline } from './deadline.js';
import type { Header, PreparedRequest, ProviderResponse } from './exchange.js';
import { networkFailure } from './failure.js';
import type { FlatWriter } from './flat-writer.js';
import { WIRE_LIMITS, type WireLimits } from './limits.js';
import { type RenderedRequest, renderRequest } from './render.js';
import { type Answer, type Connections, fitsPool, type Writer } from './writer.js';

export interface HttpOptions {
  limits?: Partial<WireLimits>;
  /** Exchanges at once with one origin; further ones wait. */
  connectionsPerOrigin?: number;
}

export interface SendOptions {
  signal: AbortSignal;
  /** Told when a connection is there and the request goes out. */
  onConnected?: () => void;
  limits?: Partial<WireLimits>;
}

export interface HttpResponse extends ProviderResponse {
  headers: readonly Header[];
  /** When the head of the answer was complete. */
  firstByteAt: Date;
}

/** What a pool does now and did so far. */
export interface PoolMetrics extends Connections {
  origin: string;
  requests: number;
  failures: number;
  receivedBytes: number;
}

interface Origin {
  /** Made as a head first needs them: most origins use one. */
  writers: { pool?: Writer; flat?: FlatWriter };
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
  send(rendered: RenderedRequest, options: SendOptions): Promise<HttpResponse> {
    return this.#exchange(rendered, options, async (exchange) => {
      const writer = await (fitsPool(rendered) ? this.#pool(exchange) : this.#flat(exchange));
      const { deadline, limits } = exchange;
      deadline.signal.throwIfAborted();
      const { onConnected } = options;
      const answer = await writer.send(rendered, { signal: deadline.signal, limits, onConnected });
      deadline.headArrived();
      return respond(answer, exchange);
    });
  }

  /** Asks for another protocol on a connection, and resolves with the connection. Limits end with the handshake. */
  upgrade(rendered: RenderedRequest, options: SendOptions): Promise<Duplex> {
    return this.#exchange(rendered, options, async (exchange) => {
      const writer = await this.#flat(exchange);
      const { deadline, limits } = exchange;
      deadline.signal.throwIfAborted();
      const connection = await writer.upgrade(rendered, { signal: deadline.signal, limits });
      deadline.dispose();
      return connection;
    });
  }

  pools(): PoolMetrics[] {
    return [...this.#origins].map(([origin, { writers, requests, failures, receivedBytes }]) => {
      const of = Object.values(writers).map((writer: Writer) => writer.connections());
      const sum = (key: keyof Connections) => of.reduce((total, one) => total + one[key], 0);
      const connections = { connected: sum('connected'), free: sum('free'), running: sum('running') };
      return { origin, ...connections, queued: sum('queued'), requests, failures, receivedBytes };
    });
  }

  /** Ends every exchange and connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#origins.values()];
    this.#origins.clear();
    await Promise.all(open.flatMap(({ writers }) => Object.values(writers)).map((writer: Writer) => writer.destroy()));
  }

  async #exchange<T>(
    rendered: RenderedRequest,
    options: SendOptions,
    act: (exchange: Exchange) => Promise<T>,
  ): Promise<T> {
    const limits = { ...this.#limits, ...options.limits };
    const { origin } = new URL(rendered.url);
    const entry = this.#entry(origin);
    const deadline = new Deadline(origin, options.signal, limits);
    entry.requests += 1;
    try {
      return await act({ origin, entry, deadline, limits });
    } catch (cause) {
      deadline.dispose();
      entry.failures += 1;
      throw networkFailure(cause, origin, 'head');
    }
  }

  #entry(origin: string): Origin {
    if (this.#isClosed) throw stopping(origin);
    const known = this.#origins.get(origin);
    if (known) return known;
    const entry = { writers: {}, requests: 0, failures: 0, receivedBytes: 0 };
    this.#origins.set(origin, entry);
    return entry;
  }

  /** Libraries are loaded by the first call and not by every start; meanwhile all may have been closed. */
  async #pool({ origin, entry: { writers } }: Exchange): Promise<Writer> {
    const [undici, { PoolWriter }] = await Promise.all([import('undici'), import('./pool-writer.js')]);
    if (this.#isClosed) throw stopping(origin);
    writers.pool ??= new PoolWriter(undici, origin, this.#connections, this.#limits);
    return writers.pool;
  }

  async #flat({ origin, entry: { writers } }: Exchange): Promise<FlatWriter> {
    const { FlatWriter } = await import('./flat-writer.js');
    if (this.#isClosed) throw stopping(origin);
    writers.flat ??= new FlatWriter(origin, this.#connections, this.#limits);
    return writers.flat;
  }
}

interface Exchange {
  origin: string;
  entry: Origin;
  deadline: Deadline;
  limits: WireLimits;
}

const stopping = (origin: string) => new ProviderError('network', `${origin} is not called: the server is stopping`);

function respond({ status, headers, body }: Answer, { origin, entry, deadline, limits }: Exchange): HttpResponse {
  const isGood = status >= 200 && status < 300;
  return {
    status,
    headers,
    body: read(opened(body, headers, origin), {
      origin,
      maxBytes: isGood ? limits.responseBytes : limits.errorBytes,
      overflow: isGood ? 'throw' : 'cut',
      onBytes: (count) => {
        entry.receivedBytes += count;
      },
      onEnd: () => deadline.dispose(),
    }),
    firstByteAt: new Date(),
  };
}

function opened(body: Readable, headers: readonly Header[], origin: string): Readable {
  try {
    return decoded(body, headers, origin);
  } catch (cause) {
    letGo(body);
    throw cause;
  }
}
