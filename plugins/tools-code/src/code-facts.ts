import type { ToolCallContext } from '@maestro/core';
import type { CodeSearch } from './code-files.js';
import { type SearchState, searchCode, type Tools } from './code-search.js';
import type { Grammar } from './grammars.js';
import { type Match, matchOf } from './matches.js';

export interface Place {
  /** Absolute. */
  file: string;
  /** Both from 0. */
  line: number;
  column: number;
}

export interface Definition extends Place {
  name: string;
  /** Its last line, and the column behind its end. */
  end: { line: number; column: number };
  /** Its first line. */
  head: string;
}

export interface Named extends Place {
  name: string;
  head: string;
}

/** What stands in the files of a language, by syntax alone: names, not what they mean. */
export interface CodeFacts {
  definitions: Definition[];
  calls: Named[];
  /** Places where a name stands. */
  names: Named[];
  /** A type, and the types it says it is made from. */
  bases: (Named & { bases: string[] })[];
}

export type Wanted = 'calls' | 'names' | 'bases';

const most = 300_000;

/** Reads the facts of a place in one run of the search program. @param name only places where this name stands */
export async function codeFacts(
  tools: Tools,
  { grammar, wanted, name }: { grammar: Grammar; wanted: readonly Wanted[]; name?: string | undefined },
  reading: { search: CodeSearch; call: ToolCallContext; state: SearchState },
): Promise<CodeFacts> {
  const facts: CodeFacts = { definitions: [], calls: [], names: [], bases: [] };
  const rules = grammar.languages.flatMap((language) => rulesOf(grammar, wanted, name, language));
  const query = {
    command: 'scan',
    args: [`--inline-rules=${rules.map((rule) => JSON.stringify(rule)).join('\n---\n')}`],
  } as const;
  let count = 0;
  for await (const record of searchCode(tools, query, reading)) {
    const match = matchOf(record);
    if (match) take(match, facts);
    count += 1;
    if (count > most) {
      reading.state.isCut = true;
      break;
    }
  }
  const definitionsOf = Map.groupBy(facts.definitions, ({ file }) => file);
  for (const base of facts.bases) base.name ||= enclosing(definitionsOf.get(base.file) ?? [], base)?.name ?? '';
  return facts;
}

function rulesOf(grammar: Grammar, wanted: readonly Wanted[], name: string | undefined, language: string): object[] {
  const rule = (kind: string, any: readonly object[]) => ({ id: `${kind}-${language}`, language, rule: { any } });
  const leaves = grammar.names.map((kind) => ({ kind, ...(name !== undefined && { regex: `^${escaped(name)}$` }) }));
  return [
    rule('definition', grammar.definitions),
    ...(wanted.includes('calls') ? [rule('call', grammar.calls)] : []),
    ...(wanted.includes('names') ? [rule('name', leaves)] : []),
    ...(wanted.includes('bases') && grammar.bases ? [rule('base', grammar.bases)] : []),
  ];
}

function take({ file, range, text, lines, ruleId, metaVariables }: Match, facts: CodeFacts): void {
  const { NAME: named, BASE: base } = metaVariables?.single ?? {};
  const place = { file, line: range.start.line, column: range.start.column };
  const head = lines.slice(0, 400).split('\n')[0]?.trim() ?? '';
  switch (ruleId?.split('-')[0]) {
    case 'definition':
      if (named) facts.definitions.push({ ...place, name: lastName(named.text), end: range.end, head });
      return;
    case 'call':
      // Where the name stands, which in a chain of calls is not where the call begins.
      if (named)
        facts.calls.push({
          file,
          line: named.range.end.line,
          column: named.range.end.column,
          name: lastName(named.text),
          head,
        });
      return;
    case 'name':
      facts.names.push({ ...place, name: text, head });
      return;
    case 'base':
      facts.bases.push({ ...place, name: lastName(named?.text ?? ''), head, bases: typeNames(base?.text ?? text) });
  }
}

/** The last name of what is called or defined: `c` of `a.b::c<T>`. */
export function lastName(text: string): string {
  const plain = text.slice(-400).replace(/(::)?<[^<>]*>\s*$/, '');
  return /[#@$]?[\p{ID_Start}_$][\p{ID_Continue}$]*[?!]?$/u.exec(plain.trimEnd())?.[0] ?? '';
}

const notTypes = /^(extends|implements|public|private|protected|virtual|class|pub|dyn|where|object)$/;

/** The types that a clause such as `extends A<B> implements c.D` names: `A` and `D`. */
export function typeNames(text: string): string[] {
  let plain = text.slice(0, 4_000);
  // From the inside out, whatever stands in brackets says how, not from what.
  if (plain.startsWith('(')) plain = plain.slice(1).replace(/\)\s*$/, '');
  for (let before = ''; before !== plain; ) {
    before = plain;
    plain = plain.replace(/<[^<>]*>|\([^()]*\)|\[[^[\]]*\]/g, ' ');
  }
  const words = plain.replace(/[\w$]+\s*=\s*[\w$.]+/g, ' ').split(/[^\p{ID_Continue}$.:\\]+/u);
  return [...new Set(words.map(lastName).filter((word) => word !== '' && !notTypes.test(word)))];
}

/** The innermost definition that holds a place, other than one that begins there. */
export function enclosing(definitions: readonly Definition[], { file, line, column }: Place): Definition | undefined {
  let found: Definition | undefined;
  for (const one of definitions) {
    if (one.file !== file || !isBefore(one, { line, column }) || !isBefore({ line, column }, one.end)) continue;
    if (!found || isBefore(found, one)) found = one;
  }
  return found;
}

const isBefore = (a: { line: number; column: number }, b: { line: number; column: number }) =>
  a.line < b.line || (a.line === b.line && a.column < b.column);

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
