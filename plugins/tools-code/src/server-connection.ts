import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type ChildTree, type Logger, MaestroError, type Processes } from '@maestro/core';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { MessageGate } from './message-gate.js';
import { type Capabilities, clientCapabilities, Initialized, Published } from './server-answers.js';
import type { ServerDefinition } from './server-table.js';
import { shownLine } from './shown.js';

export interface ServerStart {
  definition: Pick<ServerDefinition, 'name' | 'env' | 'initialization' | 'configuration'>;
  program: string;
  args: readonly string[];
  /** The folder it answers for. */
  root: string;
  processes: Pick<Processes, 'spawn'>;
  log: Logger;
  limits: { startMs: number; requestMs: number };
  /** It said what is wrong with a document. */
  onPublished(published: Published): void;
}

/** What a polite end may take. */
const farewellMs = 1_000;
/** What its end may take to be seen after its pipes broke, or after it was asked to end. */
const endMs = 500;
/** Told by our side of the connection, not by the server. */
const brokenPipes: ReadonlySet<number> = new Set([
  ErrorCodes.MessageWriteError,
  ErrorCodes.MessageReadError,
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
]);

/** One running server. Whatever it writes is checked, has a size and is waited for only so long. */
export class ServerConnection {
  capabilities: Capabilities = {};
  readonly #start: ServerStart;
  readonly #child: ChildTree;
  readonly #rpc: MessageConnection;
  readonly #gone = Promise.withResolvers<never>();
  #ending: string | undefined;
  #lastWords = '';
  /** When it last answered anything. */
  #answeredAt = 0;
  #closing: Promise<void> | undefined;

