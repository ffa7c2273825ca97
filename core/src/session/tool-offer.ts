import MiniSearch from 'minisearch';
import type { ToolDescription } from '../extension/provider.js';
import type { Tool } from '../extension/tool.js';
import type { SessionLimits } from './limits.js';
import type { SessionSwitches, ToolRunner } from './tool-run.js';
import type { ToolServices } from './tool-services.js';

/** What a session found by searching; the oldest is forgotten first. */
const foundKey = 'tools.found';
const mostFound = 64;

/**
 * Which tools a request tells of. Schemas cost tokens in every request, so where all of them would take more than
 * their share, those that allow it are left out until a search brings them in.
 */
export class ToolOffer {
  constructor(
    private readonly tools: Pick<ToolRunner, 'usable'>,
    private readonly stateOf: ToolServices['state'],
    private readonly limits: Pick<SessionLimits, 'schemaBytes'>,
  ) {}

  /** What a model is told of the tools it may call. */
  async descriptions(sessionId: string, switches: SessionSwitches): Promise<ToolDescription[]> {
    return (await this.offered(sessionId, switches)).offered.map(described);
  }

  /** Tools that are told of, those a search brought in last, so that what stands before stays; and those left out. */
  async offered(sessionId: string, switches: SessionSwitches): Promise<{ offered: Tool[]; deferred: Tool[] }> {
    const usable = await this.tools.usable(switches);
    const search = usable.some(({ findsTools }) => findsTools);
    const isTooMuch = search && bytesOf(usable) > this.limits.schemaBytes;
    if (!isTooMuch) return { offered: usable.filter(({ findsTools }) => !findsTools), deferred: [] };
    const found = (await this.stateOf(sessionId).get<string[]>(foundKey)) ?? [];
    const brought = found.flatMap((name) => usable.find(({ id, deferrable }) => id === name && deferrable) ?? []);
    const deferred = usable.filter((tool) => tool.deferrable && !brought.includes(tool));
    return { offered: [...usable.filter(({ deferrable }) => !deferrable), ...brought], deferred };
  }

  /** Tools that fit the words, best first; the next request tells of them. */
  async find(sessionId: string, switches: SessionSwitches, words: string, limit: number): Promise<ToolDescription[]> {
    const usable = (await this.tools.usable(switches)).filter(({ findsTools }) => !findsTools);
    const byId = new Map(usable.map((tool) => [tool.id, tool]));
    const hits = indexOf(usable).search(words).slice(0, limit);
    const tools = hits.flatMap(({ id }) => byId.get(id) ?? []);
    const state = this.stateOf(sessionId);
    const before = (await state.get<string[]>(foundKey)) ?? [];
    const added = tools.flatMap(({ id, deferrable }) => (deferrable && !before.includes(id) ? [id] : []));
    if (added.length > 0) await state.set(foundKey, [...before, ...added].slice(-mostFound));
    return tools.map(described);
  }
}

/** Schemas do not change, and measuring a thousand of them for every request takes longer than the request. */
const descriptionOf = new WeakMap<Tool, ToolDescription>();
const measured = new WeakMap<Tool, number>();

/** What a model reads of a tool: the same object each time. */
export function described(tool: Tool): ToolDescription {
  const { id: name, description, parameters } = tool;
  const known = descriptionOf.get(tool) ?? { name, description, parameters };
  descriptionOf.set(tool, known);
  return known;
}

interface Indexed {
  id: string;
  name: string;
  title: string;
  description: string;
}

function bytesOf(tools: readonly Tool[]): number {
  return tools.reduce((sum, tool) => {
    const bytes = measured.get(tool) ?? Buffer.byteLength(JSON.stringify(described(tool)));
    measured.set(tool, bytes);
    return sum + bytes;
  }, 0);
}

function indexOf(tools: readonly Tool[]): MiniSearch<Indexed> {
  const index = new MiniSearch<Indexed>({
    fields: ['name', 'title', 'description'],
    searchOptions: { boost: { name: 3, title: 2 }, prefix: true, fuzzy: 0.2 },
  });
  // Names are written together, with underscores or humps.
  const spaced = (id: string) => id.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
  index.addAll(tools.map(({ id, title, description }) => ({ id, name: `${id} ${spaced(id)}`, title, description })));
  return index;
}
