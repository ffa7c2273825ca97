import type { BudgetResource, McpServerResource, SystemStats, UsageGroup } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type CostToday, costToday } from '../text/cost-today.js';
import { app } from './app.js';

const STATS_EVERY_MS = 5_000;
/** How many looks at the system go before the slower lists are asked again. */
const SLOW_EVERY = 3;
/** Four minutes of looks. */
const POINTS = 48;

/** What the rail of the dashboard shows, asked for again while somebody can see it. */
export class RailData implements ReactiveController {
  stats: SystemStats | null = null;
  cpu: readonly number[] = [];
  memory: readonly number[] = [];
  today: CostToday | null = null;
  servers: readonly McpServerResource[] = [];
  /** Set from the first failure on, until an answer comes. */
  statsAsOf = '';
  costAsOf = '';
  #statsAt = '';
  #costAt = '';
  #timer: ReturnType<typeof setInterval> | undefined;
  #looks = 0;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(() => void this.#look(), STATS_EVERY_MS);
    document.addEventListener('visibilitychange', this.#look);
    this.#looks = 0;
    void this.#look();
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
    document.removeEventListener('visibilitychange', this.#look);
  }

  #look = async (): Promise<void> => {
    if (document.hidden || !app.connected.value) return;
    const isSlowTurn = this.#looks % SLOW_EVERY === 0;
    this.#looks += 1;
    await Promise.all([this.#loadStats(), ...(isSlowTurn ? [this.#loadCost(), this.#loadServers()] : [])]);
  };

  /** A rail that fails says so where it stands; a message for each look would bury the page. */
  async #loadStats(): Promise<void> {
    try {
      const stats = await app.rest.systemStats();
      this.stats = stats;
      this.cpu = stats.cpu === null ? this.cpu : [...this.cpu, stats.cpu].slice(-POINTS);
      this.memory = [...this.memory, stats.memory.rss_bytes].slice(-POINTS);
      this.#statsAt = new Date().toISOString();
      this.statsAsOf = '';
    } catch {
      this.statsAsOf = this.#statsAt;
    }
    this.host.requestUpdate();
  }

  async #loadCost(): Promise<void> {
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
    try {
      const [{ items }, budgets]: [{ items: UsageGroup[] }, { items: BudgetResource[] }] = await Promise.all([
        app.rest.usageReport({ group_by: 'hour,provider', from: midnight.toISOString() }),
        app.rest.budgets(),
      ]);
      this.today = costToday(items, budgets.items, now);
      this.#costAt = now.toISOString();
      this.costAsOf = '';
    } catch {
      this.costAsOf = this.#costAt;
    }
    this.host.requestUpdate();
  }

  async #loadServers(): Promise<void> {
    try {
      this.servers = (await app.rest.mcpServers()).items;
    } catch {
      // The lines stay as they are; that the server is away is said above them.
    }
    this.host.requestUpdate();
  }
}
