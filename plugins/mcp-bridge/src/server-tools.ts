import { isDeepStrictEqual } from 'node:util';
import type { Dispose, Logger, McpServerTool, PluginContext, Tool, ToolServer } from '@maestro/core';
import { during } from './call.js';
import type { OfferedTool as Offered } from './offered-tool.js';
import { oneLine } from './one-line.js';
import { outputOf } from './results.js';
import { safeSchema } from './safe-schema.js';
import type { ServerLink } from './server-link.js';
import { nameWithTail, toolName } from './tool-name.js';

const longestDescription = 4_096;
const longestTitle = 120;

interface Registered {
  offered: Offered;
  settings: ToolServer['settings'];
  tool: Tool;
  notice: string | null;
  dispose: Dispose;
}

/** The tools of one server as tools of ours: what is new is added, what is gone is taken back, the rest stays. */
export class ServerTools {
  readonly #registered = new Map<string, Registered>();
  #hidden: McpServerTool[] = [];

  constructor(
    private readonly link: ServerLink,
    private readonly tools: PluginContext['tools'],
    private readonly log: Logger,
  ) {}

  get count(): number {
    return this.#registered.size;
  }

  /** Also those that are hidden. */
  get offered(): number {
    return this.#registered.size + this.#hidden.length;
  }

  /** JSON of the descriptions and schemas, as each request carries them. */
  schemas(): string {
    return [...this.#registered.values()]
      .map(({ tool: { id, description, parameters } }) => JSON.stringify({ id, description, parameters }))
      .join('\n');
  }

  list(): McpServerTool[] {
    const shown = [...this.#registered].map(([name, { tool, notice }]) => ({
      name,
      tool: tool.id,
      title: tool.title,
      description: tool.description,
      parameters: tool.parameters,
      effects: tool.effects as McpServerTool['effects'],
      notice,
    }));
    return [...shown, ...this.#hidden];
  }

  set(server: ToolServer, offered: readonly Offered[]): void {
    const { settings } = server;
    const byName = new Map(offered.map((one) => [one.name, one]));
    const hidden = new Set(settings.hidden_tools);
    for (const [name, { offered: before, settings: under, dispose }] of this.#registered) {
      const now = byName.get(name);
      const stays = now && !hidden.has(name) && isDeepStrictEqual(now, before) && isDeepStrictEqual(settings, under);
      if (stays) continue;
      void dispose();
      this.#registered.delete(name);
    }
    this.#hidden = [];
    for (const [name, one] of byName) {
      if (hidden.has(name)) this.#hidden.push(this.#hiddenTool(one));
      else if (!this.#registered.has(name)) this.#add(one, settings);
    }
  }

  clear(): void {
    for (const { dispose } of this.#registered.values()) void dispose();
    this.#registered.clear();
    this.#hidden = [];
  }

  #add(offered: Offered, settings: ToolServer['settings']): void {
    const { name } = offered;
    const { schema, notice } = safeSchema(offered.inputSchema);
    for (const id of [toolName(this.link.name, name), nameWithTail(this.link.name, name)]) {
      const tool = this.#tool(id, offered, { parameters: schema, trusts: settings.trust_read_only === true });
      try {
        const dispose = this.tools.add(tool);
        this.#registered.set(name, { offered, settings, tool, notice, dispose });
        return;
      } catch (cause) {
        // Another has this name: the next one has a tail of its own.
        this.log.debug('a name is taken', { id, cause });
      }
    }
    this.log.warn('a tool has no name of its own and is left out', {
      server: this.link.name,
      tool: name.slice(0, 100),
    });
  }

  #tool(
    id: string,
    offered: Offered,
    { parameters, trusts }: { parameters: Tool['parameters']; trusts: boolean },
  ): Tool {
    const { link } = this;
    const { name, annotations } = offered;
    const onlyReads = trusts && annotations?.readOnlyHint === true;
    return {
      id,
      title: oneLine(offered.title ?? annotations?.title ?? name, longestTitle) || 'tool',
      description: described(offered, link.name),
      parameters,
      effects: onlyReads ? 'read' : 'exec',
      retry: onlyReads ? 'safe' : 'never',
      group: { kind: 'server', name: link.name },
      deferrable: true,
      run: (args, call) =>
        during(link, call, async ({ connection, signal, progress }) => {
          const given = args as Record<string, unknown>;
          return outputOf(await connection.callTool(name, given, { signal, onProgress: progress }), call);
        }),
    };
  }

  #hiddenTool(offered: Offered): McpServerTool {
    return {
      name: offered.name,
      tool: null,
      title: oneLine(offered.title ?? offered.name, longestTitle) || 'tool',
      description: described(offered, this.link.name),
      parameters: safeSchema(offered.inputSchema).schema,
      effects: 'exec',
      notice: null,
    };
  }
}

function described({ name, description }: Offered, server: string): string {
  const text = (description ?? '').toWellFormed().replaceAll('\0', '').trim().slice(0, longestDescription);
  return text || `The tool "${oneLine(name, longestTitle)}" of the MCP server "${server}".`;
}
