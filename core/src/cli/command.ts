import type { ParseArgsOptionsConfig } from 'node:util';

/** The words a verb is given, and where it reads and writes. */
export interface Call<O extends ParseArgsOptionsConfig = ParseArgsOptionsConfig> {
  args: readonly string[];
  flags: Flags<O>;
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

type Flags<O extends ParseArgsOptionsConfig> = {
  -readonly [K in keyof O]?: O[K]['type'] extends 'boolean'
    ? boolean
    : O[K] extends { multiple: true }
      ? string[]
      : string;
};

/** One verb of the command line. */
export interface Command<O extends ParseArgsOptionsConfig = ParseArgsOptionsConfig> {
  /** Without `maestro`, as in `session show SESSION [--json]`. */
  usage: string;
  summary: string;
  example: string;
  options: O;
  /** A line for each option that does not explain itself. */
  notes?: readonly string[];
  /** How many words it takes. */
  arity: readonly [least: number, most: number];
  /** Gives the exit code; nothing means 0. */
  run(call: Call<O>): Promise<number | undefined>;
}

/** Keeps the type of the flags tied to the options. The table of verbs knows no particular one. */
export function defineCommand<const O extends ParseArgsOptionsConfig>(command: Command<O>): Command {
  return command as unknown as Command;
}

/** Wrong words on the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options of every verb that looks for a server or a configuration. */
export const place = { home: { type: 'string' }, config: { type: 'string' } } as const;
export const json = { json: { type: 'boolean' } } as const;
