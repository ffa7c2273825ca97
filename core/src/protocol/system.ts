import type { SessionStatus } from './resources.js';

/** How the machine, this server and what it talks to are doing. */
export interface SystemStats {
  uptime_seconds: number;
  /** Share of the machine's processors that was busy since the last look, from 0 to 1; null at the first. */
  cpu: number | null;
  /** `rss_bytes` and `heap_bytes` are this process's, the others the machine's. */
  memory: { rss_bytes: number; heap_bytes: number; total_bytes: number; free_bytes: number };
  /** Sessions of people by status; those with none are not named. */
  sessions: Partial<Record<SessionStatus, number>>;
  /** Time to the first byte of 95 of 100 calls of the last hour; null where there was none. */
  latency_p95_ms: number | null;
  database_bytes: number | null;
  /** Providers that were called in the last hour. */
  providers: ProviderLatency[];
  /** Connections to providers and other servers. */
  pools: {
    origin: string;
    connected: number;
    free: number;
    running: number;
    queued: number;
    requests: number;
    failures: number;
    received_bytes: number;
  }[];
}

export interface ProviderLatency {
  provider: string;
  calls: number;
  /** Median time to the first byte. */
  latency_ms: number | null;
  /** Of its newest call, if that failed. */
  failure: { code: string; message: string } | null;
}

/** The machine and this process at one moment, closely enough to draw. Null: cannot be known here. */
export interface MachineFigures {
  at: string;
  uptime_seconds: number;
  cpu: {
    /** Of all cores since it was asked before, from 0 to 1. */
    share: number | null;
    cores: number;
    /** Of one core by this process, since it was asked before; above 1 where several work for it. */
    process_share: number | null;
  };
  memory: { rss_bytes: number; heap_bytes: number; total_bytes: number; free_bytes: number };
  /** How late the event loop was since it was asked before. */
  event_loop: { mean_ms: number; p99_ms: number; max_ms: number };
  /** Of the disk the home folder lies on. */
  disk: { total_bytes: number; free_bytes: number } | null;
  database: { ping_ms: number | null; size_bytes: number | null };
  /** How many sessions of people there are, by status. */
  sessions: Record<string, number>;
  /** Calls to providers that are on their way. */
  requests_in_flight: number;
}

/** Lists that are told on the topic `system` when they are another one now; what is in them is read anew. */
export type SystemPart =
  | 'plugins'
  | 'panels'
  | 'budgets'
  | 'tools'
  | 'providers'
  | 'credentials'
  | 'mcp_servers'
  | 'templates'
  | 'approval_rules';

/** `data` of `change` on the topic `system`, besides the health of the parts as the snapshot has it. */
export type SystemChange = { changed: SystemPart } | { stats: SystemStats };
