import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { MachineFigures } from '../protocol/system.js';
import type { Sql } from '../store/database.js';
import type { Http } from '../wire/http.js';

/** Who asks sooner than this gets what was told before. */
const FRESH_MS = 900;
/** Shares are of the time between two looks; after a longer rest the first one waits for a second. */
const STALE_MS = 10_000;
const SHORT_LOOK_MS = 250;
const LOOP_RESOLUTION_MS = 10;
/** Adding up the files of a database is no work for every second. */
const SIZE_EVERY_MS = 30_000;

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

interface Times {
  at: number;
  idle: number;
  total: number;
  process: NodeJS.CpuUsage;
}

/** What the machine and this process do. All who ask share one look a second. */
export class SystemFigures {
  readonly #parts: { home: string; database: Sql; http: Pick<Http, 'pools'> };
  #loop: LoopDelay | undefined;
  #rest: NodeJS.Timeout | undefined;
  #before: Times | undefined;
  #look: { at: number; stats: Promise<MachineFigures> } | undefined;
  #size: { at: number; bytes: number | null } = { at: Number.NEGATIVE_INFINITY, bytes: null };

  constructor(parts: { home: string; database: Sql; http: Pick<Http, 'pools'> }) {
    this.#parts = parts;
  }

  read(): Promise<MachineFigures> {
    const now = performance.now();
    if (!this.#look || now - this.#look.at >= FRESH_MS) this.#look = { at: now, stats: this.#read() };
    return this.#look.stats;
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#loop?.disable();
    this.#loop = undefined;
  }

  async #read(): Promise<MachineFigures> {
    const loop = this.#watchLoop();
    let before = this.#before;
    if (!before || performance.now() - before.at > STALE_MS) {
      before = times();
      loop.reset();
      await delay(SHORT_LOOK_MS);
    }
    const now = times();
    this.#before = now;
    const [disk, database, sessions] = await Promise.all([this.#disk(), this.#database(), this.#sessions()]);
    const { rss, heapUsed } = process.memoryUsage();
    const stats: MachineFigures = {
      at: new Date().toISOString(),
      uptime_seconds: Math.round(process.uptime()),
      cpu: { ...shares(before, now), cores: availableParallelism() },
      memory: { rss_bytes: rss, heap_bytes: heapUsed, total_bytes: totalmem(), free_bytes: freemem() },
      event_loop: { mean_ms: late(loop.mean), p99_ms: late(loop.percentile(99)), max_ms: late(loop.max) },
      disk,
      database,
      sessions,
      requests_in_flight: this.#parts.http.pools().reduce((sum, { running }) => sum + running, 0),
    };
    loop.reset();
    return stats;
  }

  #watchLoop(): LoopDelay {
    // The clock wakes the process a hundred times a second: it runs while somebody asks.
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.close(), STALE_MS).unref();
    if (this.#loop) return this.#loop;
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.#loop.enable();
    return this.#loop;
  }

  async #disk(): Promise<MachineFigures['disk']> {
    try {
      const { bsize, blocks, bavail } = await statfs(this.#parts.home);
      return { total_bytes: blocks * bsize, free_bytes: bavail * bsize };
    } catch {
      // A file system that does not tell: the rest is worth showing without it.
      return null;
    }
  }

  async #database(): Promise<MachineFigures['database']> {
    const begun = performance.now();
    try {
      await this.#parts.database.query('select 1');
      const ping_ms = Math.round((performance.now() - begun) * 10) / 10;
      return { ping_ms, size_bytes: await this.#databaseSize() };
    } catch {
      // It is down, which is what the figures say then; health says it in words.
      return { ping_ms: null, size_bytes: null };
    }
  }

  async #databaseSize(): Promise<number | null> {
    if (performance.now() - this.#size.at < SIZE_EVERY_MS) return this.#size.bytes;
    const text = 'select pg_database_size(current_database())::float8 as bytes';
    const { rows } = await this.#parts.database.query<{ bytes: number }>(text);
    this.#size = { at: performance.now(), bytes: rows[0]?.bytes ?? null };
    return this.#size.bytes;
  }

  async #sessions(): Promise<Record<string, number>> {
    try {
      const text =
        'select status, count(*)::int as count from sessions where parent_session_id is null group by status';
      const { rows } = await this.#parts.database.query<{ status: string; count: number }>(text);
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
    } catch {
      // As with its ping.
      return {};
    }
  }
}

function times(): Times {
  const all = cpus().map((cpu) => cpu.times);
  const idle = all.reduce((sum, one) => sum + one.idle, 0);
  const total = all.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.irq + one.idle, 0);
  return { at: performance.now(), idle, total, process: process.cpuUsage() };
}

function shares(before: Times, now: Times): { share: number | null; process_share: number | null } {
  const total = now.total - before.total;
  const passedUs = (now.at - before.at) * 1_000;
  const { user, system } = process.cpuUsage(before.process);
  return {
    share: total > 0 ? rounded(1 - (now.idle - before.idle) / total) : null,
    process_share: passedUs > 0 ? rounded((user + system) / passedUs) : null,
  };
}

const rounded = (share: number) => Math.round(Math.max(0, share) * 1_000) / 1_000;

/** What the clock of the loop measures holds its own period. */
function late(nanoseconds: number): number {
  if (!Number.isFinite(nanoseconds)) return 0;
  return Math.max(0, Math.round((nanoseconds / 1e6 - LOOP_RESOLUTION_MS) * 10) / 10);
}
