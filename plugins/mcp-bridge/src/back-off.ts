const shortestMs = 1_000;
const longestMs = 60_000;

/** How long a server must have been up before its failures count from the start again. */
export const STEADY_MS = 60_000;

/**
 * Milliseconds to wait after the `failures`-th failure in a row: twice as long each time, from 1 s to 60 s, spread so
 * that servers that went down together do not come back together.
 */
export function backOff(failures: number, random: () => number = Math.random): number {
  const most = Math.min(longestMs, shortestMs * 2 ** Math.min(failures, 16));
  return Math.round(shortestMs + random() * (most - shortestMs));
}
