import { defineTool } from '@maestro/core';
import { Type } from 'typebox';
import { filterOf } from './file-filter.js';
import { directoryPathParameters, directoryPlace } from './place.js';
import type { Ripgrep } from './ripgrep.js';
import { searchText, type TextSearch } from './search-text.js';
import { showFound } from './show-found.js';

const lines = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000, description }));

export const grepSearch = (ripgrep: Ripgrep) =>
  defineTool({
    id: 'grep_search',
    title: 'Search text',
    description:
      'Searches the text of files with a regular expression (Rust syntax: no look-around, no back-references), upper and lower case alike. ' +
      'What ignore files name, and binary files, are left out. Gives 200 matches unless told otherwise.',
    parameters: Type.Object({
      pattern: Type.String({ minLength: 1, description: 'The regular expression' }),
      ...directoryPathParameters,
      include_pattern: Type.Optional(
        Type.String({ minLength: 1, description: 'Glob of files to search, such as *.ts' }),
      ),
      exclude_pattern: Type.Optional(Type.String({ minLength: 1, description: 'Glob of files to leave out' })),
      names_only: Type.Optional(Type.Boolean({ description: 'Only the paths of files that match' })),
      case_sensitive: Type.Optional(Type.Boolean({ description: 'Tell upper from lower case' })),
      fixed_strings: Type.Optional(Type.Boolean({ description: 'The pattern is plain text' })),
      context: lines('Lines to show around each match'),
      before: lines('Lines to show before each match'),
      after: lines('Lines to show after each match'),
      no_ignore: Type.Optional(Type.Boolean({ description: 'Search what ignore files name, too' })),
      max_matches_per_file: count('Matches of one file at most'),
      total_max_matches: count('Matches at most'),
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const search: TextSearch = {
        pattern: args.pattern,
        place: directoryPlace(args, call.workingDirectory),
        include: args.include_pattern,
        exclude: args.exclude_pattern,
        filter: filterOf(args),
        isCaseSensitive: args.case_sensitive,
        isLiteral: args.fixed_strings,
        isNamesOnly: args.names_only,
        before: args.before ?? args.context,
        after: args.after ?? args.context,
        most: { matches: args.total_max_matches ?? 200, perFile: args.max_matches_per_file },
        timeoutMs: 30_000,
      };
      return { content: showFound(await searchText(ripgrep, search, call), search, call) };
    },
  });
