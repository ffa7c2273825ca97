import type { Delta } from '../protocol/events.js';

/** One who watches running text. */
export interface DeltaReceiver {
  /** More frames than a screen can show, or bytes that wait: merged text serves it better. */
  isBusy(): boolean;
  take(deltas: readonly Delta[]): void;
}

const WINDOW_MIN_MS = 4;
const WINDOW_MAX_MS = 16;

/**
 * Carries deltas to receivers: on the next turn of the event loop to those who keep up, merged within a
 * growing window to those who do not. Each receiver gets every delta pushed while it is here, once and in order.
 */
export class DeltaFlow {
  readonly #direct = new Set<DeltaReceiver>();
  readonly #merging = new Set<DeltaReceiver>();
  #pending: Delta[] = [];
  #merged: Delta[] = [];
  #windowMs = WINDOW_MIN_MS;
  #soon: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** From the next delta on; what is on its way is delivered to the others first. */
  add(receiver: DeltaReceiver): void {
    this.flush();
    this.#direct.add(receiver);
  }

  remove(receiver: DeltaReceiver): void {
    this.#direct.delete(receiver);
    this.#merging.delete(receiver);
  }

  push(delta: Delta): void {
    this.#pending.push(delta);
    this.#soon ??= setImmediate(() => this.#flushDirect());
  }

  /** Delivers all there is, so that an event is never overtaken by text that came before it. */
  flush(): void {
    this.#flushDirect();
    this.#flushMerged();
  }

  close(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#timer);
    this.#direct.clear();
    this.#merging.clear();
  }

  #flushDirect(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#pending.length === 0) return;
    // Only between two windows: a receiver must not get again what it had, nor miss what it had not.
    if (this.#merged.length === 0) this.#move(this.#direct, this.#merging, (receiver) => receiver.isBusy());
    const deltas = this.#pending;
    this.#pending = [];
    for (const receiver of this.#direct) receiver.take(deltas);
    if (this.#merging.size === 0) return;
    for (const delta of deltas) append(this.#merged, delta);
    this.#timer ??= setTimeout(() => this.#flushMerged(), this.#windowMs);
  }

  #flushMerged(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const deltas = this.#merged;
    this.#merged = [];
    if (deltas.length > 0) for (const receiver of this.#merging) receiver.take(deltas);
    this.#move(this.#merging, this.#direct, (receiver) => !receiver.isBusy());
    this.#windowMs = this.#merging.size === 0 ? WINDOW_MIN_MS : Math.min(WINDOW_MAX_MS, this.#windowMs * 2);
  }

  #move(from: Set<DeltaReceiver>, to: Set<DeltaReceiver>, isDue: (receiver: DeltaReceiver) => boolean): void {
    for (const receiver of from) {
      if (!isDue(receiver)) continue;
      from.delete(receiver);
      to.add(receiver);
    }
  }
}

/** Adds to the last delta where it goes on with the same part. */
function append(merged: Delta[], delta: Delta): void {
  const last = merged.at(-1);
  const goesOn =
    last !== undefined &&
    last.message_id === delta.message_id &&
    last.part === delta.part &&
    last.kind === delta.kind &&
    last.offset + last.text.length === delta.offset &&
    (delta.kind !== 'tool_output' || last.call_id === delta.call_id);
  if (goesOn) merged[merged.length - 1] = { ...last, text: last.text + delta.text };
  else merged.push(delta);
}
