import { type JsonNode, jsonChildren } from './json-tree.js';

/** One line of a folded tree. */
export type JsonRow =
  | { kind: 'open' | 'folded' | 'value'; depth: number; node: JsonNode; isLast: boolean }
  | { kind: 'close'; depth: number; node: JsonNode; isLast: boolean }
  /** A line of a long string that is opened, with its escapes resolved. */
  | { kind: 'text'; depth: number; node: JsonNode; text: string };

/** A longer string is shown by its beginning until it is opened. */
export const SHORT = 120;
const WIDE = 100;

/** @param open places of what is opened, as `JsonNode.from` tells them */
export function jsonRows(text: string, root: JsonNode, open: ReadonlySet<number>): JsonRow[] {
  const rows: JsonRow[] = [];
  const add = (node: JsonNode, depth: number, isLast: boolean) => {
    const isBranch = node.kind === 'object' || node.kind === 'array';
    if (!isBranch || node.items === 0) {
      const isLong = node.kind === 'string' && node.items > SHORT;
      rows.push({ kind: isLong ? (open.has(node.from) ? 'open' : 'folded') : 'value', depth, node, isLast });
      if (isLong && open.has(node.from))
        for (const line of linesOf(text, node)) rows.push({ kind: 'text', depth: depth + 1, node, text: line });
      return;
    }
    if (!open.has(node.from)) {
      rows.push({ kind: 'folded', depth, node, isLast });
      return;
    }
    rows.push({ kind: 'open', depth, node, isLast });
    const children = jsonChildren(text, node);
    for (const [index, child] of children.entries()) add(child, depth + 1, index === children.length - 1);
    rows.push({ kind: 'close', depth, node, isLast });
  };
  add(root, 0, true);
  return rows;
}

/** The beginning of a string as it is written. */
export function shortString(text: string, { from, to, items }: JsonNode): { text: string; more: number } {
  if (items <= SHORT) return { text: text.slice(from, to), more: 0 };
  return { text: text.slice(from, from + 1 + SHORT), more: items - SHORT };
}

/** Every line of JSON written out with two spaces, with the tokens as they stand. */
export function jsonLines(text: string, root: JsonNode): string[] {
  const lines: string[] = [];
  const add = (node: JsonNode, depth: number, end: string) => {
    const lead = `${'  '.repeat(depth)}${node.key === null ? '' : `${node.key}: `}`;
    const isObject = node.kind === 'object';
    if ((!isObject && node.kind !== 'array') || node.items === 0) {
      const value =
        node.items === 0 && (isObject || node.kind === 'array')
          ? isObject
            ? '{}'
            : '[]'
          : text.slice(node.from, node.to);
      lines.push(`${lead}${value}${end}`);
      return;
    }
    lines.push(`${lead}${isObject ? '{' : '['}`);
    const children = jsonChildren(text, node);
    for (const [index, child] of children.entries()) add(child, depth + 1, index < children.length - 1 ? ',' : '');
    lines.push(`${'  '.repeat(depth)}${isObject ? '}' : ']'}${end}`);
  };
  add(root, 0, '');
  return lines;
}

function linesOf(text: string, { from, to }: JsonNode): string[] {
  let value: string;
  try {
    value = JSON.parse(text.slice(from, to));
  } catch {
    // An escape that is none: what is written is shown.
    value = text.slice(from + 1, to - 1);
  }
  return value.split('\n').flatMap((line) => {
    if (line.length <= WIDE) return [line];
    return Array.from({ length: Math.ceil(line.length / WIDE) }, (_, index) =>
      line.slice(index * WIDE, (index + 1) * WIDE),
    );
  });
}
