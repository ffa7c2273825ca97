import type { Dispose } from '../extension/registry.js';
import type { SettingsChange, SettingsList } from '../protocol/frames.js';
import { Feed } from './list-feeds.js';
import type { ServerServices } from './services.js';

/** Changes closer together than this are told once. */
const TOGETHER_MS = 50;
export const SETTINGS_TOPIC = 'settings';

/** What tells of changes. */
export type SettingsSources = Pick<
  ServerServices,
  'live' | 'tools' | 'budgets' | 'credentials' | 'fresh' | 'toolServers' | 'templates' | 'approvalRules' | 'registries'
>;

/**
 * The topic `settings`: which of the lists of the settings pages is another one now. It carries none of them: whoever
 * shows one reads it anew. Other processes hear of it too.
 */
export class SettingsFeed extends Feed {
  readonly #undo: Dispose[];
  readonly #due = new Map<SettingsList, NodeJS.Timeout>();

  constructor(private readonly services: SettingsSources) {
    super(SETTINGS_TOPIC);
    const { live, tools, budgets, credentials, fresh, toolServers, templates, approvalRules, registries } = services;
    const tell = (list: SettingsList) => () => this.#soon(list);
    this.#undo = [
      live.subscribe(SETTINGS_TOPIC, (message) => this.change(message as SettingsChange)),
      tools.onChange(tell('tools')),
      registries.tools.onChange(tell('tools')),
      registries.providers.onChange(tell('providers')),
      credentials.onChange(tell('credentials')),
      fresh.onChange(tell('credentials')),
      toolServers.onChange(tell('mcp_servers')),
      toolServers.onStatus(tell('mcp_servers')),
      templates.onChange(tell('templates')),
      approvalRules.onChange(tell('approval_rules')),
      budgets.onChange(tell('budgets')),
    ];
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0)) await undo();
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }

  /** There is nothing to begin with. */
  protected override async snapshot(): Promise<Record<string, never>> {
    return {};
  }

  #soon(list: SettingsList): void {
    if (this.#due.has(list)) return;
    const told = setTimeout(() => {
      this.#due.delete(list);
      const change: SettingsChange = { list };
      this.services.live.publish(SETTINGS_TOPIC, change);
    }, TOGETHER_MS);
    this.#due.set(list, told.unref());
  }
}
