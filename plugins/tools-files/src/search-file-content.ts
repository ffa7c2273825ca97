import { defineTool } from '@maestro/core';
import { Type } from 'typebox';
import { filterOf, filterParameters } from './file-filter.js';
import { directoryPathParameters, directoryPlace } from './place.js';
import type { Ripgrep } from './ripgrep.js';
import { searchText, type TextSearch } from './search-text.js';
import { showFound } from './show-found.js';

export const searchFileContent = (ripgrep: Ripgrep) =>
  defineTool({
    id: 'search_file_content',
    title: 'Search text',
    description:
      'Searches the text of files with a regular expression (Rust syntax), upper and lower case alike, with limits of results and time. ' +
      'What ignore files name, and binary files, are left out.',
    parameters: Type.Object({
      pattern: Type.String({ minLength: 1, description: 'The regular expression' }),
      ...directoryPathParameters,
      include: Type.Optional(Type.String({ minLength: 1, description: 'Glob of files to search, such as *.ts' })),
      max_results: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100_000, description: 'Matches at most; 200 when left out' }),
      ),
      max_files: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Files at most' })),
      max_per_file: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10_000, description: 'Matches of one file at most' }),
      ),
      timeout_ms: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 300_000, description: 'Time it may take in ms; 30000 when left out' }),
      ),
      ...filterParameters,
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const search: TextSearch = {
        pattern: args.pattern,
        place: directoryPlace(args, call.workingDirectory),
        include: args.include,
        filter: filterOf(args),
        most: { matches: args.max_results ?? 200, perFile: args.max_per_file, files: args.max_files },
        timeoutMs: args.timeout_ms ?? 30_000,
      };
      return { content: showFound(await searchText(ripgrep, search, call), search, call) };
    },
  });
