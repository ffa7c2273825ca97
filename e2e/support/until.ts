import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `check` gives something truthy, and gives that. A wait that never ends fails with what it waited for. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await delay(15);
  }
}
