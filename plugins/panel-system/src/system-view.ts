import type { MachineFigures, StatView, Tone, View } from '@maestro/core';
import { type History, percent } from './history.js';

/** Statuses of sessions in which an agent is at work. */
const working = ['thinking', 'streaming', 'tool', 'queued'];
const waiting = ['approval', 'error'];

/** What the figures look like: how full the machine is, its last minutes, and what the server does. */
export function systemView(stats: MachineFigures, history: History): View {
  const { cpu, memory, event_loop, disk, database, sessions, requests_in_flight } = stats;
  const used = 1 - memory.free_bytes / memory.total_bytes;
  return {
    type: 'stack',
    items: [
      {
        type: 'row',
        items: [
          gauge('CPU', cpu.share),
          gauge('Memory', used),
          gauge('Disk', disk && 1 - disk.free_bytes / disk.total_bytes),
        ],
      },
      {
        type: 'row',
        items: [
          stat('Event loop', `${event_loop.p99_ms}`, 'ms late', event_loop.p99_ms > 100 ? 'warn' : 'neutral'),
          stat('Server memory', bytes(memory.rss_bytes)),
          stat(
            'Database',
            database.ping_ms === null ? 'down' : `${database.ping_ms}`,
            database.ping_ms === null ? '' : 'ms',
            database.ping_ms === null ? 'bad' : 'neutral',
          ),
          stat('Database size', database.size_bytes === null ? '-' : bytes(database.size_bytes)),
          stat('Working', `${sum(sessions, working)}`),
          stat('Waiting for you', `${sum(sessions, waiting)}`, '', sum(sessions, waiting) > 0 ? 'warn' : 'neutral'),
          stat('Requests in flight', `${requests_in_flight}`),
        ],
      },
      {
        type: 'series',
        label: 'CPU and memory',
        unit: '%',
        lines: [
          { name: 'CPU', points: history.cpu },
          { name: 'Memory', points: history.memory },
        ],
      },
    ],
  };
}

/** A share nobody knows is said in words: a gauge at zero would be a lie. */
function gauge(label: string, share: number | null): View {
  if (share === null) return stat(label, '-');
  const tone: Tone = share >= 0.95 ? 'bad' : share >= 0.8 ? 'warn' : 'neutral';
  return { type: 'gauge', label, value: percent(share), max: 100, unit: '%', tone };
}

function stat(label: string, value: string, unit = '', tone: Tone = 'neutral'): StatView {
  return { type: 'stat', label, value, ...(unit && { unit }), tone };
}

function sum(sessions: Readonly<Record<string, number>>, statuses: readonly string[]): number {
  return statuses.reduce((total, status) => total + (sessions[status] ?? 0), 0);
}

/** `212 MB`, `1.4 GB` */
function bytes(value: number): string {
  return value < 999.5e6 ? `${Math.round(value / 1e6)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}
