import { defineTool, MaestroError, text } from '@maestro/core';
import { nameOf, resolvePlace } from '@maestro/tools-files/place';
import { Type } from 'typebox';
import { limitsOf, newState, type Tools } from './code-search.js';
import { grammars } from './grammars.js';
import { languageNamed } from './languages.js';
import { type Analysis, modes, needsSymbol } from './modes.js';

const timeoutMs = 45_000;
const usualDepth = 2;
const usualNodes = 200;

const Mode = Type.Union(
  [
    Type.Literal('callers'),
    Type.Literal('callees'),
    Type.Literal('definitions'),
    Type.Literal('hierarchy'),
    Type.Literal('references'),
    Type.Literal('dependencies'),
    Type.Literal('exports'),
  ],
  { description: 'What to find out' },
);

export const structuralAnalysis = (tools: Tools) =>
  defineTool({
    id: 'structural_analysis',
    title: 'Analyse structure',
    description:
      'Finds out how code hangs together: who calls a symbol (callers) or what it calls (callees), over several hops; where it is ' +
      'defined (definitions) or named (references); its super- and subtypes (hierarchy); what files import, or with reverse and target ' +
      'who imports one (dependencies); what files export. It goes by names in the syntax, not by types: two things of one name are not ' +
      `told apart, and calls made dynamically are not seen. Languages: ${Object.keys(grammars).join(', ')}.`,
    parameters: Type.Object({
      mode: Mode,
      language: Type.String({ minLength: 1, description: 'Language of the files to look at' }),
      path: Type.Optional(Type.String({ description: 'Directory or file; the working directory when left out' })),
      symbol: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 200,
          description: 'A name; for callers, callees, hierarchy and references',
        }),
      ),
      depth: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10, description: `Hops to follow; ${usualDepth} when left out` }),
      ),
      maxNodes: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 2_000, description: `Entries at most; ${usualNodes} when left out` }),
      ),
      target: Type.Optional(
        Type.String({ minLength: 1, description: 'With dependencies: the file or module in question' }),
      ),
      reverse: Type.Optional(Type.Boolean({ description: 'With dependencies: who imports the target' })),
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const grammar = grammars[languageNamed(args.language, Object.keys(grammars))];
      if (!grammar) throw new MaestroError('code.unknown_language', `no language "${args.language}" here`);
      if (needsSymbol.has(args.mode) && args.symbol === undefined) {
        throw new MaestroError('tool.bad_pattern', `${args.mode} is of one symbol: give symbol.`);
      }
      const state = newState();
      const place = resolvePlace(args.path ?? '.', call.workingDirectory);
      const analysis: Analysis = {
        ...{ tools, grammar, state, call },
        search: { place, languages: grammar.languages, timeoutMs },
        symbol: args.symbol ?? '',
        depth: args.depth ?? usualDepth,
        most: args.maxNodes ?? usualNodes,
        ...(args.target !== undefined && { target: args.target }),
        isReverse: args.reverse === true,
      };
      const lines = await modes[args.mode](analysis);
      const more = lines.length > analysis.most ? [`(cut at ${analysis.most}; narrow the path, or give maxNodes)`] : [];
      const files = `${state.files} ${state.files === 1 ? 'file' : 'files'}`;
      const of = args.symbol === undefined ? '' : ` of ${args.symbol}`;
      const title = `${args.mode}${of} in ${nameOf(place, call.workingDirectory)} (${grammar.languages[0]}, ${files}, by name):`;
      const body = lines.length === 0 ? ['(none found)'] : lines.slice(0, analysis.most);
      return { content: [text([title, ...body, ...more, ...limitsOf(state)].join('\n'))] };
    },
  });