  private constructor(start: ServerStart) {
    this.#start = start;
    const { program, args, root, processes, definition } = start;
    this.#child = processes.spawn(program, args, {
      ...{ cwd: root, stdin: 'pipe', label: `language server ${definition.name}`, sessionId: null },
      ...(definition.env && { env: definition.env }),
    });
    this.#gone.promise.catch(() => undefined);
    const gate = new MessageGate(this.#child.stdout, (reason) => void this.#end(reason));
    this.#rpc = createMessageConnection(gate, new StreamMessageWriter(this.#child.stdin as NodeJS.WritableStream));
    this.#listen();
  }

  /** @throws MaestroError `lsp.unavailable` with what it said last, `lsp.timeout`; nothing of it is left then */
  static async open(start: ServerStart, signal: AbortSignal): Promise<ServerConnection> {
    const server = new ServerConnection(start);
    try {
      const { root, definition } = start;
      const uri = pathToFileURL(root).href;
      const params = {
        ...{ processId: process.pid, clientInfo: { name: 'the-maestro' }, rootUri: uri, rootPath: root },
        workspaceFolders: [{ uri, name: 'project' }],
        capabilities: clientCapabilities,
        ...(definition.initialization !== undefined && { initializationOptions: definition.initialization }),
      };
      const { capabilities } = await server.request(
        'initialize',
        params,
        { signal, limitMs: start.limits.startMs },
        Initialized,
      );
      server.capabilities = capabilities;
      server.notify('initialized', {});
      return server;
    } catch (error) {
      await server.#end('it did not start');
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#ending === undefined;
  }

  /** Why it ended, with its last words. */
  get ending(): string {
    return [this.#ending, ...(this.#lastWords ? [`its last words: ${this.#lastWords}`] : [])].join('; ');
  }

  /** Resolves when nothing of it is left. */
  get ended(): Promise<void> {
    return this.#gone.promise.catch(() => this.#closing);
  }

  /**
   * @throws MaestroError `lsp.refused`, `lsp.timeout`, `lsp.unavailable`, `lsp.bad_answer`, and what `signal` gives
   */
  async request<S extends TSchema>(
    method: string,
    params: object,
    { signal, limitMs = this.#start.limits.requestMs }: { signal: AbortSignal; limitMs?: number },
    schema: S,
  ): Promise<Static<S>> {
    signal.throwIfAborted();
    const cancel = new CancellationTokenSource();
    const limit = AbortSignal.timeout(limitMs);
    const stopped = aborted(AbortSignal.any([signal, limit]));
    const askedAt = Date.now();
    try {
      const answer: unknown = await Promise.race([
        this.#rpc.sendRequest(method, params, cancel.token),
        this.#gone.promise,
        stopped.promise,
      ]);
      this.#answeredAt = Date.now();
      if (Value.Check(schema, answer)) return answer as Static<S>;
      throw this.#error('lsp.bad_answer', `answered ${method} with something that is no answer to it`);
    } catch (cause) {
      if (cause instanceof MaestroError) throw cause;
      signal.throwIfAborted();
      if (!limit.aborted) throw await this.#failed(method, cause);
      // One that has answered nothing meanwhile hangs: the next call gets a new one.
      if (this.#answeredAt < askedAt) void this.#end(`it did not answer within ${limitMs / 1_000} s`);
      throw this.#error('lsp.timeout', `did not answer ${method} within ${limitMs / 1_000} s`);
    } finally {
      stopped.forget();
      if (signal.aborted || limit.aborted) cancel.cancel();
    }
  }

  notify(method: string, params: object): void {
    if (this.isOpen) this.#rpc.sendNotification(method, params).catch(() => undefined);
  }

  /** Asks it to end, then ends it with all it started. */
  async close(): Promise<void> {
    if (this.isOpen) {
      const signal = AbortSignal.timeout(farewellMs);
      await Promise.race([this.#rpc.sendRequest('shutdown').catch(() => undefined), aborted(signal).promise]).catch(
        () => undefined,
      );
      this.notify('exit', {});
      await Promise.race([this.#child.exited, sleep(endMs, undefined, { ref: false })]);
    }
    await this.#end('it was stopped');
  }

  #listen(): void {
    const { root, onPublished, log, definition } = this.#start;
    this.#rpc.onNotification('textDocument/publishDiagnostics', (params: unknown) => {
      if (Value.Check(Published, params)) onPublished(params);
    });
    // Servers ask for settings and to be told of changes; nothing they ask changes anything here.
    this.#rpc.onRequest('workspace/configuration', (params: { items?: unknown }) =>
      Array.isArray(params?.items) ? params.items.slice(0, 1_000).map((item) => this.#configuration(item)) : [],
    );
    this.#rpc.onRequest('workspace/workspaceFolders', () => [{ uri: pathToFileURL(root).href, name: 'project' }]);
    this.#rpc.onRequest('workspace/applyEdit', () => ({ applied: false }));
    for (const method of [
      'client/registerCapability',
      'client/unregisterCapability',
      'window/workDoneProgress/create',
    ]) {
      this.#rpc.onRequest(method, () => null);
    }
    this.#rpc.onError(([cause]) => log.debug('a language server', { server: definition.name, cause }));
    this.#rpc.listen();
    this.#child.stderr.on('data', (chunk: Buffer) => {
      const words = shownLine(String(chunk.subarray(-2_000)).trim().split('\n').at(-1) ?? '', 300);
      if (words) this.#lastWords = words;
    });
    this.#child.stdin?.on('error', () => undefined);
    void this.#child.exited.then(({ code, signal }) =>
      this.#end(signal ? `it ended by ${signal}` : `it ended with exit code ${code}`),
    );
  }

  #configuration(item: unknown): unknown {
    const { configuration = {} } = this.#start.definition;
    const section = (item as { section?: unknown } | null)?.section;
    return typeof section === 'string' && Object.hasOwn(configuration, section) ? configuration[section] : null;
  }

  #end(reason: string): Promise<void> {
    this.#ending ??= reason;
    this.#closing ??= this.#child.kill().then(() => this.#rpc.dispose());
    this.#gone.reject(this.#error('lsp.unavailable', `does not run: ${this.ending}`));
    return this.#closing;
  }

  async #failed(method: string, cause: unknown): Promise<MaestroError> {
    if (this.isOpen && cause instanceof ResponseError && !brokenPipes.has(cause.code)) {
      return this.#error('lsp.refused', `refused ${method}: ${shownLine(cause.message, 500)}`);
    }
    // A pipe breaks before the end of the server is known, which says more.
    await Promise.race([this.#child.exited, sleep(endMs, undefined, { ref: false })]);
    void this.#end('its pipe broke');
    return this.#error('lsp.unavailable', `does not run: ${this.ending}`);
  }

  #error(code: string, words: string): MaestroError {
    return new MaestroError(code, `The language server ${this.#start.definition.name} ${words}`);
  }
}

/** A promise that breaks when a signal aborts; `forget` it, or it stays with the signal. */
function aborted(signal: AbortSignal): { promise: Promise<never>; forget(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
