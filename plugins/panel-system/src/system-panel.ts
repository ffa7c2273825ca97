import { setTimeout as delay } from 'node:timers/promises';
import type { MachineFigures, Panel } from '@maestro/core';
import { History } from './history.js';
import { systemView } from './system-view.js';

export interface PanelSettings {
  everyMs: number;
  historyMinutes: number;
}

/** The machine and the server, looked at every few seconds for as long as somebody watches. */
export function systemPanel(read: () => Promise<MachineFigures>, { everyMs, historyMinutes }: PanelSettings): Panel {
  return {
    id: 'system-load',
    title: 'Machine',
    slot: 'dashboard',
    size: 'l',
    async *view(_ctx, signal) {
      const history = new History(historyMinutes * 60_000);
      while (!signal.aborted) {
        const stats = await read();
        history.add(stats);
        yield systemView(stats, history);
        await delay(everyMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
