import { pathToFileURL } from 'node:url';
import { MaestroError } from '@maestro/core';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { ProgressCallback } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CallToolResult,
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListPromptsResultSchema,
  ListResourcesResultSchema,
  ListRootsRequestSchema,
  type Prompt,
  type Resource,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Asks } from './asks.js';
import { callFailure } from './failures.js';
import { type OfferedTool, OfferedToolsSchema, offeredTools } from './offered-tool.js';

const connectMs = 30_000;
const listMs = 30_000;
const mostPages = 200;
const mostItems = 5_000;
/** What a server with roots gets to take a new one in before it is called. */
const rootsMs = 500;
const mostRoots = 64;
/** A timer of the SDK that never fires first: our own also stands still while a person is asked. */
const never = 2 ** 31 - 1;

export interface ConnectionParts {
  name: string;
  version: string;
  /** Answers what the server asks of us. */
  asks: Asks;
  /** The tools it offers are others now. */
  onToolsChanged(): void;
  onClosed(): void;
  /** Something was refused or did not arrive; the connection may be of no use any more. */
  onFailure(error: unknown): void;
  onError(error: Error): void;
}

export interface Offer {
  tools: OfferedTool[];
  resources: Resource[];
  prompts: Prompt[];
}

/** One live connection to a server, used by every session. */
export class Connection {
  readonly #client: Client;
  readonly #roots = new Map<string, number>();
  #asksForRoots = false;
  #rootsTaken: (() => void) | undefined;
  isOpen = false;

