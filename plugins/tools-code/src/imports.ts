import path from 'node:path';
import { MaestroError } from '@maestro/core';
import { nameOf } from '@maestro/tools-files/place';
import { searchCode } from './code-search.js';
import { matchOf, type OutlineEntry, outlineOf } from './matches.js';
import type { Analysis } from './modes.js';
import { outlined } from './outline.js';
import { shownLine } from './shown.js';

/** What each file imports; or with `isReverse`, which files import the target. */
export async function dependencies(analysis: Analysis): Promise<string[]> {
  const { target, isReverse, call } = analysis;
  if (isReverse && target === undefined) {
    throw new MaestroError('tool.bad_pattern', 'Who imports what? Give target: a file, or the name of a module.');
  }
  const wanted = target === undefined ? undefined : bare(path.resolve(call.workingDirectory, target));
  const shown = new Set<string>();
  for await (const { file, line, name } of imports(analysis)) {
    if (shown.size > analysis.most) break;
    const resolved = name.startsWith('.') ? bare(path.resolve(path.dirname(file), asPath(name))) : undefined;
    const isOf = isReverse ? name === target || (resolved !== undefined && resolved === wanted) : bare(file) === wanted;
    if (wanted === undefined || isOf)
      shown.add(`${nameOf(file, call.workingDirectory)}:${line}: ${shownLine(name, 200)}`);
  }
  return [...shown];
}

interface Import {
  file: string;
  /** From 1. */
  line: number;
  name: string;
}

/** As the outlines of the files tell it, and as calls that import do. */
async function* imports(analysis: Analysis): AsyncGenerator<Import> {
  const { tools, grammar } = analysis;
  if (outlined.includes(grammar.languages[0] as string)) {
    for await (const { file, item } of entries(analysis, 'all')) {
      const name = moduleOf(item);
      if (name !== undefined) yield { file, line: item.range.start.line + 1, name };
    }
  }
  if (!grammar.imports) return;
  const rules = grammar.languages.map((language) =>
    JSON.stringify({ id: `import-${language}`, language, rule: { any: grammar.imports } }),
  );
  for await (const record of searchCode(
    tools,
    { command: 'scan', args: [`--inline-rules=${rules.join('\n---\n')}`] },
    analysis,
  )) {
    const match = matchOf(record);
    const text = match?.metaVariables?.single.NAME?.text;
    if (!match || text === undefined) continue;
    const name = unquoted(text);
    const isBeside = /^(require_relative|include|require)/.test(match.text) && grammar.languages[0] !== 'javascript';
    yield {
      file: match.file,
      line: match.range.start.line + 1,
      name: isBeside && !name.startsWith('.') ? `./${name}` : name,
    };
  }
}

/** What each file gives to others. */
export async function exported(analysis: Analysis): Promise<string[]> {
  const { symbol, call, most } = analysis;
  const shown: string[] = [];
  for await (const { file, item } of entries(analysis, 'exports')) {
    if (shown.length > most) break;
    if (symbol !== '' && item.name !== symbol) continue;
    const where = `${nameOf(file, call.workingDirectory)}:${item.range.start.line + 1}`;
    shown.push(`${where}: ${item.symbolType} ${shownLine(item.signature.split('\n')[0] || item.name, 200)}`);
  }
  return shown;
}

async function* entries(
  analysis: Analysis,
  items: 'all' | 'exports',
): AsyncGenerator<{ file: string; item: OutlineEntry }> {
  const { tools, grammar } = analysis;
  const language = grammar.languages[0] as string;
  if (!outlined.includes(language)) {
    throw new MaestroError('code.unknown_language', `exports are known of ${outlined.join(', ')}; not of ${language}.`);
  }
  for await (const record of searchCode(tools, { command: 'outline', args: [`--items=${items}`] }, analysis)) {
    const outline = outlineOf(record);
    for (const item of outline?.items ?? []) yield { file: outline?.path as string, item };
  }
}

/** The module that an entry imports or passes on. */
function moduleOf({ symbolType, name, signature, isImport }: OutlineEntry): string | undefined {
  if (isImport) return /^#include\s*"/.test(signature) ? `./${unquoted(name)}` : unquoted(name);
  // `export * from` is no import by its form.
  return symbolType === 'module' && unquoted(name) !== name ? unquoted(name) : undefined;
}

const unquoted = (text: string) => /^(['"`])(.*)\1$/s.exec(text)?.[2] ?? text;

/** Python's `..a.b` as a path. */
const asPath = (name: string) =>
  name.replace(
    /^(\.+)(?=[A-Za-z_])(.*)$/,
    (_, dots: string, rest: string) => `${'../'.repeat(dots.length - 1)}./${rest.replaceAll('.', '/')}`,
  );

/** A file without the end of its name: `./a.js` may be written `a.ts`; a folder stands for its index. */
const bare = (file: string) => file.replace(/\.[A-Za-z]{1,5}$/, '').replace(/\/(index|__init__|mod)$/, '');
