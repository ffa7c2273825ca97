import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { MaestroError } from '@maestro/core';

const kinds: Readonly<Record<string, string>> = { linux: '-gnu', win32: '-msvc', darwin: '' };

/**
 * The search program: it comes in a package of its own for each kind of machine. The install script that would copy it
 * into place is not needed and not run.
 *
 * @param given a path of the settings, instead
 * @throws MaestroError `code.no_program`
 */
export function astGrepProgram(given: string | undefined, { platform, arch } = process): string {
  if (given !== undefined) {
    if (path.isAbsolute(given) && existsSync(given)) return given;
    throw noProgram(`there is no file ${given}, which "astGrep" in the settings of @maestro/tools-code names`);
  }
  const name = `@ast-grep/cli-${platform}-${arch}${kinds[platform] ?? ''}`;
  try {
    // Asked from there, for it is a package that one depends on.
    const ours = createRequire(import.meta.url);
    const theirs = createRequire(ours.resolve('@ast-grep/cli/package.json'));
    const program = path.join(
      path.dirname(theirs.resolve(`${name}/package.json`)),
      platform === 'win32' ? 'ast-grep.exe' : 'ast-grep',
    );
    if (existsSync(program)) return program;
  } catch {
    // Told below: what matters is that it is not there.
  }
  throw noProgram(`the package ${name} is not installed, or there is none for this kind of machine`);
}

function noProgram(why: string): MaestroError {
  return new MaestroError(
    'code.no_program',
    `search by syntax does not work on this server: ${why}; install ast-grep and name its path as "astGrep" in the ` +
      'settings of @maestro/tools-code, or search with grep_search',
  );
}
