import { basename } from 'node:path';
import { MaestroError } from '@maestro/core';
import { type Static, Type } from 'typebox';

export const Language = Type.Object(
  {
    command: Type.String({
      minLength: 1,
      description: 'Program that runs a file of this language; looked up in PATH.',
    }),
    args: Type.Optional(Type.Array(Type.String(), { description: 'Arguments before the file.' })),
    extension: Type.Optional(Type.String({ pattern: '^\\.[A-Za-z0-9]{1,16}$', description: 'Of the file.' })),
    package: Type.Optional(Type.String({ description: 'What to install where the program is missing.' })),
  },
  { additionalProperties: false },
);
export type Language = Static<typeof Language>;

const isWindows = process.platform === 'win32';
/** The server's own where it is a plain one: it is there, and new enough to read TypeScript. */
const node = /^node(\.exe)?$/.test(basename(process.execPath)) ? process.execPath : 'node';

export const languages: Readonly<Record<string, Language>> = {
  bash: { command: 'bash', extension: '.sh', package: 'bash' },
  elixir: { command: 'elixir', extension: '.exs', package: 'elixir, with erlang' },
  go: { command: 'go', args: ['run'], extension: '.go', package: 'go (golang-go in Debian and Ubuntu)' },
  javascript: { command: node, extension: '.js', package: 'node (nodejs in Debian and Ubuntu)' },
  perl: { command: 'perl', extension: '.pl', package: 'perl' },
  php: { command: 'php', extension: '.php', package: 'php (php-cli in Debian and Ubuntu)' },
  // Unbuffered, so that its output can be watched.
  python: { command: isWindows ? 'python' : 'python3', args: ['-u'], extension: '.py', package: 'python3' },
  ruby: { command: 'ruby', extension: '.rb', package: 'ruby' },
  typescript: { command: node, extension: '.ts', package: 'node 22.18 or newer' },
};

/** What runs a command line. */
export const systemShell: Language = isWindows
  ? {
      command: 'powershell.exe',
      args: ['-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File'],
      extension: '.ps1',
    }
  : { command: 'bash', extension: '.sh', package: 'bash' };

/** @throws MaestroError `exec.unknown_language`, naming those that are known */
export function languageNamed(name: string, table: Readonly<Record<string, Language>>): Language {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found) return found;
  const known = Object.keys(table).sort().join(', ');
  throw new MaestroError(
    'exec.unknown_language',
    `no language "${name}"; known: ${known}; others can be added under "languages" in the settings of this plugin`,
  );
}
