import type { Logger } from './log.js';

/**
 * What nobody caught leaves the process in a state nobody knows: it is logged, running work is let go of in order,
 * and the process ends with 1. Whatever was under way is recovered by the next start.
 *
 * @param drain closes the platform; given `limitMs`, then the process ends anyway
 * @returns takes the guard off
 */
export function guardProcess(
  log: Logger,
  drain: () => Promise<void>,
  { limitMs = 10_000, exit = (code: number): void => process.exit(code) } = {},
): () => void {
  let isFalling = false;
  const fall = (what: string) => (cause: unknown) => {
    log.error(`${what}; this server ends now, and the next start recovers what was running`, { cause });
    if (isFalling) return;
    isFalling = true;
    const limit = setTimeout(() => exit(1), limitMs);
    drain()
      .catch((error: unknown) => log.error('closing failed', { cause: error }))
      .finally(() => {
        clearTimeout(limit);
        exit(1);
      });
  };
  const onException = fall('an error that nobody caught');
  const onRejection = fall('a rejection that nobody handled');
  process.on('uncaughtException', onException).on('unhandledRejection', onRejection);
  return () => {
    process.off('uncaughtException', onException).off('unhandledRejection', onRejection);
  };
}
