import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { McpServerResource, ToolCallContext, ToolOutput } from '@maestro/core';
import { startTestMaestro, type TestMaestro, toolCall } from '@maestro/core/testing';
import bridge from '../src/index.js';

/** The program of the simulator. */
export const simulator = join(dirname(createRequire(import.meta.url).resolve('@maestro/mcp-sim')), 'stdio.js');

export interface Platform {
  maestro: TestMaestro;
  add(name: string, mode: string, more?: Record<string, unknown>): Promise<McpServerResource>;
  status(name: string): Promise<NonNullable<McpServerResource['status']>>;
  /** Waits until the server is in this state. */
  until(name: string, state: string, ms?: number): Promise<void>;
  /** Ids of the tools of a server that models may call. */
  tools(name: string): string[];
  run(tool: string, args: unknown, given?: Partial<ToolCallContext>): Promise<ToolOutput>;
}

/** A whole platform with the bridge alone. */
export async function startPlatform(): Promise<Platform> {
  const maestro = await startTestMaestro({ plugins: [{ plugin: bridge }] });
  const { tools } = maestro.services.registries;
  const status: Platform['status'] = async (name) => {
    const { status } = await maestro.request<McpServerResource>(`/mcp-servers/${name}`);
    return status!;
  };
  return {
    maestro,
    status,
    add: (name, mode, more = {}) =>
      maestro.request('/mcp-servers', {
        name,
        transport: 'stdio',
        command: process.execPath,
        args: [simulator, mode],
        ...more,
      }),
    until: async (name, state, ms = 10_000) => {
      for (const end = Date.now() + ms; ; await delay(20)) {
        const now = await status(name);
        if (now.state === state) return;
        if (Date.now() > end) throw new Error(`${name} is ${now.state} and not ${state}: ${now.reason}`);
      }
    },
    tools: (name) =>
      tools.all().flatMap(({ id, group }) => (group?.kind === 'server' && group.name === name ? [id] : [])),
    run: (tool, args, given) => tools.get(tool).run(args as never, toolCall(given)),
  };
}

export const textOf = ({ content }: ToolOutput): string =>
  content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');

/** The code of the error that `work` ends with. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it did not fail',
    (error: { code?: string }) => error.code ?? String(error),
  );
