import type { BudgetResource, McpServerResource, SystemStats, UsageGroup } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type CostToday, costToday } from '../text/cost-today.js';
import { app } from './app.js';

const STATS_EVERY_MS = 5_000;
/** How many looks at the system go before the slower lists are asked again. */
const SLOW_EVERY = 3;
/** After a reply the cost is asked again, once for all that end together. */
const COST_AFTER_MS = 1_500;
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
  #undo: (() => void) | undefined;
  #used = -1;
  #costTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(() => void this.#look(), STATS_EVERY_MS);
    document.addEventListener('visibilitychange', this.#look);
    this.#looks = 0;
    this.#undo = app.sessions.subscribe(() => this.#counted());
    void this.#look();
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#costTimer);
    this.#costTimer = undefined;
    this.#undo?.();
    document.removeEventListener('visibilitychange', this.#look);
  }

  #look = async (): Promise<void> => {
    if (document.hidden || !app.connected.value) return;
    const isSlowTurn = this.#looks % SLOW_EVERY === 0;
    this.#looks += 1;
    await Promise.all([this.#loadStats(), ...(isSlowTurn ? [this.#loadCost(), this.#loadServers()] : [])]);
  };

  /** Where sessions used more than before, today cost more. */
  #counted(): void {
    const used = app.sessions.value.reduce(
      (sum, { totals }) => sum + totals.request_tokens + totals.response_tokens,
      0,
    );
    if (used === this.#used) return;
    const isFirst = this.#used < 0;
    this.#used = used;
    if (isFirst || document.hidden) return;
    this.#costTimer ??= setTimeout(() => {
      this.#costTimer = undefined;
      void this.#loadCost();
    }, COST_AFTER_MS);
  }

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