  constructor(private readonly parts: ConnectionParts) {
    const capabilities = {
      roots: { listChanged: true },
      sampling: {},
      elicitation: { form: { applyDefaults: true }, url: {} },
    };
    this.#client = new Client(
      { name: 'the-maestro', version: parts.version },
      // Results are checked by nobody here: a schema of a stranger is nothing to run.
      { capabilities, jsonSchemaValidator: { getValidator: () => trusting } },
    );
    this.#client.onclose = () => {
      this.isOpen = false;
      parts.onClosed();
    };
    this.#client.onerror = (error) => parts.onError(error);
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () => parts.onToolsChanged());
    this.#client.setRequestHandler(ListRootsRequestSchema, () => this.#listRoots());
    this.#client.setRequestHandler(CreateMessageRequestSchema, ({ params }, { signal }) =>
      parts.asks.sample(params, signal),
    );
    this.#client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => parts.asks.elicit(params, signal));
  }

  /** @throws whatever the transport does, MaestroError `mcp.timeout` */
  async open(transport: Transport, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
    const opened = this.#client.connect(transport, { timeout: connectMs, signal: limit });
    // A transport that hangs in its own start knows no time limit.
    await Promise.race([opened, aborted(limit, this.parts.name)]).catch(async (error: unknown) => {
      opened.catch(() => undefined);
      await this.close();
      throw error;
    });
    this.isOpen = true;
  }

  close(): Promise<void> {
    this.isOpen = false;
    return this.#client.close().catch(() => undefined);
  }

  get server(): { name: string; version: string; protocol: string } | null {
    const known = this.#client.getServerVersion();
    const { protocolVersion } = (this.#client.transport ?? {}) as { protocolVersion?: string };
    return known
      ? { name: known.name.slice(0, 200), version: known.version.slice(0, 200), protocol: protocolVersion ?? '' }
      : null;
  }

  /** Everything it offers. What it does not know of is none. */
  async offer(signal: AbortSignal): Promise<Offer> {
    const { tools, resources, prompts } = this.#client.getServerCapabilities() ?? {};
    return {
      tools: tools ? await this.tools(signal) : [],
      resources: resources ? await this.resources(signal).catch(() => []) : [],
      prompts: prompts ? await this.#pages('prompts/list', signal).catch(() => []) : [],
    };
  }

  async tools(signal: AbortSignal): Promise<OfferedTool[]> {
    return this.#all(async (cursor) => {
      const params = cursor === undefined ? {} : { cursor };
      const page = await this.#client.request({ method: 'tools/list', params }, OfferedToolsSchema, {
        timeout: listMs,
        signal,
      });
      return { items: offeredTools(page.tools), next: page.nextCursor };
    });
  }

  async resources(signal: AbortSignal): Promise<Resource[]> {
    return this.#all(async (cursor) => {
      const params = cursor === undefined ? {} : { cursor };
      const page = await this.#client.request({ method: 'resources/list', params }, ListResourcesResultSchema, {
        timeout: listMs,
        signal,
      });
      return { items: page.resources, next: page.nextCursor };
    });
  }

  async #pages(method: 'prompts/list', signal: AbortSignal): Promise<Prompt[]> {
    return this.#all(async (cursor) => {
      const params = cursor === undefined ? {} : { cursor };
      const page = await this.#client.request({ method, params }, ListPromptsResultSchema, { timeout: listMs, signal });
      return { items: page.prompts, next: page.nextCursor };
    });
  }

  /** Page after page, with an end also where the server knows none. */
  async #all<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; next: string | undefined }>): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | undefined;
    for (let count = 0; count < mostPages && found.length < mostItems; count += 1) {
      const { items, next } = await page(cursor);
      found.push(...items.slice(0, mostItems));
      if (next === undefined || next === cursor) break;
      cursor = next;
    }
    return found.slice(0, mostItems);
  }

  /** @throws MaestroError `mcp.failed`, `mcp.timeout`, `mcp.too_large`, `mcp.unavailable` */
  callTool(
    tool: string,
    args: Record<string, unknown>,
    { signal, onProgress }: { signal: AbortSignal; onProgress: ProgressCallback },
  ): Promise<CallToolResult> {
    const options = { signal, onprogress: onProgress, timeout: never };
    return this.#told(
      this.#client.request(
        { method: 'tools/call', params: { name: tool, arguments: args } },
        CallToolResultSchema,
        options,
      ),
    );
  }

  readResource(uri: string, signal: AbortSignal) {
    return this.#told(this.#client.readResource({ uri }, { signal, timeout: never }));
  }

  getPrompt(name: string, args: Record<string, string>, signal: AbortSignal) {
    return this.#told(this.#client.getPrompt({ name, arguments: args }, { signal, timeout: never }));
  }

  /** Lets the server know of a directory that work goes on in, until the answer is called. */
  async enter(directory: string): Promise<() => void> {
    const before = this.#roots.get(directory);
    this.#roots.set(directory, (before ?? 0) + 1);
    if (before === undefined) await this.#tellRoots();
    return () => this.#roots.set(directory, Math.max(0, (this.#roots.get(directory) ?? 1) - 1));
  }

  /** Those used last stay known: a session goes on where it was. */
  async #tellRoots(): Promise<void> {
    for (const [directory, uses] of this.#roots) {
      if (this.#roots.size <= mostRoots) break;
      if (uses === 0) this.#roots.delete(directory);
    }
    const taken = this.#asksForRoots
      ? new Promise<void>((resolve) => {
          this.#rootsTaken = resolve;
          setTimeout(resolve, rootsMs).unref();
        })
      : undefined;
    await this.#client.sendRootsListChanged().catch(() => undefined);
    await taken;
  }

  async #listRoots() {
    this.#asksForRoots = true;
    // The answer goes out first, and is read before the call that follows it.
    setTimeout(() => this.#rootsTaken?.(), 20).unref();
    return {
      roots: [...this.#roots.keys()].map((directory) => ({ uri: pathToFileURL(directory).href, name: directory })),
    };
  }

  #told<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      this.parts.onFailure(error);
      throw callFailure(this.parts.name, error);
    });
  }
}

function trusting<T>(input: unknown) {
  return { valid: true as const, data: input as NonNullable<T>, errorMessage: undefined };
}

function aborted(signal: AbortSignal, name: string): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () => reject(new MaestroError('mcp.timeout', `"${name}" did not begin in ${connectMs / 1_000} s`));
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
}
