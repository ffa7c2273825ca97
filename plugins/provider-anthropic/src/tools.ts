import type { ToolDescription } from '@maestro/core';
import type { Dialect } from './profiles/profile-set.js';

export interface ToolWriting {
  dialect: Dialect;
  /** Stands before their names, where the dialect has it so. */
  prefix: string;
  /** For the last of them, where no system prompt follows that could carry it. */
  mark: object | undefined;
}

/**
 * A tool that runs at the provider. The earliest version: every model that searches takes it.
 * Source: docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool, read 2026-11-27.
 */
export const WEB_SEARCH = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 };

/** Tools as the API describes them; undefined where there are none. */
export function toolsOf(tools: readonly ToolDescription[], { dialect, prefix, mark }: ToolWriting) {
  if (tools.length === 0) return undefined;
  const listed = dialect.sortsTools ? tools.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : tools;
  return listed.map(({ name, description, parameters }, index) => ({
    name: listedName(name, dialect, prefix),
    description,
    input_schema: dialect.sortsTools ? sorted(parameters) : parameters,
    ...(index === listed.length - 1 && mark),
  }));
}

/** Gives a tool's own name for the one it was listed under. A model may also call by its own: the history shows it. */
export function ownNames(tools: readonly ToolDescription[], dialect: Dialect, prefix: string) {
  const names = new Map(tools.map(({ name }) => [listedName(name, dialect, prefix), name]));
  return (listed: string): string => names.get(listed) ?? listed;
}

const listedName = (name: string, { prefixesTools }: Dialect, prefix: string) => (prefixesTools ? prefix + name : name);

/** A schema with its properties by name, at every depth. */
function sorted(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(sorted);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'properties' ? byName(value) : sorted(value)]),
  );
}

function byName(properties: unknown): unknown {
  if (typeof properties !== 'object' || properties === null) return properties;
  const entries = Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, schema]) => [name, sorted(schema)]));
}
