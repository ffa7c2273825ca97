import { setTimeout as after } from 'node:timers/promises';

/** The time, and waiting for it; tests bring their own. */
export interface Clock {
  /** Milliseconds, for durations: never set back. */
  now(): number;
  /** Rejects with the reason of `signal` as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => untilAborted(after(ms, undefined, { signal }), signal),
};

/**
 * What `work` gives, or the reason of `signal` once that aborts. Work that is left alone then may still fail
 * without harm, and no listener stays behind.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    const forget = () => signal.removeEventListener('abort', stop);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

/** What a turn waits for; null once the turn is being stopped. */
export async function unlessStopped<T>(turn: { stopped: unknown }, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (turn.stopped) return null;
    throw error;
  }
}

/** A controller that aborts with `signal`, until `release`: the way to a signal of one's own without leaking listeners. */
export function following(signal: AbortSignal): { controller: AbortController; release(): void } {
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return { controller, release: () => signal.removeEventListener('abort', follow) };
}
