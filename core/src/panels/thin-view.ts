import type { Validator } from 'typebox/compile';
import { MaestroError } from '../errors.js';
import type { TreeNode, View } from '../protocol/views.js';
import { nodeChecks, treeNodeCheck } from './view-schema.js';

/** What one view may hold, so that it can be sent to every viewer several times a second. */
export const VIEW_LIMITS = { points: 500, rows: 200, bytes: 65_536, nodes: 500, depth: 12 } as const;

export interface ThinView {
  view: View;
  /** What was left out, one sentence each. */
  leftOut: string[];
}

/**
 * A view as it may be shown: of the right shape, plain data, and within the limits; what is too long is thinned.
 *
 * @throws MaestroError `panel.view`, naming the place that does not fit; `panel.large` where thinning does not help
 */
export function thinView(view: unknown): ThinView {
  for (let share = 1; share >= 1 / 64; share /= 2) {
    const walk = new Walk(Math.floor(VIEW_LIMITS.points * share), Math.floor(VIEW_LIMITS.rows * share));
    const json = JSON.stringify(walk.node(view, 'view', 0));
    const bytes = Buffer.byteLength(json);
    if (bytes <= VIEW_LIMITS.bytes) return { view: JSON.parse(json) as View, leftOut: [...new Set(walk.leftOut)] };
  }
  const message = `the view is larger than ${VIEW_LIMITS.bytes / 1024} KB, also with its tables and lines thinned; show less`;
  throw new MaestroError('panel.large', message);
}

/** Goes through one view; lists are cut before they are checked, so that a huge one costs little. */
class Walk {
  readonly leftOut: string[] = [];
  #nodes = 0;
  /** Of trees. */
  #entries = 0;

  constructor(
    private readonly points: number,
    private readonly rows: number,
  ) {}

  node(given: unknown, place: string, depth: number): unknown {
    this.#count(place, depth);
    const cut = this.#cut(record(given, place), place);
    const check = nodeChecks.get(cut.type);
    if (!check) throw misfit(place, `has the unknown type ${JSON.stringify(cut.type)?.slice(0, 40)}`);
    checked(check, cut, place);
    if (cut.type === 'stack' || cut.type === 'row') {
      const items = (cut.items as unknown[]).map((item, index) =>
        this.node(item, `${place}.items.${index}`, depth + 1),
      );
      return { ...cut, items };
    }
    return cut.type === 'tree' ? { ...cut, nodes: this.#tree(cut.nodes as unknown[], `${place}.nodes`, depth) } : cut;
  }

  /** As many entries as a table has rows, in the order they are drawn. */
  #tree(nodes: unknown[], place: string, depth: number): TreeNode[] {
    if (depth > VIEW_LIMITS.depth) return this.#leave([], `a tree: its first ${VIEW_LIMITS.depth} levels`);
    const kept: TreeNode[] = [];
    for (const [index, given] of nodes.entries()) {
      if (this.#entries >= this.rows) return this.#leave(kept, `a tree: its first ${this.rows} entries`);
      this.#entries += 1;
      const at = `${place}.${index}`;
      const { children, ...rest } = record(given, at);
      checked(treeNodeCheck, rest, at);
      const below = Array.isArray(children) ? { children: this.#tree(children, `${at}.children`, depth + 1) } : {};
      kept.push({ ...rest, ...below } as unknown as TreeNode);
    }
    return kept;
  }

  #cut(node: Record<string, unknown>, place: string): Record<string, unknown> {
    if (node.type === 'table' && Array.isArray(node.rows)) {
      return { ...node, rows: this.#first(node.rows, 'a table', 'rows') };
    }
    if (node.type === 'log' && Array.isArray(node.lines)) {
      const { length } = node.lines;
      if (length <= this.rows) return node;
      return {
        ...node,
        lines: this.#leave(node.lines.slice(-this.rows), `a log: the last ${this.rows} of ${length} lines`),
      };
    }
    if (node.type === 'series' && Array.isArray(node.lines)) {
      return { ...node, lines: node.lines.map((line, index) => this.#line(record(line, `${place}.lines.${index}`))) };
    }
    if (node.type === 'form' && Array.isArray(node.fields)) return { ...node, fields: node.fields.map(withoutSecret) };
    return node;
  }

  /** Every so many points, the first and the last always: the shape of a line survives that. */
  #line(line: Record<string, unknown>): Record<string, unknown> {
    const { points } = line;
    if (!Array.isArray(points) || points.length <= this.points) return line;
    const step = (points.length - 1) / (this.points - 1);
    const kept = Array.from({ length: this.points }, (_, index) => points[Math.round(index * step)]);
    return { ...line, points: this.#leave(kept, `a chart: ${this.points} of ${points.length} points`) };
  }

  #first(list: unknown[], of: string, what: string): unknown[] {
    if (list.length <= this.rows) return list;
    return this.#leave(list.slice(0, this.rows), `${of}: the first ${this.rows} of ${list.length} ${what}`);
  }

  #leave<T>(kept: T, sentence: string): T {
    this.leftOut.push(sentence);
    return kept;
  }

  #count(place: string, depth: number): void {
    this.#nodes += 1;
    if (depth > VIEW_LIMITS.depth) throw misfit(place, `is deeper than ${VIEW_LIMITS.depth} levels`);
    if (this.#nodes > VIEW_LIMITS.nodes) throw misfit(place, `is one of more than ${VIEW_LIMITS.nodes} parts`);
  }
}

/** What was typed into a secret field never comes back. */
function withoutSecret(field: unknown): unknown {
  if (typeof field !== 'object' || field === null || (field as { kind?: unknown }).kind !== 'secret') return field;
  const { value: _, ...rest } = field as Record<string, unknown>;
  return rest;
}

function record(given: unknown, place: string): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw misfit(place, 'is no part of a view');
  return given as Record<string, unknown>;
}

function checked(check: Validator, value: unknown, place: string): void {
  if (check.Check(value)) return;
  const [fault] = check.Errors(value);
  const below = fault?.instancePath.replaceAll('/', '.') ?? '';
  throw misfit(`${place}${below}`, fault?.message ?? 'does not fit');
}

function misfit(place: string, what: string): MaestroError {
  return new MaestroError('panel.view', `${place} ${what}`);
}
