import { defineTool, MaestroError, type ToolCallContext, text } from '@maestro/core';
import { findFiles } from '@maestro/tools-files/find-files';
import { nameOf, regularFile, resolvePlace } from '@maestro/tools-files/place';
import type { Ripgrep } from '@maestro/tools-files/ripgrep';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type FoundPlace, MOST_PLACES, showPlaces } from './found-places.js';
import type { LanguageServer } from './language-server.js';
import type { LanguageServers } from './language-servers.js';
import { able } from './navigation-tools.js';
import { FlatSymbol, Symbols, TreeSymbol } from './server-answers.js';
import { shownLine } from './shown.js';
import { symbolKind } from './symbol-kinds.js';

const mostSymbols = 1_000;
const mostDepth = 12;
/** Servers that are started to answer for a folder nobody asked about yet. */
const mostStarted = 2;

export const documentSymbols = (servers: LanguageServers) =>
  defineTool({
    id: 'lsp_document_symbols',
    title: 'Symbols of a file',
    description:
      'Lists the symbols of one file with their lines, counted from 0. Answered by a language server, where one is installed for the language.',
    parameters: Type.Object({ filePath: Type.String({ minLength: 1, description: 'Path of the file' }) }),
    effects: 'read',
    retry: 'safe',
    async run({ filePath }, call) {
      const { file } = await regularFile(resolvePlace(filePath, call.workingDirectory));
      const server = await servers.forFile(file, call);
      const lines = await server.use([file], call, async (live) => {
        able(live, 'documentSymbolProvider', server.parts.definition.name);
        const params = { textDocument: { uri: live.documents.uriOf(file) } };
        return symbolLines((await live.connection.request('textDocument/documentSymbol', params, call, Symbols)) ?? []);
      });
      const name = nameOf(file, call.workingDirectory);
      const more = lines.length > mostSymbols ? ['(there are more)'] : [];
      if (lines.length === 0) return { content: [text(`${name} has no symbols.`)] };
      return {
        content: [
          text([`Symbols of ${name} by line, counted from 0:`, ...lines.slice(0, mostSymbols), ...more].join('\n')),
        ],
      };
    },
  });

/** A tree or a flat list, whichever the server gives; what is neither is left out. */
export function symbolLines(symbols: readonly unknown[], depth = 0): string[] {
  const shown: string[] = [];
  for (const symbol of symbols) {
    if (shown.length > mostSymbols) break;
    if (Value.Check(TreeSymbol, symbol)) {
      const { name, kind, range, children } = symbol;
      const lines =
        range.start.line === range.end.line ? `${range.start.line}` : `${range.start.line}-${range.end.line}`;
      shown.push(`${'  '.repeat(depth)}${lines}: ${symbolKind(kind)} ${shownLine(name, 200)}`);
      if (depth < mostDepth) shown.push(...symbolLines(children ?? [], depth + 1));
    } else if (Value.Check(FlatSymbol, symbol)) {
      const { name, kind, location, containerName } = symbol;
      const within = containerName ? ` in ${shownLine(containerName, 100)}` : '';
      shown.push(`${location.range?.start.line ?? '?'}: ${symbolKind(kind)} ${shownLine(name, 200)}${within}`);
    }
  }
  return shown;
}

export const workspaceSymbols = (servers: LanguageServers, ripgrep: Ripgrep) =>
  defineTool({
    id: 'lsp_workspace_symbols',
    title: 'Symbols of the project',
    description:
      'Finds symbols of the project by name. Answered by the language servers that are at work for the working directory; where none ' +
      'is, by those of its most frequent languages that are installed.',
    parameters: Type.Object({ query: Type.String({ maxLength: 500, description: 'The name, or a part of it' }) }),
    effects: 'read',
    retry: 'safe',
    async run({ query }, call) {
      const asked = await serversOf(servers, ripgrep, call);
      const answers = await Promise.all(asked.map((one) => symbolsOf(one, query, call)));
      const lines = answers.flatMap(({ found }) => found);
      const faults = answers.flatMap(({ fault }) => (fault ? [fault] : []));
      if (lines.length === 0 && faults[0]) throw faults[0];
      const title =
        lines.length === 0
          ? `No symbol fits ${shownLine(query, 200)}.`
          : 'Symbols, lines and characters counted from 0:';
      return { content: [text([title, ...lines, ...faults.map(({ message }) => `(${message})`)].join('\n'))] };
    },
  });

/** A server and a file it opens first, for only then it looks at a project. */
interface Asked {
  server: LanguageServer;
  file: string | undefined;
}

async function serversOf(servers: LanguageServers, ripgrep: Ripgrep, call: ToolCallContext): Promise<Asked[]> {
  const running = (await servers.running(call)).map((server) => ({ server, file: server.openFiles.at(-1) }));
  if (running.length > 0) return running;
  const files = await findFiles(
    ripgrep,
    {
      directory: call.workingDirectory,
      filter: { hasGitRules: true, hasOwnRules: true },
      fits: (file) => servers.definitionFor(file) !== undefined,
      most: 5_000,
      timeoutMs: 5_000,
    },
    call,
  );
  const byKind = Map.groupBy(files.files.sort(), (file) => servers.definitionFor(file)!);
  const kinds = [...byKind].sort(([, a], [, b]) => b.length - a.length).slice(0, mostStarted);
  if (kinds.length === 0) {
    throw new MaestroError('lsp.none', 'No language server answers for any file of the working directory.');
  }
  return await Promise.all(kinds.map(async ([kind, [file]]) => ({ server: await servers.forKind(kind, call), file })));
}

async function symbolsOf(
  { server, file }: Asked,
  query: string,
  call: ToolCallContext,
): Promise<{ found: string[]; fault?: MaestroError }> {
  try {
    const answer = await server.use(file === undefined ? [] : [file], call, async (live) => {
      able(live, 'workspaceSymbolProvider', server.parts.definition.name);
      return await live.connection.request('workspace/symbol', { query }, call, Symbols);
    });
    const symbols = (answer ?? []).filter((symbol) => Value.Check(FlatSymbol, symbol));
    const places = symbols.map(
      ({ location: { uri, range } }): FoundPlace => ({ uri, ...(range?.start ?? { line: 0, character: 0 }) }),
    );
    const shown = await showPlaces(places, call);
    return {
      found: shown.map((place, index) => {
        const symbol = symbols[index];
        return symbol && index < MOST_PLACES
          ? `${symbolKind(symbol.kind)} ${shownLine(symbol.name, 200)}  ${place}`
          : place;
      }),
    };
  } catch (cause) {
    if (!(cause instanceof MaestroError)) throw cause;
    return { found: [], fault: cause };
  }
}
