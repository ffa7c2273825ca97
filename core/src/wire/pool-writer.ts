import type { Dispatcher, Pool } from 'undici';
import type { WireLimits } from './limits.js';
import type { RenderedRequest } from './render.js';
import { type Answer, type Connections, pairs, type WriteOptions, type Writer } from './writer.js';

/** Writes through a pool of undici, which puts `host` and `connection` first and `content-length` last, in lower case. */
export class PoolWriter implements Writer {
  readonly #pool: Pool;

  constructor(undici: typeof import('undici'), origin: string, connections: number, limits: WireLimits) {
    this.#pool = new undici.Pool(origin, {
      connections,
      allowH2: false,
      maxHeaderSize: limits.headBytes,
      keepAliveTimeout: 30_000,
      // Spelled out so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing.
      connect: { timeout: limits.connectMs, rejectUnauthorized: true },
    });
  }

  async send(rendered: RenderedRequest, options: WriteOptions): Promise<Answer> {
    const { pathname, search } = new URL(rendered.url);
    const { onConnected } = options;
    const pool = onConnected ? this.#pool.compose(telling(onConnected)) : this.#pool;
    const answer = await pool.request({
      method: rendered.method,
      path: pathname + search,
      headers: rendered.headers.flat(),
      body: rendered.method === 'POST' ? rendered.body : null,
      signal: options.signal,
      headersTimeout: 0,
      bodyTimeout: options.limits.idleMs,
      responseHeaders: 'raw',
    });
    return { status: answer.statusCode, headers: pairs(answer.headers as unknown as string[]), body: answer.body };
  }

  connections(): Connections {
    const { connected, free, running, queued } = this.#pool.stats;
    return { connected, free, running, queued };
  }

  destroy(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** The library starts a request once it has a connection for it. */
function telling(onConnected: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      onConnected();
      start?.(controller, context);
    };
    return dispatch(options, handler);
  };
}
