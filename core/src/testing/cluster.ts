import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../log.js';
import { type EmbeddedDatabase, startEmbedded } from '../store/embedded.js';

let server: Promise<EmbeddedDatabase & { folder: string }> | undefined;

/**
 * The PostgreSQL that tests use: the one that `MAESTRO_TEST_DATABASE_URL` names, else an embedded one,
 * started with the first question and shared by the whole run. Child processes find it in the environment.
 */
export async function testServerUrl(): Promise<string> {
  const given = process.env.MAESTRO_TEST_DATABASE_URL ?? process.env.MAESTRO_TEST_CLUSTER_URL;
  if (given) return given;
  server ??= startServer();
  const { url } = await server;
  process.env.MAESTRO_TEST_CLUSTER_URL = url;
  return url;
}

/** Ends the embedded server of this run, if one was started, and removes it. */
export async function stopTestServer(): Promise<void> {
  if (!server) return;
  const { stop, folder } = await server;
  server = undefined;
  delete process.env.MAESTRO_TEST_CLUSTER_URL;
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startServer(): Promise<EmbeddedDatabase & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'maestro-test-'));
  // Open to look through: where root may not use a user namespace, `nobody` runs the cluster below it.
  chmodSync(folder, 0o755);
  const embedded = await startEmbedded({
    dataDir: join(folder, 'data'),
    base: join(folder, 'nobody'),
    log: silentLog,
    throwAway: true,
  });
  // A run that ends early, by a signal or a throw, leaves nothing behind either.
  process.once('exit', () => {
    if (server) killServer(embedded.dataDirectory, folder);
  });
  return { ...embedded, folder };
}

function killServer(dataDirectory: string, folder: string): void {
  try {
    process.kill(Number.parseInt(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
  } catch {
    // It is gone already.
  }
  rmSync(folder, { recursive: true, force: true });
}
