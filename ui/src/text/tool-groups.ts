import type { ToolResource } from '@maestro/core/protocol';

export interface ToolGroup {
  /** Tells groups apart: a server may be called like a plugin. */
  key: string;
  name: string;
  /** Behind the name: where the tools come from, if not from this package. */
  note: string;
  tools: ToolResource[];
}

/** Tools by who brings them: plugins first, then MCP servers, then those that nobody brings now. */
export function toolGroups(tools: readonly ToolResource[], filter = ''): ToolGroup[] {
  const groups = new Map<string, ToolGroup>();
  for (const tool of tools) {
    if (!fits(tool, filter)) continue;
    const { key, name, note } = groupOf(tool);
    const group = groups.get(key) ?? { key, name, note, tools: [] };
    groups.set(key, group);
    group.tools.push(tool);
  }
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'en'));
}

const ranks: Readonly<Record<string, number>> = { plugin: 0, server: 1, none: 2 };
const rank = ({ key }: ToolGroup) => ranks[key.slice(0, key.indexOf(':'))] ?? 0;

function groupOf({ server, plugin }: ToolResource): Omit<ToolGroup, 'tools'> {
  if (server !== null) return { key: `server:${server}`, name: server, note: 'MCP server' };
  if (plugin !== null) return { key: `plugin:${plugin}`, name: pluginLabel(plugin), note: '' };
  return { key: 'none:', name: 'Not loaded', note: 'their plugin or server is off' };
}

/** `@maestro/tools-files` brings `Files`. */
function pluginLabel(plugin: string): string {
  const bare = plugin.replace(/^.*\//, '').replace(/^tools?-/, '');
  const words = bare.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fits({ name, title, description }: ToolResource, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return true;
  const text = `${name} ${title} ${description}`.toLowerCase();
  return wanted.split(/\s+/).every((word) => text.includes(word));
}
