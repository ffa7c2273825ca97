import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Logger, MaestroError, type Processes, type ToolCallContext } from '@maestro/core';
import type { Ripgrep } from '@maestro/tools-files/ripgrep';
import { isWithin } from './find-program.js';
import { LanguageServer, type ServerLimits } from './language-server.js';
import type { ServerDefinition } from './server-table.js';

/** Servers that may run at the same time; the one longest unused makes room. */
export const MOST_SERVERS = 12;

export interface ServersParts {
  table: readonly ServerDefinition[];
  processes: () => Pick<Processes, 'spawn'>;
  ripgrep: Ripgrep;
  log: Logger;
  limits: ServerLimits;
  trusts: boolean;
}

/** The language servers, one for each folder and kind, shared by all sessions. */
export class LanguageServers {
  readonly #parts: ServersParts;
  readonly #servers = new Map<string, LanguageServer>();
  #isClosed = false;

  constructor(parts: ServersParts) {
    this.#parts = parts;
  }

  /** The server for a file, of which links are followed already. @throws MaestroError `lsp.none`, `process.limit` */
  async forFile(file: string, { workingDirectory }: ToolCallContext): Promise<LanguageServer> {
    const definition = this.definitionFor(file);
    if (!definition) {
      const known = [...new Set(this.#parts.table.flatMap(({ languages }) => Object.keys(languages)))].join(', ');
      throw new MaestroError(
        'lsp.none',
        `No language server answers for "${path.extname(file)}" files; known: ${known}.`,
      );
    }
    const root = await realpath(workingDirectory);
    return await this.#server(definition, isWithin(file, root) ? root : await projectOf(file));
  }

  /** The server of a kind for the working directory. */
  async forKind(definition: ServerDefinition, { workingDirectory }: ToolCallContext): Promise<LanguageServer> {
    return await this.#server(definition, await realpath(workingDirectory));
  }

  definitionFor(file: string): ServerDefinition | undefined {
    const end = path.extname(file).toLowerCase();
    return this.#parts.table.find(({ languages }) => Object.hasOwn(languages, end));
  }

  /** Those that run for the working directory. */
  async running({ workingDirectory }: ToolCallContext): Promise<LanguageServer[]> {
    const root = await realpath(workingDirectory);
    return [...this.#servers.values()].filter((one) => one.isRunning && one.parts.root === root);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }

  async #server(definition: ServerDefinition, root: string): Promise<LanguageServer> {
    if (this.#isClosed) throw new MaestroError('lsp.unavailable', 'The language servers are stopped.');
    const key = `${root}\0${definition.name}`;
    const known = this.#servers.get(key);
    if (known) return known;
    const { table: _, processes, ...parts } = this.#parts;
    const server = new LanguageServer({ ...parts, definition, root, processes: processes() });
    this.#servers.set(key, server);
    await this.#makeRoom(key);
    return server;
  }

  async #makeRoom(newest: string): Promise<void> {
    const others = [...this.#servers].filter(([key]) => key !== newest);
    const oldest = others.filter(([, one]) => !one.isBusy).sort(([, a], [, b]) => a.usedAt - b.usedAt)[0];
    if (this.#servers.size <= MOST_SERVERS) return;
    if (!oldest) {
      this.#servers.delete(newest);
      throw new MaestroError(
        'process.limit',
        `${MOST_SERVERS} language servers are at work, the most there may be; wait a moment`,
      );
    }
    this.#servers.delete(oldest[0]);
    await oldest[1].close();
  }
}

/** The repository a file lies in, else its folder. */
async function projectOf(file: string): Promise<string> {
  const own = path.dirname(file);
  for (let folder = own; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (await stat(path.join(folder, '.git')).catch(() => undefined)) return folder;
  }
  return own;
}
