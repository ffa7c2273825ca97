import { defineTool } from '@maestro/core';
import { Type } from 'typebox';
import { filePathParameters, filePlace } from './place.js';
import { readRange } from './read-range.js';
import type { SeenFiles } from './seen-files.js';

export const readLineRange = (seen: SeenFiles) =>
  defineTool({
    id: 'read_line_range',
    title: 'Read lines',
    description: 'Reads the lines of a text file from start_line to end_line, counted from 1, both included.',
    parameters: Type.Object({
      ...filePathParameters,
      start_line: Type.Integer({ minimum: 1, description: 'First line, from 1' }),
      end_line: Type.Integer({ minimum: 1, description: 'Last line, included' }),
      showLineNumbers: Type.Optional(Type.Boolean({ description: 'Put its number and a tab before each line' })),
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const { start_line: first, end_line: last, showLineNumbers: hasNumbers = false } = args;
      return await readRange({ place: filePlace(args, call.workingDirectory), first, last, hasNumbers }, seen, call);
    },
  });
