import { defineTool, MaestroError, text } from '@maestro/core';
import { nameOf, regularFile, resolvePlace } from '@maestro/tools-files/place';
import { readRange } from '@maestro/tools-files/read-range';
import type { SeenFiles } from '@maestro/tools-files/seen-files';
import { Type } from 'typebox';
import type { AstGrep } from './ast-grep.js';
import { languageOf } from './languages.js';
import { fileOutline, outlined } from './outline.js';

/** The structure of larger files is not asked for. */
const mostBytes = 2 * 1024 * 1024;

export const astReadFile = (seen: SeenFiles, astGrep: AstGrep) =>
  defineTool({
    id: 'ast_read_file',
    title: 'Read code',
    description:
      'Reads a file of code, whole or a range of lines, with line numbers, followed by its imports and declarations and where they stand. ' +
      `Structure is known of: ${outlined.join(', ')}; other files are read without.`,
    parameters: Type.Object({
      file_path: Type.String({ minLength: 1, description: 'Path of the file' }),
      offset: Type.Optional(Type.Integer({ minimum: 1, description: 'First line, from 1' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, description: 'How many lines' })),
    }),
    effects: 'read',
    retry: 'safe',
    async run({ file_path, offset: first = 1, limit = Number.POSITIVE_INFINITY }, call) {
      const place = resolvePlace(file_path, call.workingDirectory);
      const last = first + limit - 1;
      const { content } = await readRange({ place, first, last, hasNumbers: true }, seen, call);
      const { file, size } = await regularFile(place);
      const name = nameOf(place, call.workingDirectory);
      const structure = await structureOf(file, size);
      return { content: structure === '' ? content : [...content, text(structure)] };

      async function structureOf(file: string, size: number): Promise<string> {
        const language = languageOf(file);
        if (language === undefined || !outlined.includes(language)) return '';
        if (size > mostBytes) return `(${name} is too large for its structure to be shown)`;
        try {
          const lines = await fileOutline(astGrep, { file, first, last }, call);
          return lines.length === 0 ? '' : `Structure of ${name} by line:\n${lines.join('\n')}`;
        } catch (cause) {
          if (!(cause instanceof MaestroError)) throw cause;
          return `(Its structure is not known: ${cause.message})`;
        }
      }
    },
  });
