import type { Session } from '@maestro/core/protocol';
import fuzzysort from 'fuzzysort';

/** A piece of a title; what matches what was typed stands out. */
export interface Piece {
  text: string;
  isMatch: boolean;
}

export interface Found<T> {
  item: T;
  pieces: Piece[];
}

export type Narrowing = 'commands' | 'files' | 'sessions' | null;

const signs: Record<string, Exclude<Narrowing, null>> = { '>': 'commands', '@': 'files', '#': 'sessions' };

/** What the first sign narrows the palette to, and what is looked for. */
export function readQuery(typed: string): { narrowing: Narrowing; query: string } {
  const narrowing = signs[typed.trimStart()[0] ?? ''] ?? null;
  return { narrowing, query: (narrowing === null ? typed : typed.trimStart().slice(1)).trim() };
}

/** Sessions in the order of the match; all of them while nothing is typed. A name counts more than where it works. */
export function findSessions(sessions: readonly Session[], query: string, limit: number): Found<Session>[] {
  return find(
    sessions,
    query,
    ({ agent_name }) => agent_name,
    ({ model, working_directory }) => `${model} ${working_directory}`,
    limit,
  );
}

interface Entry {
  title: string;
  words?: string;
}

export function findEntries<T extends Entry>(entries: readonly T[], query: string, limit: number): Found<T>[] {
  return find(
    entries,
    query,
    ({ title }) => title,
    ({ words = '' }) => words,
    limit,
  );
}

function find<T>(
  items: readonly T[],
  query: string,
  name: (item: T) => string,
  more: (item: T) => string,
  limit: number,
): Found<T>[] {
  if (query === '') return items.slice(0, limit).map((item) => ({ item, pieces: [whole(name(item))] }));
  const results = fuzzysort.go(query, items, {
    keys: [name, more],
    limit,
    threshold: 0.3,
    scoreFn: ([first, second]) => Math.max(first?.score ?? 0, (second?.score ?? 0) * 0.6),
  });
  return results.map((result) => ({ item: result.obj, pieces: pieces(name(result.obj), result[0]?.indexes ?? []) }));
}

function whole(text: string): Piece {
  return { text, isMatch: false };
}

function pieces(text: string, indexes: readonly number[]): Piece[] {
  const marked = new Set(indexes);
  const made: Piece[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const isMatch = marked.has(at);
    const last = made[made.length - 1];
    if (last?.isMatch === isMatch) last.text += text[at];
    else made.push({ text: text[at] ?? '', isMatch });
  }
  return made;
}
