import { type Logger, MaestroError, type Processes, type ToolCallContext } from '@maestro/core';
import type { Ripgrep } from '@maestro/tools-files/ripgrep';
import { ChangedFiles } from './changed-files.js';
import { findProgram } from './find-program.js';
import { OpenDocuments } from './open-documents.js';
import type { ServerConnection } from './server-connection.js';
import type { ServerCommand, ServerDefinition } from './server-table.js';

/** How servers are kept. */
export interface ServerLimits {
  /** What a start may take, and one request. */
  startMs: number;
  requestMs: number;
  /** How long one is kept that nobody asks. */
  idleMs: number;
  /** The wait after the first failure; twice as long after each further one. */
  backOffMs: number;
}

export interface ServerParts {
  definition: ServerDefinition;
  /** The folder it answers for. */
  root: string;
  processes: Pick<Processes, 'spawn'>;
  ripgrep: Ripgrep;
  log: Logger;
  limits: ServerLimits;
  /** Programs of the project may run. */
  trusts: boolean;
}

/** A server that runs, with the files it holds open. */
export interface Live {
  connection: ServerConnection;
  documents: OpenDocuments;
  changes: ChangedFiles;
}

const longestBackOffMs = 5 * 60_000;
/** How long one must have run before its failures count from the start again. */
const steadyMs = 60_000;

/**
 * A language server of one folder, shared by all who ask: started when it is asked first, ended when nobody asks, started
 * again after a crash, later each time.
 */
export class LanguageServer {
  usedAt = 0;
  #users = 0;
  #live: Live | undefined;
  #starting: Promise<Live> | undefined;
  #order: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #nextAt = 0;
  #reason = '';
  #idle: NodeJS.Timeout | undefined;
  readonly #end = new AbortController();

  constructor(readonly parts: ServerParts) {}

  get isRunning(): boolean {
    return this.#live?.connection.isOpen === true || this.#starting !== undefined;
  }

  get isBusy(): boolean {
    return this.#users > 0;
  }

  /** Absolute paths of the files it holds open. */
  get openFiles(): string[] {
    return this.#live?.documents.files ?? [];
  }

