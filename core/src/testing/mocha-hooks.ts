import { stopTestServer } from './cluster.js';

// The server itself starts with the first test that asks for a database: suites without one start none.
export async function mochaGlobalTeardown(): Promise<void> {
  await stopTestServer();
}
