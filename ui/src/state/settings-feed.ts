import type { MaestroSocket } from '@maestro/core/client';
import type { SettingsChange, SettingsList } from '@maestro/core/protocol';

const TOPIC = 'settings';

/** Hears which list of the settings is another one now, and tells those who show it. */
export class SettingsFeed {
  readonly #listeners = new Map<SettingsList, Set<() => void>>();

  /** Gives the undo. */
  on(list: SettingsList, fn: () => void): () => void {
    const others = this.#listeners.get(list) ?? new Set();
    this.#listeners.set(list, others.add(fn));
    return () => others.delete(fn);
  }

  follow(socket: Pick<MaestroSocket, 'join'>): void {
    let isFirst = true;
    socket.join(TOPIC, {
      position: () => ({}),
      frame: (frame) => {
        if (frame.op === 'change') this.#tell((frame.data as SettingsChange).list);
        if (frame.op !== 'snapshot') return;
        // What changed while the connection was away was told to nobody.
        if (!isFirst) for (const list of this.#listeners.keys()) this.#tell(list);
        isFirst = false;
      },
    });
  }

  #tell(list: SettingsList): void {
    for (const fn of this.#listeners.get(list) ?? []) fn();
  }
}
