import type { Dispose } from '../extension/registry.js';
import type { Live } from '../live/port.js';
import type { SettingsChange } from '../protocol/frames.js';
import type { SystemChange, SystemPart } from '../protocol/system.js';
import type { Connection } from './connection.js';
import { type HealthResource, health } from './health.js';
import { Feed } from './list-feeds.js';
import type { ServerServices, ServerSettings } from './services.js';
import { SETTINGS_TOPIC } from './settings-feed.js';
import { SystemStatsReader } from './system-stats.js';

const LOOK_EVERY_MS = 5_000;
/** Changes of one part closer together than this are told once. */
const TOGETHER_MS = 50;
const CHANNEL = 'system';

/** Tells all processes that a list is another one now. */
export function tellSystem(live: Live, changed: SystemPart): void {
  live.publish(CHANNEL, { changed } satisfies SystemChange);
}

/**
 * The topic `system`: how the parts of the platform are, told again when one changes; every few seconds what the
 * machine does; and which lists have changed, so that pages read them anew.
 */
export class SystemFeed extends Feed {
  #last = '';
  #timer: NodeJS.Timeout | undefined;
  readonly #due = new Map<SystemPart, NodeJS.Timeout>();
  readonly #undo: Dispose[];
  readonly #stats: SystemStatsReader;

  constructor(
    private readonly services: ServerServices,
    private readonly settings: ServerSettings,
    private readonly everyMs = LOOK_EVERY_MS,
  ) {
    super('system');
    this.#stats = new SystemStatsReader(services);
    const { live, plugins, registries } = services;
    const soon = (part: SystemPart) => () => this.#soon(part);
    this.#undo = [
      live.subscribe(CHANNEL, (message) => this.change(message as SystemChange)),
      // Lists that have a topic of their own are told here as well: who follows this one misses none.
      live.subscribe(SETTINGS_TOPIC, (message) => this.change({ changed: (message as SettingsChange).list })),
      plugins.onChange(soon('plugins')),
      registries.panels.onChange(soon('panels')),
    ];
  }

  override async join(connection: Connection): Promise<void> {
    this.#timer ??= setInterval(() => void this.#look(), this.everyMs).unref();
    await super.join(connection);
  }

  override leave(connection: Connection): void {
    super.leave(connection);
    if (this.isEmpty) this.#rest();
  }

  close(): void {
    this.#rest();
    for (const undo of this.#undo.splice(0)) void undo();
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  protected override async snapshot(): Promise<HealthResource> {
    const data = await health(this.services, this.settings);
    this.#last = JSON.stringify(data);
    return data;
  }

  async #look(): Promise<void> {
    const before = this.#last;
    const data = await this.snapshot();
    if (this.#last !== before) this.change(data);
    try {
      this.change({ stats: await this.#stats.read() } satisfies SystemChange);
    } catch (cause) {
      // A database that is down is told by the health above.
      this.services.log.debug('the figures of the system cannot be read', { cause });
    }
  }

  #soon(part: SystemPart): void {
    if (this.#due.has(part)) return;
    const told = setTimeout(() => {
      this.#due.delete(part);
      tellSystem(this.services.live, part);
    }, TOGETHER_MS);
    this.#due.set(part, told.unref());
  }
}
