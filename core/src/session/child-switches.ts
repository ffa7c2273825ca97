import type { Tools } from '../extension/registry.js';
import type { Delegation } from '../extension/tool.js';
import { ALL_OTHERS, isOn, type SessionSwitches } from './tool-run.js';

/**
 * What an agent may use: its own list, or what the session has that asks. Nothing that is switched off there by name
 * comes back, and what is registered later stays off where there is a list.
 */
export function childSwitches(
  parent: SessionSwitches,
  { tools: own, mcps, narrowedTo }: Pick<Delegation, 'tools' | 'mcps' | 'narrowedTo'>,
  tools: Pick<Tools, 'find'>,
): ReturnType<typeof listedSwitches> {
  const given = listedSwitches({ ...(own && { tools: own }), ...(mcps && { mcps }) }, parent);
  if (!narrowedTo) return given;
  const kept = narrowedTo.filter((name) => {
    const tool = tools.find(name);
    return tool !== undefined && isOn(tool, given, nothing);
  });
  return { tools: only(kept, given.tools), servers: only([], given.servers) };
}

/** The switches that lists stand for, where there are lists; a list of tools leaves out all servers it does not name. */
export function listedSwitches(
  { tools, mcps }: Pick<Delegation, 'tools' | 'mcps'>,
  above: SessionSwitches,
): { tools: Record<string, boolean>; servers: Record<string, boolean> } {
  const servers = mcps ?? (tools && []);
  return {
    tools: tools ? only(tools, above.tools) : { ...above.tools },
    servers: servers ? only(servers, above.servers) : { ...above.servers },
  };
}

const nothing: ReadonlySet<string> = new Set();

function only(names: readonly string[], above: Readonly<Record<string, boolean>>): Record<string, boolean> {
  const off = Object.entries(above).filter(([, on]) => !on);
  const listed = names.map((name) => [name, above[name] !== false] as const);
  return Object.fromEntries([...off, ...listed, [ALL_OTHERS, false]]);
}
