import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { ProviderError } from '../errors.js';
import type { WireLimits } from './limits.js';
import type { RenderedRequest } from './render.js';
import { type Answer, type Connections, pairs, type WriteOptions, type Writer } from './writer.js';

/**
 * Writes a head as it stands, `host`, `connection` and `content-length` included: given a flat list, Node adds nothing
 * and moves nothing. HTTP/1.1 is all it speaks, and it follows no redirect.
 */
export class FlatWriter implements Writer {
  readonly #origin: string;
  readonly #limits: WireLimits;
  readonly #agent: Agent;
  readonly #request: typeof http.request;
  readonly #open = new Set<ClientRequest>();

  constructor(origin: string, connections: number, limits: WireLimits) {
    this.#origin = origin;
    this.#limits = limits;
    const isSecure = origin.startsWith('https:');
    // The time is that of a connection nobody uses. An exchange has clocks of its own.
    const shared = { keepAlive: true, maxSockets: connections, timeout: 30_000 };
    // Spelled out so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing.
    this.#agent = isSecure ? new https.Agent({ ...shared, rejectUnauthorized: true }) : new http.Agent(shared);
    this.#request = isSecure ? https.request : http.request;
  }

  send(rendered: RenderedRequest, { signal, limits, onConnected }: WriteOptions): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = this.#start(rendered, signal, reject);
    if (onConnected) this.#whenConnected(request, onConnected);
    request.on('response', (response) => {
      this.#endWhenSilent(response, limits.idleMs);
      resolve({ status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body: response });
    });
    request.end(rendered.method === 'POST' ? rendered.body : undefined);
    return promise;
  }

  /** The connection once the server agreed to change the protocol on it. It belongs to the caller from then on. */
  upgrade(rendered: RenderedRequest, { signal }: WriteOptions): Promise<Duplex> {
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const request = this.#start(rendered, signal, reject);
    request.on('upgrade', (_response, socket) => resolve(socket));
    request.on('response', ({ statusCode }) => {
      reject(new ProviderError('refused', `${this.#origin} answered ${statusCode} instead of changing the protocol`));
      request.destroy();
    });
    request.end();
    return promise;
  }

  connections(): Connections {
    const count = (lists: NodeJS.ReadOnlyDict<readonly unknown[]>) =>
      Object.values(lists).reduce((sum, list) => sum + (list?.length ?? 0), 0);
    const free = count(this.#agent.freeSockets);
    const running = count(this.#agent.sockets);
    return { connected: running + free, free, running, queued: count(this.#agent.requests) };
  }

  async destroy(): Promise<void> {
    // The agent ends connections; a request that waits for one would be given a new one.
    for (const request of this.#open) end(request, new Error('closed'));
    this.#agent.destroy();
  }

  #start(rendered: RenderedRequest, signal: AbortSignal, reject: (cause: unknown) => void): ClientRequest {
    const request = this.#request(new URL(rendered.url), {
      method: rendered.method,
      headers: rendered.headers.flat(),
      agent: this.#agent,
      maxHeaderSize: this.#limits.headBytes,
    });
    const stop = () => end(request, signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    this.#open.add(request);
    request
      .on('response', (response) => response.on('error', () => undefined))
      .on('error', (cause) => {
        reject(cause);
        responseOf(request)?.destroy(cause);
      })
      .on('close', () => {
        signal.removeEventListener('abort', stop);
        this.#open.delete(request);
        reject(new Error('closed without an answer'));
      });
    this.#limitConnecting(request);
    return request;
  }

  #limitConnecting(request: ClientRequest): void {
    const { connectMs } = this.#limits;
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const late = () =>
        request.destroy(new ProviderError('network', `${this.#origin} did not accept a connection in time`));
      const timer = setTimeout(late, connectMs).unref();
      const stop = () => clearTimeout(timer);
      socket.once(this.#opens, stop).once('close', stop);
    });
  }

  #whenConnected(request: ClientRequest, act: () => void): void {
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once(this.#opens, act);
      else act();
    });
  }

  /** What a socket tells once it can be written to. */
  get #opens(): 'secureConnect' | 'connect' {
    return this.#origin.startsWith('https:') ? 'secureConnect' : 'connect';
  }

  /** Silence counts only while all that came was read: a slow reader is not the server's fault. */
  #endWhenSilent(response: IncomingMessage, idleMs: number): void {
    const { socket } = response;
    const silent = () => {
      if (response.readableLength > 0) socket.setTimeout(idleMs);
      else response.destroy(new ProviderError('timeout', `${this.#origin} fell silent in the middle of an answer`));
    };
    socket.setTimeout(idleMs).on('timeout', silent);
    response.once('close', () => socket.off('timeout', silent));
  }
}

/** Node sets it, and its types do not tell. */
const responseOf = (request: ClientRequest) => (request as { res?: IncomingMessage | null }).res;

/** Ended by its answer, where there is one: a request that ends drops the reason, and who reads would not learn it. */
function end(request: ClientRequest, reason: Error): void {
  (responseOf(request) ?? request).destroy(reason);
}
