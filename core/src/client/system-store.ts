import type { SystemPart } from '../protocol/system.js';
import type { MaestroSocket, TopicFrame } from './socket.js';

const TOPIC = 'system';

/** Tells which lists of the server are another one now, as far as somebody wants to hear it. */
export class SystemStore {
  readonly #socket: MaestroSocket;
  readonly #listeners = new Set<(part: SystemPart | 'all') => void>();
  #leave: (() => void) | null = null;

  constructor(socket: MaestroSocket) {
    this.#socket = socket;
  }

  /** Called after each change, and for all parts after a connection that was lost; gives the undo. */
  onChange(listener: (part: SystemPart | 'all') => void): () => void {
    this.#listeners.add(listener);
    let isFirst = true;
    this.#leave ??= this.#socket.join(TOPIC, {
      position: () => ({}),
      frame: (frame) => {
        if (frame.op === 'snapshot' && !isFirst) this.#tell('all');
        if (frame.op === 'snapshot') isFirst = false;
        this.#frame(frame);
      },
    });
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#leave?.();
      this.#leave = null;
    };
  }

  #frame(frame: TopicFrame): void {
    if (frame.op !== 'change') return;
    const { changed } = frame.data as { changed?: SystemPart };
    if (changed) this.#tell(changed);
  }

  #tell(part: SystemPart | 'all'): void {
    for (const listener of [...this.#listeners]) listener(part);
  }
}
