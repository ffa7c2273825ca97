import { RestError } from '@maestro/core/client';
import type { List, SettingsList } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { sentence } from '../text/sentence.js';
import { app, messageOf } from './app.js';
import { Listing } from './listing.js';
import type { Signal } from './signal.js';

const { rest } = app;

/** The lists that the settings pages show; each is read when a page first needs it. */
export const lists = {
  credentials: listing(() => rest.credentials()),
  tools: listing(() => rest.tools()),
  toolUse: listing(() => rest.toolUse()),
  approvalRules: listing(() => rest.approvalRules()),
  mcpServers: listing(() => rest.mcpServers()),
  templates: listing(() => rest.templates()),
};

type Name = keyof typeof lists;

/** Nobody tells how often tools are called: that is looked at anew while somebody looks. */
const USE_EVERY_MS = 15_000;

/** When each of the others is to be read anew. */
const toldAs: Partial<Record<Name, SettingsList>> = {
  credentials: 'credentials',
  tools: 'tools',
  approvalRules: 'approval_rules',
  mcpServers: 'mcp_servers',
  templates: 'templates',
};

/** Reads lists anew while its host is on the page, whenever they change anywhere, and draws the host. */
export class ShowLists implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #names: readonly Name[];
  #undo: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, ...names: Name[]) {
    this.#host = host;
    this.#names = names;
    host.addController(this);
  }

  hostConnected(): void {
    this.#undo = this.#names.flatMap((name) => {
      const list = lists[name];
      const told = toldAs[name];
      void list.load();
      const drawn = (list as Signal<unknown>).subscribe(() => this.#host.requestUpdate());
      return [drawn, told ? app.settings.on(told, () => void list.load()) : everyNow(list)];
    });
  }

  hostDisconnected(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }
}

function everyNow(list: { load(): Promise<void> }): () => void {
  const timer = setInterval(() => {
    if (!document.hidden) void list.load();
  }, USE_EVERY_MS);
  return () => clearInterval(timer);
}

function listing<T>(read: () => Promise<List<T>>): Listing<T> {
  return new Listing(
    async () => (await read()).items,
    (error) => {
      if (error instanceof RestError && error.status === 401) app.problem('', error);
      return sentence(messageOf(error));
    },
  );
}
