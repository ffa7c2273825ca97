import { type MaestroSocket, SystemStore } from '@maestro/core/client';
import type { SystemPart } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { app } from './app.js';

const stores = new WeakMap<MaestroSocket, SystemStore>();

function storeOf(socket: MaestroSocket): SystemStore {
  const store = stores.get(socket) ?? new SystemStore(socket);
  stores.set(socket, store);
  return store;
}

/** While its host is on the page: reads anew what it shows when one of the lists has changed. */
export class OnSystemChange implements ReactiveController {
  #undo: (() => void)[] = [];

  constructor(
    host: ReactiveControllerHost,
    private readonly parts: readonly SystemPart[],
    private readonly load: () => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    let leave: (() => void) | undefined;
    const follow = () => {
      leave?.();
      const socket = app.connected.value?.socket;
      leave = socket && storeOf(socket).onChange((part) => this.#changed(part));
    };
    follow();
    this.#undo = [app.connected.subscribe(follow), () => leave?.()];
  }

  hostDisconnected(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #changed(part: SystemPart | 'all'): void {
    if (part === 'all' || this.parts.includes(part)) this.load();
  }
}
