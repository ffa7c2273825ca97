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
