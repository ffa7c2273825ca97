import { defineTool, MaestroError, type ToolCallContext, text } from '@maestro/core';
import { nameOf, regularFile } from '@maestro/tools-files/place';
import type { SeenFiles } from '@maestro/tools-files/seen-files';
import { Type } from 'typebox';
import type { LanguageServer, Live } from './language-server.js';
import type { LanguageServers } from './language-servers.js';
import { diagnosticsOf } from './open-documents.js';
import { type Diagnostic, Pulled } from './server-answers.js';
import { shownLine } from './shown.js';

/** The files looked at: those the session read or wrote last. */
const mostFiles = 30;
const mostShown = 300;
/** How long a server that speaks unasked may take to speak. */
const patienceMs = 5_000;

export const diagnostics = (servers: LanguageServers, seen: SeenFiles) =>
  defineTool({
    id: 'lsp_diagnostics',
    title: 'Errors and warnings',
    description:
      'Lists errors and warnings of the files that this session has read or changed, as they are on disk now. Answered by language servers, ' +
      'where they are installed for the languages.',
    parameters: Type.Object({}),
    effects: 'read',
    retry: 'safe',
    async run(_, call) {
      const files = await filesOf(servers, seen, call);
      if (files.length === 0) {
        const words =
          'This session has read or changed no file that a language server answers for: read or edit one first.';
        return { content: [text(words)] };
      }
      const byServer = new Map<LanguageServer, string[]>();
      for (const file of files) {
        const server = await servers.forFile(file, call);
        byServer.set(server, [...(byServer.get(server) ?? []), file]);
      }
      const answers = await Promise.all([...byServer].map(([server, some]) => diagnosticsFrom(server, some, call)));
      const lines = answers.flatMap(({ found }) => found);
      const faults = answers.flatMap(({ fault }) => (fault ? [fault] : []));
      if (faults[0] && faults.length === answers.length) throw faults[0];
      const count = `${lines.length} ${lines.length === 1 ? 'finding' : 'findings'} in ${files.length} ${files.length === 1 ? 'file' : 'files'}`;
      const cut = lines.length > mostShown ? [`(${lines.length - mostShown} more)`] : [];
      const title = lines.length === 0 ? `${count}.` : `${count}, lines and characters counted from 0:`;
      return {
        content: [
          text(
            [title, ...lines.slice(0, mostShown), ...cut, ...faults.map(({ message }) => `(${message})`)].join('\n'),
          ),
        ],
      };
    },
  });

/** The latest that somebody answers for: what the session has seen, and what its servers hold open. */
async function filesOf(servers: LanguageServers, seen: SeenFiles, call: ToolCallContext): Promise<string[]> {
  const open = (await servers.running(call)).flatMap(({ openFiles }) => openFiles);
  const all = new Set([...open, ...seen.filesOf(call)]);
  return [...all].filter((file) => servers.definitionFor(file)).slice(-mostFiles);
}

async function diagnosticsFrom(
  server: LanguageServer,
  files: readonly string[],
  call: ToolCallContext,
): Promise<{ found: string[]; fault?: MaestroError }> {
  try {
    // One that is gone meanwhile has no faults.
    const sizes = await Promise.all(files.map((file) => regularFile(file).catch(() => undefined)));
    const there = files.filter((_, index) => sizes[index]);
    const found = await server.use(there, call, async (live) => {
      const lines: string[] = [];
      for (const file of there) {
        const items = await ask(live, file, call);
        const name = nameOf(file, call.workingDirectory);
        if (items === undefined) lines.push(`${name}: the server has said nothing of it yet`);
        else lines.push(...items.filter(isFinding).map((item) => `${name}:${shownDiagnostic(item)}`));
      }
      return lines;
    });
    return { found };
  } catch (cause) {
    if (!(cause instanceof MaestroError)) throw cause;
    return { found: [], fault: cause };
  }
}

/** Asks where the server can be asked; else takes what it says by itself. */
async function ask(
  { connection, documents }: Live,
  file: string,
  call: ToolCallContext,
): Promise<Diagnostic[] | undefined> {
  if (!connection.capabilities.diagnosticProvider)
    return await documents.published(file, { signal: call.signal, patienceMs });
  const params = { textDocument: { uri: documents.uriOf(file) } };
  return diagnosticsOf((await connection.request('textDocument/diagnostic', params, call, Pulled)).items);
}

const severities = ['error', 'warning', 'information'];

/** Hints are for the colours of an editor. */
const isFinding = ({ severity = 1 }: Diagnostic) => severity <= severities.length;

function shownDiagnostic({ range, message, severity, source, code }: Diagnostic): string {
  const from = [source, typeof code === 'string' || typeof code === 'number' ? String(code) : undefined];
  const origin = from
    .filter((word) => word)
    .map((word) => shownLine(word as string, 60))
    .join(' ');
  const kind = severities[(severity ?? 1) - 1] ?? 'error';
  return `${range.start.line}:${range.start.character} ${kind}: ${message}${origin ? ` (${origin})` : ''}`;
}
