import type { SessionStore } from '@maestro/core/client';
import type {
  BudgetResource,
  CompactionResource,
  ContextReport,
  McpServerResource,
  McpServerTool,
  SessionEvent,
  SessionUsage,
  ToolUses,
} from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { app } from './app.js';
import { LiveReply } from './live-reply.js';
import { Loaded } from './loaded.js';
import type { PanelTab } from './panel-place.js';
import { WireData } from './wire-data.js';

/** News of a running session come often; what they change is asked for once in so many milliseconds. */
const SOON = 400;
const CONNECTING = 1_000;
const mayConnect = new Set<SessionEvent['type']>(['turn.started', 'turn.completed', 'turn.failed']);
const ends = new Set<SessionEvent['type']>(['turn.completed', 'turn.failed', 'turn.cancelled', 'turn.interrupted']);

/** What the side panel of a session shows, loaded when a tab is looked at and kept up to date while it is. */
export class SessionPanelData implements ReactiveController {
  readonly uses: Loaded<readonly ToolUses[]>;
  readonly servers: Loaded<readonly McpServerResource[]>;
  readonly context: Loaded<{ report: ContextReport; compactions: readonly CompactionResource[] }>;
  readonly usage: Loaded<{ usage: SessionUsage; budgets: readonly BudgetResource[] }>;
  readonly wire: WireData;
  readonly live = new LiveReply();
  /** By the id of their server. */
  serverTools: ReadonlyMap<string, readonly McpServerTool[] | null> = new Map();
  /** Switches that are on their way. */
  pending: ReadonlySet<string> = new Set();
  #store: SessionStore | null = null;
  #tab: PanelTab | null = null;
  #undo: (() => void)[] = [];

  constructor(private readonly host: ReactiveControllerHost) {
    const id = () => this.#store?.session_id ?? '';
    const { rest } = app;
    this.uses = new Loaded(host, async () => (await rest.toolUses(id())).items);
    this.servers = new Loaded(host, async () => {
      const { items } = await rest.mcpServers();
      // One that is on its way is looked at until it is there, or is known not to come.
      if (items.some(({ status }) => status?.state === 'connecting' || status?.state === 'waiting'))
        this.#look('mcp', () => this.servers.askSoon(CONNECTING));
      return items;
    });
    this.context = new Loaded(host, async () => {
      const [report, compactions] = await Promise.all([rest.context(id()), rest.compactions(id())]);
      return { report, compactions: compactions.items };
    });
    this.usage = new Loaded(host, async () => {
      const [usage, budgets] = await Promise.all([rest.usage(id()), rest.budgets()]);
      return { usage, budgets: budgets.items };
    });
    this.wire = new WireData(host, id);
    host.addController(this);
  }

  /** @param tab null: nothing is looked at */
  follow(store: SessionStore | null, tab: PanelTab | null): void {
    if (store !== this.#store) this.#turnTo(store);
    if (tab === this.#tab) return;
    this.#tab = tab;
    this.#load();
  }

  hostConnected(): void {
    this.#undo.push(
      app.settings.on('mcp_servers', () => this.#look('mcp', () => this.servers.askSoon(0))),
      app.settings.on('tools', () => this.#look('context', () => this.context.askSoon(SOON))),
    );
    if (this.#store) this.#listen(this.#store);
    this.#load();
  }

  hostDisconnected(): void {
    for (const undo of this.#undo.splice(0)) undo();
    for (const loaded of this.#all) loaded.cancel();
  }

  /** Asks anew for what is looked at. */
  again(): void {
    this.#load();
  }

  async loadServerTools(id: string): Promise<void> {
    this.serverTools = new Map(this.serverTools).set(id, null);
    this.host.requestUpdate();
    const list = await app.attempt('Tools not loaded', () => app.rest.mcpServerTools(id));
    this.serverTools = new Map(this.serverTools).set(id, list?.items ?? []);
    this.host.requestUpdate();
  }

  /** @param key what is pending meanwhile */
  async change(key: string, title: string, act: (session_id: string) => Promise<unknown>): Promise<void> {
    const id = this.#store?.session_id;
    if (id === undefined) return;
    this.pending = new Set([...this.pending, key]);
    this.host.requestUpdate();
    await app.attempt(title, () => act(id));
    this.pending = new Set([...this.pending].filter((one) => one !== key));
    this.host.requestUpdate();
  }

  get #all(): readonly Loaded<unknown>[] {
    return [this.uses, this.servers, this.context, this.usage, this.wire.newest];
  }

  #turnTo(store: SessionStore | null): void {
    this.hostDisconnected();
    this.#store = store;
    this.#tab = null;
    for (const loaded of this.#all) loaded.reset();
    this.wire.reset();
    this.serverTools = new Map();
    this.pending = new Set();
    if (store) this.hostConnected();
  }

  #listen(store: SessionStore): void {
    this.#undo.push(store.onEvent((event) => this.#onEvent(event)));
    let { conversation_id: conversation, session, turn } = store.view;
    this.#undo.push(
      store.subscribe(() => {
        const { view } = store;
        const isFresh = this.live.note(view, Date.now());
        // Most of what changes in a session is none of the panel's.
        if (view.session !== session || view.turn !== turn || (isFresh && this.#tab === 'wire'))
          this.host.requestUpdate();
        ({ session, turn } = view);
        if (view.conversation_id === conversation) return;
        const isFirst = conversation === '';
        conversation = view.conversation_id;
        if (isFirst) return;
        this.wire.reset();
        this.#load();
      }),
    );
  }

  #load(): void {
    const store = this.#store;
    if (!store) return;
    if (this.#tab === 'tools') void this.uses.ask();
    if (this.#tab === 'mcp') void this.servers.ask();
    if (this.#tab === 'context') void this.context.ask();
    if (this.#tab === 'usage') void this.usage.ask();
    if (this.#tab === 'usage' || this.#tab === 'wire') void this.wire.newest.ask();
  }

  #look(tab: PanelTab, act: () => void): void {
    if (this.#tab === tab) act();
  }

  #onEvent({ type }: SessionEvent): void {
    if (type === 'tool.finished') this.#look('tools', () => this.uses.askSoon(SOON));
    if (mayConnect.has(type)) this.#look('mcp', () => this.servers.askSoon(SOON));
    if (type === 'message.added' || type === 'session.updated' || type.startsWith('compaction.'))
      this.#look('context', () => this.context.askSoon(SOON));
    if (type === 'usage.recorded' || type === 'subagent.finished' || ends.has(type)) {
      this.#look('usage', () => {
        this.usage.askSoon(SOON);
        this.wire.newest.askSoon(SOON);
      });
    }
    if (type.startsWith('call.') || type === 'usage.recorded' || ends.has(type))
      this.#look('wire', () => this.wire.newest.askSoon(type === 'call.started' ? 0 : SOON));
  }
}
