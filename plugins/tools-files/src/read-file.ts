import { defineTool } from '@maestro/core';
import { Type } from 'typebox';
import { filePathParameters, filePlace } from './place.js';
import { readRange } from './read-range.js';
import type { SeenFiles } from './seen-files.js';

export const readFile = (seen: SeenFiles) =>
  defineTool({
    id: 'read_file',
    title: 'Read file',
    description:
      'Reads a text file, whole or a range of lines, or shows a picture (PNG, JPEG, GIF, WebP) or PDF. ' +
      'At most 256 KiB come back at once; the result then says which lines these were and how many there are.',
    parameters: Type.Object({
      ...filePathParameters,
      start_line: Type.Optional(Type.Integer({ minimum: 1, description: 'First line, from 1' })),
      end_line: Type.Optional(Type.Integer({ minimum: 1, description: 'Last line, included' })),
      offset: Type.Optional(
        Type.Integer({ minimum: 0, description: 'Lines to leave out before the first; instead of start_line' }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, description: 'How many lines; instead of end_line' })),
      showLineNumbers: Type.Optional(Type.Boolean({ description: 'Put its number and a tab before each line' })),
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const { start_line, end_line, offset = 0, limit = Number.POSITIVE_INFINITY, showLineNumbers = false } = args;
      const first = start_line ?? offset + 1;
      const last = end_line ?? first + limit - 1;
      const place = filePlace(args, call.workingDirectory);
      return await readRange({ place, first, last, hasNumbers: showLineNumbers }, seen, call);
    },
  });
