import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MaestroError } from '../errors.js';
import type { Refusal } from './gate.js';
import { refusalAnswer, refuseRaw } from './refuse.js';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CHECK_EVERY_MS = 1_000;
const MOST_CONNECTIONS = 512;
/** With port 0 the port one address got may be taken on the other. */
const FREE_PORT_TRIES = 10;

export interface Handlers {
  /** The port is known; nothing has come in yet. */
  listening(port: number): void;
  request(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface Limits {
  headersTimeoutMs?: number;
  requestTimeoutMs?: number;
  mostConnections?: number;
}

/** Our own HTTP servers, one for each address, all on one port. */
export class Listeners {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly handlers: Handlers,
    private readonly limits: Limits = {},
  ) {}

  get addresses(): AddressInfo[] {
    return this.#servers.map((server) => server.address() as AddressInfo);
  }

  /** @throws MaestroError `server.port_taken`, `server.bind_refused` */
  async listen(hosts: readonly string[], port: number): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#listenOnAll(hosts, port);
      } catch (cause) {
        await this.close(0);
        const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (isTaken && port === 0 && tries < FREE_PORT_TRIES) continue;
        throw bindError(cause as NodeJS.ErrnoException, hosts, port);
      }
    }
  }

  /** Lets running requests end within `graceMs`, then cuts them. */
  async close(graceMs: number): Promise<void> {
    const servers = this.#servers.splice(0);
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const server of servers) server.closeIdleConnections();
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await Promise.all(closed);
    clearTimeout(cut);
  }

  async #listenOnAll(hosts: readonly string[], wanted: number): Promise<number> {
    let port = wanted;
    for (const host of hosts) {
      const server = this.#create();
      try {
        await listening(server, host, port, (actual) => this.handlers.listening(actual));
      } catch (cause) {
        // A machine without IPv6 is served on the other address.
        if (this.#servers.length > 0 && isMissing(cause as NodeJS.ErrnoException)) continue;
        throw cause;
      }
      this.#servers.push(server);
      port = (server.address() as AddressInfo).port;
    }
    return port;
  }

  #create(): Server {
    const { headersTimeoutMs, requestTimeoutMs } = this.limits;
    const server = createServer({
      // Missing Host and the like are for the gate to refuse, with our headers.
      requireHostHeader: false,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      headersTimeout: headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    });
    server.on('connection', (socket) => this.#count(socket));
    server.on('request', (request, response) => this.handlers.request(request, response, false));
    server.on('checkContinue', (request, response) => this.handlers.request(request, response, true));
    server.on('checkExpectation', (request, response) => this.handlers.request(request, response, false));
    server.on('upgrade', (request, socket, head) => this.handlers.upgrade(request, socket, head));
    server.on('connect', (_request, socket) => refuseRaw(socket, refusalAnswer(wrongMethod)));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ECONNRESET') socket.destroy();
      else refuseRaw(socket, refusalAnswer(unreadable(error)));
    });
    return server;
  }

  /** One limit for all addresses together. */
  #count(socket: Socket): void {
    if (this.#sockets.size >= (this.limits.mostConnections ?? MOST_CONNECTIONS)) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

const wrongMethod: Refusal = { code: 'gate.method_not_allowed', message: 'this method is not used here' };

/** What Node's parser could not read. */
function unreadable({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'HPE_INVALID_METHOD') return wrongMethod;
  if (code === 'HPE_HEADER_OVERFLOW') return { code: 'gate.headers_too_large', message: 'the headers are too large' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { code: 'gate.timeout', message: 'the request took too long to arrive' };
  return { code: 'gate.malformed', message: 'this is no HTTP request' };
}

function listening(server: Server, host: string, port: number, started: (port: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
      server.off('error', reject);
      started((server.address() as AddressInfo).port);
      resolve();
    });
  });
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL';
}

function bindError(cause: NodeJS.ErrnoException, hosts: readonly string[], port: number): MaestroError {
  const where = `port ${port} of ${hosts.join(' and ')}`;
  if (cause.code === 'EADDRINUSE') {
    const message = `${where} is in use; stop the other program, or choose another with --port (0 takes a free one)`;
    return new MaestroError('server.port_taken', message, { cause });
  }
  const message = `cannot listen on ${where} (${cause.code}); choose another host or port under \`server\` in maestro.yaml`;
  return new MaestroError('server.bind_refused', message, { cause });
}
