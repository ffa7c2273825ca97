import { cpus, freemem, totalmem } from 'node:os';
import type { SystemStats } from '../protocol/system.js';
import type { Statistics, StoredStatistics } from '../store/statistics.js';
import type { Http, PoolMetrics } from '../wire/http.js';

/** However many pages ask, the tables are asked this often. */
const STORED_FOR_MS = 5_000;
/** A shorter look would measure the look itself. */
const CPU_LOOK_MS = 500;

export interface StatsParts {
  statistics: Pick<Statistics, 'read'>;
  http: Pick<Http, 'pools'>;
}

/** How the machine and this server are doing, cheap enough to be asked by every open page. */
export class SystemStatsReader {
  #stored: { at: number; value: Promise<StoredStatistics> } | undefined;
  #cpu: { at: number; busy: number; all: number; share: number | null } | undefined;

  constructor(private readonly parts: StatsParts) {
    // So that the first look has something to compare with.
    this.#cpuShare();
  }

  async read(): Promise<SystemStats> {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      uptime_seconds: Math.round(process.uptime()),
      cpu: this.#cpuShare(),
      memory: { rss_bytes: rss, heap_bytes: heapUsed, total_bytes: totalmem(), free_bytes: freemem() },
      ...(await this.#fromTables()),
      pools: this.parts.http.pools().map(poolResource),
    };
  }

  #fromTables(): Promise<StoredStatistics> {
    const now = Date.now();
    if (this.#stored && now - this.#stored.at < STORED_FOR_MS) return this.#stored.value;
    const value = this.parts.statistics.read();
    this.#stored = { at: now, value };
    // What failed is asked again by the next one.
    value.catch(() => {
      this.#stored = undefined;
    });
    return value;
  }

  #cpuShare(): number | null {
    const now = performance.now();
    if (this.#cpu && now - this.#cpu.at < CPU_LOOK_MS) return this.#cpu.share;
    const times = cpus().map((cpu) => cpu.times);
    const all = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.idle + one.irq, 0);
    const busy = all - times.reduce((sum, one) => sum + one.idle, 0);
    const before = this.#cpu;
    const share = before && all > before.all ? (busy - before.busy) / (all - before.all) : null;
    this.#cpu = { at: now, busy, all, share };
    return share;
  }
}

const poolResource = ({ receivedBytes, ...counts }: PoolMetrics) => ({ ...counts, received_bytes: receivedBytes });
