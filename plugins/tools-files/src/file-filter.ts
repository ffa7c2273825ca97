import { access } from 'node:fs/promises';
import path from 'node:path';
import { Type } from 'typebox';

/** Files of the working directory that name what agents should not see, written like `.gitignore`. */
export const OWN_IGNORE_FILES = ['.geminiignore', '.maestroignore'] as const;

/** Ways to ask for what is ignored otherwise; the schema of a tool spreads this. */
export const filterParameters = {
  file_filtering_options: Type.Optional(
    Type.Object({
      respect_git_ignore: Type.Optional(
        Type.Boolean({ description: 'Leave out what .gitignore names; true when left out' }),
      ),
      respect_gemini_ignore: Type.Optional(
        Type.Boolean({ description: 'Leave out what .geminiignore and .maestroignore name; true when left out' }),
      ),
    }),
  ),
};

export interface Filter {
  hasGitRules: boolean;
  hasOwnRules: boolean;
}

interface FilterArguments {
  file_filtering_options?: { respect_git_ignore?: boolean; respect_gemini_ignore?: boolean };
  respect_git_ignore?: boolean;
  respect_gemini_ignore?: boolean;
  no_ignore?: boolean;
}

export function filterOf(args: FilterArguments): Filter {
  const options = { ...args.file_filtering_options };
  return {
    hasGitRules: !args.no_ignore && (args.respect_git_ignore ?? options.respect_git_ignore ?? true),
    hasOwnRules: !args.no_ignore && (args.respect_gemini_ignore ?? options.respect_gemini_ignore ?? true),
  };
}

/** The filter as arguments of the search program, which reads `.gitignore`, `.ignore` and what it is given. */
export async function filterArguments(filter: Filter, workingDirectory: string): Promise<string[]> {
  const own = filter.hasOwnRules ? OWN_IGNORE_FILES.map((name) => path.join(workingDirectory, name)) : [];
  const there = await Promise.all(
    own.map((file) =>
      access(file).then(
        () => [`--ignore-file=${file}`],
        () => [],
      ),
    ),
  );
  return [
    '--hidden',
    '--glob=!**/.git',
    ...(filter.hasGitRules ? ['--no-require-git'] : ['--no-ignore-vcs']),
    ...(filter.hasOwnRules ? [] : ['--no-ignore-dot']),
    ...there.flat(),
  ];
}
