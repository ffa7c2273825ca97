/**
 * How often a test does a thing that a row of the reliability contract asks for many times: as often as the row says
 * where `MAESTRO_TEST_FULL` is set, which `.ci/run` does once, and fewer times in the runs of everyday.
 */
export function inFull(full: number, everyday: number): number {
  return process.env.MAESTRO_TEST_FULL ? full : everyday;
}
