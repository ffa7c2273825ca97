import { defineTool, MaestroError, type ToolCallContext, text } from '@maestro/core';
import { nameOf, resolvePlace } from '@maestro/tools-files/place';
import { Type } from 'typebox';
import { limitsOf, newState, type SearchState, searchCode, type Tools } from './code-search.js';
import { languageNamed, languageNames } from './languages.js';
import { type Match, matchOf } from './matches.js';
import { shownLine } from './shown.js';

const timeoutMs = 30_000;
const usualResults = 100;
const mostCharacters = 128 * 1024;
const mostLines = 20;
const mostNames = 8;

export const astGrepTool = (tools: Tools) =>
  defineTool({
    id: 'ast_grep',
    title: 'Search syntax',
    description:
      'Searches code by its structure. `pattern` is code in which $NAME stands for one node and $$$NAME for several, such as ' +
      '`console.log($$$ARGS)`; `rule` is an ast-grep rule object instead (kind, has, inside, any, all, not, ...) and needs `language`. ' +
      `Languages: ${languageNames.join(', ')}. What ignore files name is left out.`,
    parameters: Type.Object({
      pattern: Type.Optional(Type.String({ minLength: 1, maxLength: 20_000, description: 'Code to find' })),
      rule: Type.Optional(
        Type.Object({}, { additionalProperties: true, description: 'An ast-grep rule object, instead of pattern' }),
      ),
      language: Type.Optional(Type.String({ minLength: 1, description: "Left out: each file's own, by its name" })),
      path: Type.Optional(Type.String({ description: 'Directory or file; the working directory when left out' })),
      globs: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          maxItems: 50,
          description: 'Files to search; `!` before one leaves out',
        }),
      ),
      maxResults: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1_000, description: `Matches at most; ${usualResults} when left out` }),
      ),
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const languages = args.language === undefined ? undefined : [languageNamed(args.language)];
      const search = {
        place: resolvePlace(args.path ?? '.', call.workingDirectory),
        globs: args.globs,
        languages,
        timeoutMs,
      };
      const state = newState();
      const found: Match[] = [];
      const most = args.maxResults ?? usualResults;
      for await (const record of searchCode(tools, query(args, languages?.[0]), { search, call, state })) {
        const match = matchOf(record);
        if (match && found.push(match) > most) break;
      }
      return { content: [text(shown(found, most, state, call))] };
    },
  });

function query(
  { pattern, rule }: { pattern?: string; rule?: object },
  language: string | undefined,
): { command: 'run' | 'scan'; args: string[] } {
  if ((pattern === undefined) === (rule === undefined)) {
    throw new MaestroError('tool.bad_pattern', 'Give either pattern or rule.');
  }
  if (pattern !== undefined) {
    return {
      command: 'run',
      args: [`--pattern=${pattern}`, ...(language === undefined ? [] : [`--lang=${language}`])],
    };
  }
  if (language === undefined) throw new MaestroError('tool.bad_pattern', 'A rule needs a language: give language.');
  return {
    command: 'scan',
    args: [`--inline-rules=${JSON.stringify(ruleOf(rule as Record<string, unknown>, language))}`],
  };
}

/** A bare rule, or one beside its constraints and utilities. JSON is YAML, so nothing in it can end the document. */
function ruleOf(given: Record<string, unknown>, language: string): object {
  const { rule = given, constraints, utils } = typeof given.rule === 'object' ? given : { rule: given };
  return {
    id: 'search',
    language,
    rule,
    ...(constraints !== undefined && { constraints }),
    ...(utils !== undefined && { utils }),
  };
}

function shown(found: Match[], most: number, state: SearchState, call: ToolCallContext): string {
  const limits = [
    ...(found.length > most ? [`(there are more than ${most}; narrow the pattern or the place)`] : []),
    ...limitsOf(state),
  ];
  const matches = found.slice(0, most);
  if (matches.length === 0) {
    const why = state.warning ? [state.warning] : [];
    return [
      `Nothing matches in ${state.files} ${state.files === 1 ? 'file' : 'files'} of code.`,
      ...why,
      ...limits,
    ].join('\n');
  }
  const byFile = Map.groupBy(matches, ({ file }) => file);
  const blocks = [...byFile].map(([file, some]) =>
    [nameOf(file, call.workingDirectory), ...some.flatMap(shownMatch)].join('\n'),
  );
  const all = blocks.join('\n\n');
  const body =
    all.length > mostCharacters ? `${all.slice(0, mostCharacters)}\n(cut; narrow the pattern or the place)` : all;
  const count = `${matches.length} ${matches.length === 1 ? 'match' : 'matches'} in ${byFile.size} ${byFile.size === 1 ? 'file' : 'files'}:`;
  return [count, body, ...limits].join('\n');
}

/** Its lines, numbered from 1, then what the names of the pattern stand for. */
function shownMatch({ lines, range, metaVariables }: Match): string[] {
  const all = lines.split('\n');
  const some = all.slice(0, mostLines).map((line, index) => `${range.start.line + 1 + index}: ${shownLine(line)}`);
  const more =
    all.length > mostLines ? [`   (${all.length - mostLines} more lines, to line ${range.end.line + 1})`] : [];
  const names = Object.entries(metaVariables?.single ?? {}).slice(0, mostNames);
  const stands = names.map(([name, { text: value }]) => `   $${name} = ${shownLine(value.split('\n')[0] ?? '', 120)}`);
  return [...some, ...more, ...stands];
}