  /**
   * Lets something ask it, when it knows the files as they are on disk.
   *
   * @param files those that are asked about
   * @throws MaestroError `lsp.none`, `lsp.untrusted`, `lsp.unavailable`, `lsp.timeout`, and what reading the files throws
   */
  async use<T>(
    files: readonly string[],
    call: ToolCallContext,
    ask: (live: Live, texts: string[]) => Promise<T>,
  ): Promise<T> {
    this.#users += 1;
    clearTimeout(this.#idle);
    try {
      const live = await this.#ready(call.signal);
      const texts = await this.#inOrder(() => this.#synchronise(live, files, call));
      return await ask(live, texts);
    } finally {
      this.#users -= 1;
      this.usedAt = Date.now();
      if (this.#users === 0) this.#endWhenIdle();
    }
  }

  async close(): Promise<void> {
    this.#end.abort(
      new MaestroError('lsp.unavailable', `The language server ${this.parts.definition.name} is stopped`),
    );
    clearTimeout(this.#idle);
    await this.#starting?.catch(() => undefined);
    await this.#live?.connection.close();
  }

  /** A start serves all who wait for it, so one of them who leaves does not stop it. */
  async #ready(signal: AbortSignal): Promise<Live> {
    this.#end.signal.throwIfAborted();
    if (this.#live?.connection.isOpen) return this.#live;
    if (!this.#starting) {
      const waitMs = this.#nextAt - Date.now();
      if (waitMs > 0) {
        const { name } = this.parts.definition;
        const words = `The language server ${name} failed; it is started again in ${Math.ceil(waitMs / 1_000)} s at the earliest. ${this.#reason}`;
        throw new MaestroError('lsp.unavailable', words);
      }
      this.#starting = this.#start().finally(() => {
        this.#starting = undefined;
      });
      this.#starting.catch(() => undefined);
    }
    const left = Promise.withResolvers<never>();
    const onAbort = () => left.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([this.#starting, left.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #start(): Promise<Live> {
    const faults: MaestroError[] = [];
    for (const { program, args } of await this.#installed()) {
      try {
        const live = await this.#open(program, args);
        this.#live = live;
        const since = Date.now();
        void live.connection.ended.then(() => this.#lost(live, since));
        return live;
      } catch (cause) {
        this.#end.signal.throwIfAborted();
        if (!(cause instanceof MaestroError)) throw cause;
        faults.push(cause);
      }
    }
    const [first] = faults as [MaestroError];
    this.#failed(first.message);
    throw first;
  }

  async #open(program: string, args: readonly string[]): Promise<Live> {
    const { definition, root, processes, log, limits, ripgrep } = this.parts;
    // Not before it is needed: most starts of the platform ask no language server.
    const { ServerConnection } = await import('./server-connection.js');
    const documents = new OpenDocuments(definition.languages);
    const connection = await ServerConnection.open(
      { definition, program, args, root, processes, log, limits, onPublished: (told) => documents.publish(told) },
      this.#end.signal,
    );
    return { connection, documents, changes: new ChangedFiles(ripgrep, root, definition.languages) };
  }

  async #installed(): Promise<{ program: string; args: readonly string[] }[]> {
    const { definition, root, trusts } = this.parts;
    const found = await Promise.all(
      definition.commands.map(async (one) => ({ ...one, program: await findProgram(one.command, { root, trusts }) })),
    );
    const there = found.filter((one): one is ServerCommand & { program: string } => one.program !== undefined);
    const usable = there.filter(({ runsProjectCode }) => trusts || !runsProjectCode);
    if (usable.length > 0) return usable;
    const [untrusted] = there;
    if (!untrusted) throw notInstalled(definition);
    throw new MaestroError(
      'lsp.untrusted',
      `${untrusted.command} is installed, but it runs programs of the project it looks at; where you trust your projects, set ` +
        'trustsProjects: true in the settings of @maestro/tools-code. structural_analysis works without.',
    );
  }

  async #synchronise(
    { connection, documents, changes }: Live,
    files: readonly string[],
    call: ToolCallContext,
  ): Promise<string[]> {
    const changed = await changes.since(call);
    if (changed.length > 0) connection.notify('workspace/didChangeWatchedFiles', { changes: changed });
    await documents.refresh(connection, call.signal);
    const texts: string[] = [];
    for (const file of files) texts.push(await documents.open(connection, file, call.signal));
    return texts;
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#order.then(work, work);
    this.#order = mine.catch(() => undefined);
    return mine;
  }

  #lost(live: Live, since: number): void {
    if (this.#live !== live) return;
    this.#live = undefined;
    if (this.#end.signal.aborted) return;
    if (Date.now() - since > steadyMs) this.#failures = 0;
    this.#failed(live.connection.ending);
  }

  #failed(reason: string): void {
    const { definition, limits, log } = this.parts;
    this.#nextAt = Date.now() + backOff(this.#failures, limits.backOffMs);
    this.#failures += 1;
    this.#reason = reason;
    log.warn('a language server failed', { server: definition.name, reason });
  }

  #endWhenIdle(): void {
    this.#idle = setTimeout(() => {
      const live = this.#live;
      this.#live = undefined;
      void live?.connection.close();
    }, this.parts.limits.idleMs);
    this.#idle.unref();
  }
}

/** Milliseconds to wait after the `failures`-th failure in a row. */
export const backOff = (failures: number, firstMs: number): number =>
  Math.min(longestBackOffMs, firstMs * 2 ** Math.min(failures, 16));

const notInstalled = ({ name, install }: ServerDefinition) =>
  new MaestroError(
    'lsp.none',
    `There is no language server for ${name} on the machine of the server: install ${install}, or name one under "servers" in ` +
      'the settings of @maestro/tools-code. structural_analysis and ast_grep work without.',
  );
