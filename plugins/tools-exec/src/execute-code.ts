import { resolve } from 'node:path';
import { defineTool, type Processes } from '@maestro/core';
import { Type } from 'typebox';
import { DEFAULT_SECONDS, MOST_SECONDS, runToEnd } from './foreground.js';
import { type Language, languageNamed } from './languages.js';

/** How long something may run in the foreground. */
export const TimeoutSeconds = Type.Number({
  exclusiveMinimum: 0,
  maximum: MOST_SECONDS,
  description: `After this many seconds it is ended with all it started; ${DEFAULT_SECONDS} unless given.`,
});

/** Runs a program the model writes, in one of the languages of the table. */
export function executeCode(processes: Processes, table: Readonly<Record<string, Language>>, stop: AbortSignal) {
  const names = Object.keys(table).sort().join(', ');
  return defineTool({
    id: 'execute_code',
    title: 'Run code',
    description:
      `Runs a program and gives what it writes to stdout and stderr, and its exit code. Languages: ${names}. ` +
      'It runs as a file of its own in the working directory, without a terminal; nothing is kept between two calls.',
    parameters: Type.Object({
      code: Type.String({ minLength: 1, description: 'The whole program.' }),
      language: Type.String({ minLength: 1, maxLength: 64, description: `One of: ${names}.` }),
      stdin: Type.Optional(Type.String({ description: 'What the program reads from standard input.' })),
      dir_path: Type.Optional(Type.String({ description: 'Where it runs, instead of the working directory.' })),
      timeout_seconds: Type.Optional(TimeoutSeconds),
    }),
    effects: 'exec',
    retry: 'never',
    subject: ({ language, code }) => `${language}: ${code}`,
    async run({ code, language, stdin, dir_path = '.', timeout_seconds }, call) {
      const run = {
        label: 'execute_code',
        language: languageNamed(language, table),
        code,
        cwd: resolve(call.workingDirectory, dir_path),
        ...(stdin !== undefined && { input: stdin }),
      };
      return runToEnd(processes, run, { call, stop, seconds: timeout_seconds });
    },
  });
}
