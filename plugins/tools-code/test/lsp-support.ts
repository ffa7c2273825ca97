import { fileURLToPath } from 'node:url';
import type { Processes } from '@maestro/core';
import { readFile } from '@maestro/tools-files/read-file';
import { replace } from '@maestro/tools-files/replace';
import { Ripgrep } from '@maestro/tools-files/ripgrep';
import { SeenFiles } from '@maestro/tools-files/seen-files';
import { diagnostics } from '../src/diagnostics-tool.js';
import type { ServerLimits } from '../src/language-server.js';
import { LanguageServers } from '../src/language-servers.js';
import { findReferences, gotoDefinition, hover } from '../src/navigation-tools.js';
import { serverTable } from '../src/server-table.js';
import { documentSymbols, workspaceSymbols } from '../src/symbol-tools.js';
import { newProcesses, silent } from './support.js';

const usual: ServerLimits = { startMs: 30_000, requestMs: 30_000, idleMs: 600_000, backOffMs: 1_000 };

/** The tools of language servers as the plugin makes them, with these servers. */
export function lspTools(
  settings: Parameters<typeof serverTable>[0],
  { limits = {}, trusts = false }: { limits?: Partial<ServerLimits>; trusts?: boolean } = {},
) {
  const processes: Processes = newProcesses();
  const ripgrep = new Ripgrep(() => processes);
  const seen = new SeenFiles();
  const servers = new LanguageServers({
    table: serverTable(settings),
    processes: () => processes,
    ...{ ripgrep, log: silent, trusts, limits: { ...usual, ...limits } },
  });
  return {
    processes,
    servers,
    definition: gotoDefinition(servers),
    references: findReferences(servers),
    hover: hover(servers),
    symbols: documentSymbols(servers),
    workspace: workspaceSymbols(servers, ripgrep),
    diagnostics: diagnostics(servers, seen),
    read: readFile(seen),
    replace: replace(seen),
    running: () => processes.list().filter(({ label }) => label.startsWith('language server')).length,
    async close() {
      await servers.close();
      await processes.close();
    },
  };
}
export type LspTools = ReturnType<typeof lspTools>;

/** TypeScript's own server, of the version this repository is built with. */
export const typescript = {
  command: process.execPath,
  args: [
    fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc'),
    '--lsp',
    '--stdio',
  ],
  languages: { '.ts': 'typescript', '.tsx': 'typescriptreact' },
};

const script = fileURLToPath(new URL('./scripted-server.js', import.meta.url));
/** A server that answers for `.ts` and misbehaves as it is told. */
export const scripted = (behaviour: string, log?: string) => ({
  command: process.execPath,
  args: [script, behaviour, ...(log === undefined ? [] : [log])],
  languages: { '.ts': 'typescript' },
});
