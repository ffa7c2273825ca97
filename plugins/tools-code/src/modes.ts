import { MaestroError, type ToolCallContext } from '@maestro/core';
import { nameOf } from '@maestro/tools-files/place';
import {
  type CodeFacts,
  codeFacts,
  type Definition,
  enclosing,
  lastName,
  type Named,
  type Place,
  type Wanted,
} from './code-facts.js';
import type { CodeSearch } from './code-files.js';
import type { SearchState, Tools } from './code-search.js';
import type { Grammar } from './grammars.js';
import { dependencies, exported } from './imports.js';
import { shownLine } from './shown.js';

export interface Analysis {
  tools: Tools;
  grammar: Grammar;
  search: CodeSearch;
  state: SearchState;
  call: ToolCallContext;
  /** Empty where none is asked about. */
  symbol: string;
  depth: number;
  most: number;
  target?: string;
  isReverse: boolean;
}

/** Ways to look at code; each gives lines, of which more than `most` are cut by who asks. */
export const modes = { callers, callees, definitions, hierarchy, references, dependencies, exports: exported } as const;

export const needsSymbol: ReadonlySet<string> = new Set(['callers', 'callees', 'hierarchy', 'references']);

const facts = (
  { tools, grammar, ...reading }: Analysis,
  wanted: readonly Wanted[],
  name?: string,
): Promise<CodeFacts> => codeFacts(tools, { grammar, wanted, name }, reading);

async function callers(analysis: Analysis): Promise<string[]> {
  const known = await facts(analysis, ['calls']);
  const calls = Map.groupBy(known.calls, ({ name }) => name);
  const definitionsOf = Map.groupBy(known.definitions, ({ file }) => file);
  return tree(analysis, simple(analysis.symbol), (name) => {
    const found = new Map<string, Node>();
    for (const one of calls.get(name) ?? []) {
      const caller = enclosing(definitionsOf.get(one.file) ?? [], one);
      const key = caller ? keyOf(caller) : one.file;
      if (found.has(key)) continue;
      const label = `${caller ? caller.name : '(top level)'}  ${at(one, analysis)}: ${shownLine(one.head, 160)}`;
      found.set(key, { key, label, next: caller?.name });
    }
    return [...found.values()];
  });
}

async function callees(analysis: Analysis): Promise<string[]> {
  const known = await facts(analysis, ['calls']);
  const byName = Map.groupBy(known.definitions, ({ name }) => name);
  const callsIn = Map.groupBy(known.calls, ({ file }) => file);
  return tree(analysis, simple(analysis.symbol), (name) => {
    const found = new Map<string, Node>();
    for (const definition of byName.get(name) ?? []) {
      for (const one of callsIn.get(definition.file) ?? []) {
        if (one.name === '' || found.has(one.name) || !enclosing([definition], one)) continue;
        const target = byName.get(one.name)?.[0];
        const where = target ? at(target, analysis) : `called at ${at(one, analysis)}, defined elsewhere`;
        found.set(one.name, { key: one.name, label: `${one.name}  ${where}`, next: target && one.name });
      }
    }
    return [...found.values()];
  });
}

async function definitions(analysis: Analysis): Promise<string[]> {
  const known = await facts(analysis, []);
  const { symbol } = analysis;
  const wanted =
    symbol === '' ? known.definitions : known.definitions.filter((one) => fits(one, symbol, known.definitions));
  return wanted.sort(byPlace).map((one) => `${one.name}  ${lines(one, analysis)}: ${shownLine(one.head, 200)}`);
}

async function references(analysis: Analysis): Promise<string[]> {
  const name = simple(analysis.symbol);
  const known = await facts(analysis, ['names'], name);
  const own = new Set(known.definitions.filter((one) => one.name === name).map(({ file, line }) => `${file}\0${line}`));
  return known.names.sort(byPlace).map((one) => {
    const mark = own.has(`${one.file}\0${one.line}`) ? ' (definition)' : '';
    return `${at(one, analysis)}${mark}: ${shownLine(one.head, 200)}`;
  });
}

async function hierarchy(analysis: Analysis): Promise<string[]> {
  if (!analysis.grammar.bases) {
    throw new MaestroError('code.unknown_language', `${analysis.grammar.languages[0]} has no types made from others.`);
  }
  const known = await facts(analysis, ['bases']);
  const name = simple(analysis.symbol);
  const node = (one: string, place: Named): Node => ({ key: one, label: `${one}  ${at(place, analysis)}`, next: one });
  const up = tree(analysis, name, (type) =>
    known.bases.filter((one) => one.name === type).flatMap((one) => one.bases.map((base) => node(base, one))),
  );
  const down = tree(analysis, name, (type) =>
    known.bases.filter((one) => one.name !== '' && one.bases.includes(type)).map((one) => node(one.name, one)),
  );
  return [...(up.length ? ['supertypes:', ...up] : []), ...(down.length ? ['subtypes:', ...down] : [])];
}

interface Node {
  key: string;
  label: string;
  /** The name to go on with. */
  next: string | undefined;
}

/** Lines of what hangs on a name, indented by hops; what was shown already is not followed again. */
function tree({ depth, most }: Analysis, root: string, next: (name: string) => Node[]): string[] {
  const shown: string[] = [];
  const seen = new Set<string>([root]);
  const walk = (name: string, hop: number): void => {
    for (const { key, label, next: further } of next(name)) {
      if (shown.length > most) return;
      shown.push(`${'  '.repeat(hop)}${label}`);
      if (further === undefined || seen.has(further) || hop >= depth) continue;
      seen.add(key).add(further);
      walk(further, hop + 1);
    }
  };
  walk(root, 1);
  return shown;
}

/** `m` of `A.m`. */
const simple = (symbol: string) => lastName(symbol) || symbol;
const keyOf = ({ file, line, column }: Place) => `${file}\0${line}\0${column}`;
const at = ({ file, line }: Place, { call }: Analysis) => `${nameOf(file, call.workingDirectory)}:${line + 1}`;
const lines = (one: Definition, analysis: Analysis) =>
  one.end.line === one.line ? at(one, analysis) : `${at(one, analysis)}-${one.end.line + 1}`;
const byPlace = (a: Place, b: Place) =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column;

/** A name, or `A.m` for the `m` that stands in an `A`. */
function fits(one: Definition, symbol: string, all: readonly Definition[]): boolean {
  const name = simple(symbol);
  if (one.name !== name) return false;
  const owner = lastName(symbol.slice(0, symbol.length - name.length).replace(/[.:#]+$/, ''));
  return owner === '' || enclosing(all, one)?.name === owner;
}
