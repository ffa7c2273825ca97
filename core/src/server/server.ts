import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type websockify from 'koa-websocket';
import type { WebSocket } from 'ws';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import { CLOSE } from '../protocol/frames.js';
import { createApp, type Passed } from './app.js';
import { Cards } from './cards.js';
import { answerFor } from './errors.js';
import { allowedHosts, allowedOrigins, type GateDoors, gate, type Identity, isApi, type Verdict } from './gate.js';
import { securityHeaders } from './headers.js';
import { type Limits, Listeners } from './listeners.js';
import { openapi } from './openapi.js';
import { closeGently, refusalAnswer, refuse, refuseRaw } from './refuse.js';
import { type Route, route } from './route.js';
import { Routes } from './router.js';
import { approvalRoutes } from './routes/approvals.js';
import { budgetRoutes } from './routes/budgets.js';
import { catalogueRoutes } from './routes/catalogue.js';
import { credentialRoutes } from './routes/credentials.js';
import { mcpServerRoutes } from './routes/mcp-servers.js';
import { messageRoutes } from './routes/messages.js';
import { panelRoutes } from './routes/panels.js';
import { pluginRoutes } from './routes/plugins.js';
import { recordRoutes } from './routes/records.js';
import { sessionFileRoutes } from './routes/session-files.js';
import { sessionRoutes } from './routes/sessions.js';
import { systemRoutes } from './routes/system.js';
import { templateRoutes } from './routes/templates.js';
import { usageRoutes } from './routes/usage.js';
import type { ServerServices, ServerSettings } from './services.js';
import { SignIn } from './sign-in.js';
import { isSocketPath, SocketHub } from './socket.js';
import { Pages } from './static.js';
import { WrongTokens } from './wrong-tokens.js';

const MOST_OPENING_SOCKETS = 64;
const CLOSE_GRACE_MS = 5_000;

export interface ServerOptions {
  services: ServerServices;
  settings: ServerSettings;
  limits?: Limits;
  /** How often it is asked whether those with open sockets may still have them. */
  tokenCheckMs?: number;
  /** Milliseconds since 1970; tests move it. */
  now?: () => number;
}

/** REST, sockets and pages on one port. Nothing listens before `listen`. */
export class MaestroServer {
  readonly signIn: SignIn;
  readonly routes: Routes;
  readonly #services: ServerServices;
  readonly #settings: ServerSettings;
  readonly #hub: SocketHub;
  readonly #app: websockify.App;
  readonly #listeners: Listeners;
  readonly #passed: Passed = new WeakMap();
  readonly #wrongTokens: WrongTokens;
  readonly #undo: Dispose[];
  readonly #answer: ReturnType<websockify.App['callback']>;
  #opening = 0;
  #port = 0;
  #doors: GateDoors;

