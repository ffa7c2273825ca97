import type { ToolResource } from '@maestro/core/protocol';

export interface SessionToolGroup {
  name: string;
  tools: readonly ToolResource[];
}

const byEffect = { read: 'Read', write: 'Write', exec: 'Run', net: 'Web' } as const;

/** Tools by who provides them, groups and tools by name; those that nobody provides now come last. */
export function sessionToolGroups(tools: readonly ToolResource[], filter = ''): SessionToolGroup[] {
  const wanted = filter.trim().toLowerCase();
  const groups = new Map<string, ToolResource[]>();
  for (const tool of tools) {
    if (wanted !== '' && !`${tool.name} ${tool.title}`.toLowerCase().includes(wanted)) continue;
    const name = groupName(tool);
    groups.set(name, [...(groups.get(name) ?? []), tool]);
  }
  const order = (name: string) => (name === GONE ? 2 : name.startsWith(SERVER) ? 1 : 0);
  return [...groups]
    .map(([name, members]) => ({ name, tools: members }))
    .sort((a, b) => order(a.name) - order(b.name) || (a.name < b.name ? -1 : 1));
}

const GONE = 'Not loaded';
const SERVER = 'MCP: ';

/** `@acme/tools-files` provides the group "Files". */
function groupName({ available, effects, plugin, server }: ToolResource): string {
  if (!available) return GONE;
  if (server) return `${SERVER}${server}`;
  if (!plugin) return byEffect[effects];
  const words = plugin
    .replace(/^.*\//, '')
    .replace(/^tools-|-tools$/g, '')
    .replaceAll('-', ' ');
  return words === '' ? byEffect[effects] : words[0]!.toUpperCase() + words.slice(1);
}
