import { defineTool, MaestroError, type ToolCallContext, type ToolOutput, text } from '@maestro/core';
import { nameOf, regularFile, resolvePlace } from '@maestro/tools-files/place';
import { type Static, Type } from 'typebox';
import { type FoundPlace, showPlaces } from './found-places.js';
import type { Live } from './language-server.js';
import type { LanguageServers } from './language-servers.js';
import { type Capabilities, Hover, Locations } from './server-answers.js';
import { shownLine } from './shown.js';

const filePath = Type.String({ minLength: 1, description: 'Path of the file' });
const position = Type.Object({
  filePath,
  line: Type.Integer({ minimum: 0, description: 'Line, counted from 0' }),
  character: Type.Integer({ minimum: 0, description: 'Character in the line, counted from 0; best within a name' }),
});
type Position = Static<typeof position>;

const mostHoverCharacters = 20_000;
const needs = 'Answered by a language server, where one is installed for the language.';

export const gotoDefinition = (servers: LanguageServers) =>
  defineTool({
    id: 'lsp_goto_definition',
    title: 'Go to definition',
    description: `Finds where the symbol at a position is defined, by its meaning. ${needs}`,
    parameters: position,
    effects: 'read',
    retry: 'safe',
    run: (args, call) =>
      at(servers, args, call, 'definitionProvider', async ({ connection }, place) =>
        placesOf(
          await connection.request('textDocument/definition', place, call, Locations),
          call,
          'No definition is known.',
        ),
      ),
  });

export const findReferences = (servers: LanguageServers) =>
  defineTool({
    id: 'lsp_find_references',
    title: 'Find references',
    description: `Finds every place that means the symbol at a position, its definition among them. ${needs}`,
    parameters: position,
    effects: 'read',
    retry: 'safe',
    run: (args, call) =>
      at(servers, args, call, 'referencesProvider', async ({ connection }, place) => {
        const params = { ...place, context: { includeDeclaration: true } };
        return placesOf(
          await connection.request('textDocument/references', params, call, Locations),
          call,
          'No reference is known.',
        );
      }),
  });

export const hover = (servers: LanguageServers) =>
  defineTool({
    id: 'lsp_hover',
    title: 'Type and documentation',
    description: `Tells type and documentation of the symbol at a position. ${needs}`,
    parameters: position,
    effects: 'read',
    retry: 'safe',
    run: (args, call) =>
      at(servers, args, call, 'hoverProvider', async ({ connection }, place) => {
        const answer = await connection.request('textDocument/hover', place, call, Hover);
        const contents = answer === null ? [] : [answer.contents].flat();
        const words = contents.map((one) => (typeof one === 'string' ? one : one.value)).join('\n\n');
        const lines = words
          .slice(0, mostHoverCharacters)
          .split('\n')
          .map((line) => shownLine(line, 1_000));
        return lines.join('\n').trim() || 'Nothing is known of what stands there.';
      }),
  });

/** Asks the server of a file about a position in it. */
async function at(
  servers: LanguageServers,
  args: Position,
  call: ToolCallContext,
  ability: keyof Capabilities,
  ask: (
    live: Live,
    place: { textDocument: { uri: string }; position: { line: number; character: number } },
  ) => Promise<string>,
): Promise<ToolOutput> {
  const { file } = await regularFile(resolvePlace(args.filePath, call.workingDirectory));
  const server = await servers.forFile(file, call);
  const said = await server.use([file], call, async (live, [content]) => {
    able(live, ability, server.parts.definition.name);
    checkPosition(content ?? '', args, nameOf(file, call.workingDirectory));
    const { line, character } = args;
    return await ask(live, { textDocument: { uri: live.documents.uriOf(file) }, position: { line, character } });
  });
  return { content: [text(said)] };
}

/** @throws MaestroError `lsp.refused` */
export function able({ connection }: Live, ability: keyof Capabilities, name: string): void {
  if (connection.capabilities[ability]) return;
  throw new MaestroError('lsp.refused', `The language server ${name} cannot do this (${ability}).`);
}

/** Servers may break on places that are not there. @throws MaestroError `tool.bad_range` */
function checkPosition(content: string, { line, character }: Position, name: string): void {
  const lines = content.split('\n');
  const found = lines[line]?.replace(/\r$/, '');
  if (found === undefined) {
    throw new MaestroError(
      'tool.bad_range',
      `${name} has ${lines.length} lines; line ${line}, counted from 0, is past its end.`,
    );
  }
  if (character > found.length) {
    throw new MaestroError(
      'tool.bad_range',
      `Line ${line} of ${name}, counted from 0, has ${found.length} characters: ${shownLine(found, 200)}`,
    );
  }
}

async function placesOf(answer: Static<typeof Locations>, call: ToolCallContext, none: string): Promise<string> {
  const found = (answer === null ? [] : [answer].flat()).map((one): FoundPlace => {
    const { uri, range } = 'uri' in one ? one : { uri: one.targetUri, range: one.targetSelectionRange };
    return { uri, line: range.start.line, character: range.start.character };
  });
  if (found.length === 0) return none;
  const lines = await showPlaces(found, call);
  return [`${found.length} ${found.length === 1 ? 'place' : 'places'}, counted from 0:`, ...lines].join('\n');
}
