import { type Logger, MaestroError, type McpServerStatus, type ToolServer } from '@maestro/core';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { Asks } from './asks.js';
import { backOff, STEADY_MS } from './back-off.js';
import { Connection, type Offer } from './connection.js';
import { isSessionLost, isUnreachable, reasonOf } from './failures.js';

/** Changes that come closer together than this are read at once. */
const changesMs = 1_000;
/** How long a call waits for a connection that is on its way. */
const readyMs = 15_000;
const nothing: Offer = { tools: [], resources: [], prompts: [] };

export interface LinkParts {
  log: Logger;
  version: string;
  /** The row with its secrets, read at each attempt. */
  open(): Promise<ToolServer>;
  transport(server: ToolServer): Transport;
  /** Set where the server wants the person to sign in. */
  refusal(): MaestroError | undefined;
  /** How the connection is has changed. */
  onState(): void;
  /** What it offers was read; also the same again. */
  onOffer(server: ToolServer, offer: Offer): void;
}

/**
 * Keeps one server connected for as long as it is wanted: a connection that ends or does not come is tried again, later
 * each time. Nobody waits for it but who calls it.
 */
export class ServerLink {
  readonly asks: Asks;
  offer: Offer = nothing;
  #state: McpServerStatus['state'] = 'off';
  #stateAt = Date.now();
  #connectMs: number | null = null;
  #reason: string | null = null;
  #nextAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listing: NodeJS.Timeout | undefined;
  #connection: Connection | undefined;
  #server: ToolServer | undefined;
  #attempt: Promise<void> | undefined;
  #failures = 0;
  #since = 0;
  readonly #end = new AbortController();

  constructor(
    readonly name: string,
    private readonly parts: LinkParts,
  ) {
    this.asks = new Asks(name, () => this.#server?.settings ?? {});
  }

  get settings(): ToolServer['settings'] {
    return this.#server?.settings ?? {};
  }

  status(): Omit<McpServerStatus, 'schema_tokens' | 'tools' | 'offered_tools'> {
    return {
      state: this.#state,
      reason: this.#reason,
      next_attempt_at: this.#nextAt === undefined ? null : new Date(this.#nextAt).toISOString(),
      server: this.#connection?.server ?? null,
      since: new Date(this.#stateAt).toISOString(),
      connect_ms: this.#state === 'connected' ? this.#connectMs : null,
      resources: this.offer.resources.length,
      prompts: this.offer.prompts.length,
    };
  }

  /** Begins, or tries at once what would be tried later. Resolves when that attempt is over, however it went. */
  connect(): Promise<void> {
    if (this.#end.signal.aborted || this.#connection?.isOpen) return Promise.resolve();
    clearTimeout(this.#timer);
    this.#nextAt = undefined;
    this.#attempt ??= this.#try().finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  /** The connection; waits a while for one that is on its way. @throws MaestroError `mcp.unavailable` */
  async ready(signal: AbortSignal): Promise<Connection> {
    if (!this.#connection?.isOpen) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(readyMs)]);
      await Promise.race([
        this.connect(),
        new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve())),
      ]);
    }
    if (this.#connection?.isOpen) return this.#connection;
    const why = this.#reason ?? 'connecting takes long';
    throw new MaestroError('mcp.unavailable', `the MCP server "${this.name}" is not connected: ${why}`);
  }

  /** Why a sign-in did not help. */
  tell(reason: string): void {
    if (this.#state === 'connected') return;
    this.#reason = reason;
    this.parts.onState();
  }

  async close(): Promise<void> {
    this.#end.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#listing);
    this.#become('off');
    await this.#connection?.close();
    await this.#attempt;
  }

  async #try(): Promise<void> {
    const { signal } = this.#end;
    this.#become('connecting');
    const began = Date.now();
    let transport: Transport | undefined;
    try {
      const server = await this.parts.open();
      this.#server = server;
      transport = this.parts.transport(server);
      const connection = this.#made();
      this.#connection = connection;
      await connection.open(transport, signal);
      this.#take(server, await connection.offer(signal));
      this.#reason = null;
      this.#since = Date.now();
      this.#connectMs = this.#since - began;
      this.#become('connected');
      this.parts.log.info('connected', { server: this.name, tools: this.offer.tools.length });
    } catch (error) {
      const { ending } = (transport ?? {}) as { ending?: string };
      const connection = this.#connection;
      this.#connection = undefined;
      await connection?.close();
      this.#fail(error, ending);
    }
  }

  #made(): Connection {
    const { log, version } = this.parts;
    const connection: Connection = new Connection({
      name: this.name,
      version,
      asks: this.asks,
      onToolsChanged: () => this.#listSoon(),
      onError: (error) => {
        log.debug('a connection', { server: this.name, cause: error });
        // What was to be resumed does not come any more; who waits for it is told.
        if (error.message.startsWith('Maximum reconnection attempts')) this.#lost(connection, error);
      },
      onClosed: () => this.#lost(connection, new Error('the connection ended')),
      onFailure: (error) => {
        const refusal = this.parts.refusal();
        if (refusal || isSessionLost(error) || isUnreachable(error)) this.#lost(connection, refusal ?? error);
      },
    });
    return connection;
  }

  /** An established connection ended by itself, or is of no use any more. */
  #lost(connection: Connection, error: unknown): void {
    if (this.#connection !== connection || this.#state !== 'connected') return;
    this.#connection = undefined;
    void connection.close();
    if (Date.now() - this.#since > STEADY_MS) this.#failures = 0;
    if (isSessionLost(error)) void this.connect();
    else this.#fail(error);
  }

  #fail(given: unknown, ending?: string): void {
    if (this.#end.signal.aborted) return;
    const error = this.parts.refusal() ?? given;
    this.#reason = ending ? `${reasonOf(error)}; ${ending}` : reasonOf(error);
    this.parts.log.warn('not connected', { server: this.name, reason: this.#reason });
    if (error instanceof MaestroError && error.code === 'mcp.needs_login') {
      this.#become('needs_login');
      return;
    }
    if (error instanceof MaestroError && /^(mcp\.(invalid|unknown)|credential\.)/.test(error.code)) {
      this.#become('failed');
      return;
    }
    const wait = backOff(this.#failures);
    this.#failures += 1;
    this.#nextAt = Date.now() + wait;
    this.#become('waiting');
    this.#timer = setTimeout(() => void this.connect(), wait);
    this.#timer.unref();
  }

  #become(state: McpServerStatus['state']): void {
    this.#state = state;
    this.#stateAt = Date.now();
    this.parts.onState();
  }

  #take(server: ToolServer, offer: Offer): void {
    this.offer = offer;
    this.parts.onOffer(server, offer);
    if (this.#state === 'connected') this.parts.onState();
  }

  #listSoon(): void {
    this.#listing ??= setTimeout(() => void this.#list(), changesMs);
    this.#listing.unref();
  }

  async #list(): Promise<void> {
    const [connection, server] = [this.#connection, this.#server];
    try {
      if (!connection?.isOpen || !server) return;
      const tools = await connection.tools(this.#end.signal);
      if (this.#connection === connection) this.#take(server, { ...this.offer, tools });
    } catch (error) {
      this.parts.log.warn('its tools could not be listed', { server: this.name, reason: reasonOf(error) });
    } finally {
      this.#listing = undefined;
    }
  }
}
