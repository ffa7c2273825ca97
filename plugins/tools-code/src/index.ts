import { definePlugin, Processes } from '@maestro/core';
import { Ripgrep } from '@maestro/tools-files/ripgrep';
import { seenFiles } from '@maestro/tools-files/seen-files';
import { Type } from 'typebox';
import { astEdit } from './ast-edit.js';
import { AstGrep } from './ast-grep.js';
import { astGrepTool } from './ast-grep-tool.js';
import { astReadFile } from './ast-read-file.js';
import { diagnostics } from './diagnostics-tool.js';
import { LanguageServers } from './language-servers.js';
import { findReferences, gotoDefinition, hover } from './navigation-tools.js';
import { ServerSettings, serverTable } from './server-table.js';
import { structuralAnalysis } from './structural-analysis.js';
import { documentSymbols, workspaceSymbols } from './symbol-tools.js';

const config = Type.Object(
  {
    astGrep: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Path of the program ast-grep, where its package has none for this machine.',
      }),
    ),
    servers: Type.Record(
      Type.String({ pattern: '^[a-z][a-z0-9_-]{0,31}$' }),
      Type.Union([ServerSettings, Type.Literal(false)]),
      {
        default: {},
        description:
          'Language servers beside those that are built in, or instead of one of the same name; false: none.',
      },
    ),
    trustsProjects: Type.Boolean({
      default: false,
      description: 'Use servers that a project has installed, and those that run programs of the project they look at.',
    }),
    startSeconds: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 600,
      description: 'What the start of a server may take.',
    }),
    requestSeconds: Type.Integer({ default: 30, minimum: 1, maximum: 600, description: 'What one answer may take.' }),
    idleMinutes: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 1_440,
      description: 'How long a server is kept that nobody asks.',
    }),
  },
  { additionalProperties: false },
);

export default definePlugin({
  name: '@maestro/tools-code',
  config,
  activate(ctx, settings) {
    const processes = () => ctx.resolve(Processes);
    const astGrep = new AstGrep(processes, settings.astGrep);
    const tools = { astGrep, ripgrep: new Ripgrep(processes) };
    const servers = new LanguageServers({
      table: serverTable(settings.servers),
      ...{ processes, ripgrep: tools.ripgrep, log: ctx.log, trusts: settings.trustsProjects },
      limits: {
        startMs: settings.startSeconds * 1_000,
        requestMs: settings.requestSeconds * 1_000,
        idleMs: settings.idleMinutes * 60_000,
        backOffMs: 1_000,
      },
    });
    ctx.own(() => servers.close());
    for (const tool of [gotoDefinition, findReferences, hover, documentSymbols]) ctx.tools.add(tool(servers));
    ctx.tools.add(workspaceSymbols(servers, tools.ripgrep));
    ctx.tools.add(diagnostics(servers, seenFiles));
    ctx.tools.add(astGrepTool(tools));
    ctx.tools.add(structuralAnalysis(tools));
    for (const tool of [astReadFile, astEdit]) ctx.tools.add(tool(seenFiles, astGrep));
  },
});
