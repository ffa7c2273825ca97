import path from 'node:path';
import { MaestroError } from '@maestro/core';

interface Language {
  /** Ends of the names of its files. */
  ends: readonly string[];
  /** The kind of node that is a whole file. */
  root: string;
}

/** By name, as the search program knows them. */
const languages: Readonly<Record<string, Language>> = {
  bash: { ends: ['.sh', '.bash', '.bats', '.zsh'], root: 'program' },
  c: { ends: ['.c', '.h'], root: 'translation_unit' },
  cpp: { ends: ['.cc', '.cpp', '.cxx', '.hh', '.hpp', '.hxx', '.c++', '.cu', '.ino'], root: 'translation_unit' },
  csharp: { ends: ['.cs'], root: 'compilation_unit' },
  css: { ends: ['.css'], root: 'stylesheet' },
  elixir: { ends: ['.ex', '.exs'], root: 'source' },
  go: { ends: ['.go'], root: 'source_file' },
  haskell: { ends: ['.hs'], root: 'haskell' },
  hcl: { ends: ['.hcl', '.tf'], root: 'config_file' },
  html: { ends: ['.html', '.htm', '.xhtml'], root: 'document' },
  java: { ends: ['.java'], root: 'program' },
  javascript: { ends: ['.js', '.jsx', '.cjs', '.mjs'], root: 'program' },
  json: { ends: ['.json'], root: 'document' },
  kotlin: { ends: ['.kt', '.kts'], root: 'source_file' },
  lua: { ends: ['.lua'], root: 'chunk' },
  nix: { ends: ['.nix'], root: 'source_code' },
  php: { ends: ['.php'], root: 'program' },
  python: { ends: ['.py', '.pyi'], root: 'module' },
  ruby: { ends: ['.rb', '.gemspec'], root: 'program' },
  rust: { ends: ['.rs'], root: 'source_file' },
  scala: { ends: ['.scala', '.sc', '.sbt'], root: 'compilation_unit' },
  solidity: { ends: ['.sol'], root: 'source_file' },
  swift: { ends: ['.swift'], root: 'source_file' },
  tsx: { ends: ['.tsx'], root: 'program' },
  typescript: { ends: ['.ts', '.cts', '.mts'], root: 'program' },
  yaml: { ends: ['.yml', '.yaml'], root: 'stream' },
};

const otherNames: Readonly<Record<string, string>> = {
  'c#': 'csharp',
  'c++': 'cpp',
  cc: 'cpp',
  cs: 'csharp',
  ex: 'elixir',
  golang: 'go',
  js: 'javascript',
  jsx: 'javascript',
  kt: 'kotlin',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  ts: 'typescript',
  yml: 'yaml',
};

export const languageNames = Object.keys(languages);

/** @throws MaestroError `code.unknown_language`, naming those that are known */
export function languageNamed(given: string, known: readonly string[] = languageNames): string {
  const lower = given.trim().toLowerCase();
  const name = Object.hasOwn(otherNames, lower) ? (otherNames[lower] as string) : lower;
  if (known.includes(name)) return name;
  throw new MaestroError(
    'code.unknown_language',
    `no language "${given.slice(0, 64)}" here; known: ${known.join(', ')}`,
  );
}

/** The language of a file, by the end of its name. */
export function languageOf(file: string): string | undefined {
  const end = path.extname(file).toLowerCase();
  return languageNames.find((name) => languages[name]?.ends.includes(end));
}

/** The kind of node that is a whole file of a known language. */
export const rootKind = (name: string): string => (languages[name] as Language).root;

/** Whether a file is written in one of these languages; in any known one where none is named. */
export function isWrittenIn(file: string, names: readonly string[] | undefined): boolean {
  const language = languageOf(file);
  return language !== undefined && (names === undefined || names.includes(language));
}