  constructor({ services, settings, limits, tokenCheckMs, now = Date.now }: ServerOptions) {
    this.#services = services;
    this.#settings = settings;
    this.signIn = new SignIn(services.tokens, now);
    this.#wrongTokens = new WrongTokens(now);
    const cards = new Cards(services);
    this.#hub = new SocketHub(services, settings, services.catalogue, cards, tokenCheckMs);
    this.routes = new Routes(routeTable(services, settings, this.signIn, cards));
    this.#app = createApp(this.routes, new Pages(settings.pages), this.#passed, services.log);
    this.#app.ws.use((ctx) => this.#accept(ctx.req, ctx.websocket));
    this.#answer = this.#app.callback();
    this.#doors = this.#doorsFor(0);
    this.#listeners = new Listeners(
      {
        listening: (port) => {
          this.#doors = this.#doorsFor(port);
        },
        request: (request, response, awaitsContinue) => void this.#request(request, response, awaitsContinue),
        upgrade: (request, socket, head) => void this.#upgrade(request, socket as Socket, head),
      },
      limits,
    );
    this.#undo = [
      () => cards.close(),
      services.tokens.onRevoked((id) => {
        this.signIn.revoke(id);
        this.#hub.revoke(id);
      }),
    ];
  }

  get port(): number {
    return this.#port;
  }
  /** Where clients on this machine reach it. */
  get url(): string {
    const { host } = this.#settings;
    return `http://${host === '::1' ? '[::1]' : '127.0.0.1'}:${this.#port}`;
  }
  get addresses(): AddressInfo[] {
    return this.#listeners.addresses;
  }

  /**
   * @throws MaestroError `server.port_taken`; `server.bind_refused` for an address others can reach without TLS and
   *   named hosts, or one this machine does not have
   */
  async listen(): Promise<{ url: string; port: number }> {
    const { port } = this.#settings;
    this.#port = await this.#listeners.listen(addressesOf(this.#settings), port);
    return { url: this.url, port: this.#port };
  }

  /** Takes nothing new, says good-bye to sockets, lets requests end, and cuts what is left. */
  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    for (const undo of this.#undo.splice(0)) await undo();
    const closed = this.#listeners.close(graceMs);
    await this.#hub.close();
    await closed;
  }

  #doorsFor(port: number): GateDoors {
    const { tokens } = this.#services;
    const configured = this.#settings.allowedHosts ?? [];
    return {
      hosts: allowedHosts(port, configured),
      origins: allowedOrigins(port, configured),
      route: (method, path) => this.routes.find(method, path),
      checkToken: (token) => tokens.check(token),
      redeemTicket: (ticket) => this.signIn.redeemTicket(ticket),
    };
  }

  async #judge(request: IncomingMessage, isUpgrade: boolean): Promise<Verdict> {
    const { socket } = request;
    const verdict = await gate(
      {
        method: request.method ?? '',
        target: request.url ?? '',
        httpVersion: request.httpVersion,
        rawHeaders: request.rawHeaders,
        isUpgrade,
        wrongTokens: this.#wrongTokens.count(socket),
      },
      this.#doors,
    );
    if (!verdict.isAllowed && verdict.refusal.wrongToken) this.#wrongTokens.add(socket);
    return verdict;
  }

  async #request(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (isApi(request.url ?? '')) response.setHeader('cache-control', 'no-store');
    try {
      const verdict = await this.#judge(request, false);
      if (!verdict.isAllowed) return refuse(request, response, refusalAnswer(verdict.refusal));
      this.#passed.set(request, verdict.identity);
    } catch (error) {
      const { status, headers, body } = answerFor(error, this.#services.log, 'the gate');
      closeGently(request, response);
      response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(body));
      return;
    }
    if (awaitsContinue) response.writeContinue();
    await this.#answer(request, response);
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Until ws takes over, a broken connection must not end the process.
    const ignore = () => socket.destroy();
    socket.on('error', ignore);
    if (this.#opening >= MOST_OPENING_SOCKETS) {
      return refuseRaw(
        socket,
        refusalAnswer({ code: 'gate.busy', message: 'too many sockets open at once; try again' }),
      );
    }
    this.#opening += 1;
    try {
      const verdict = await this.#judge(request, true);
      if (!verdict.isAllowed) return refuseRaw(socket, refusalAnswer(verdict.refusal));
      this.#passed.set(request, verdict.identity);
      const server = this.#app.ws.server!;
      server.handleUpgrade(request, socket, head, (opened) => {
        socket.off('error', ignore);
        server.emit('connection', opened, request);
      });
    } catch (error) {
      const { status, headers, body } = answerFor(error, this.#services.log, 'the gate');
      refuseRaw(socket, { status, headers, body: JSON.stringify(body) });
    } finally {
      this.#opening -= 1;
    }
  }

  /** What koa-websocket hands over: it would take any path and swallow what throws. */
  async #accept(request: IncomingMessage, socket: WebSocket): Promise<void> {
    const identity: Identity | null | undefined = this.#passed.get(request);
    if (identity && isSocketPath(request)) this.#hub.accept(socket, identity);
    else socket.close(CLOSE.noSuchChannel, 'no such channel');
  }
}

export function createServer(options: ServerOptions): MaestroServer {
  return new MaestroServer(options);
}

function routeTable(
  services: ServerServices,
  settings: ServerSettings,
  signIn: SignIn,
  cards: Cards,
): readonly Route[] {
  const routes: Route[] = [
    ...sessionRoutes(services, settings, cards),
    ...sessionFileRoutes(services),
    ...approvalRoutes(services),
    ...budgetRoutes(services),
    ...usageRoutes(services),
    ...messageRoutes(services),
    ...recordRoutes(services),
    ...catalogueRoutes(services),
    ...credentialRoutes(services),
    ...mcpServerRoutes(services),
    ...templateRoutes(services),
    ...pluginRoutes(services),
    ...panelRoutes(services),
    ...systemRoutes(services, settings, signIn),
    route({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document',
      handle: async () => openapi(routes, settings.version),
    }),
  ];
  return routes;
}

const loopback = new Set(['127.0.0.1', 'localhost', '::1']);

function addressesOf({ host, tls, allowedHosts: names }: ServerSettings): string[] {
  if (host === '::1') return [host];
  if (loopback.has(host)) return ['127.0.0.1', '::1'];
  if (host.startsWith('127.') || (tls && names && names.length > 0)) return [host];
  const message =
    `will not listen on ${host}: others on the network could read and change everything. ` +
    'Use 127.0.0.1, or put a proxy with TLS in front and name its hosts';
  throw new MaestroError('server.bind_refused', message);
}
