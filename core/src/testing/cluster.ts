import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../log.js';
import { startEmbedded } from '../store/embedded.js';

interface TestServer {
  url: string;
  stop(): Promise<void>;
}

let server: Promise<TestServer> | undefined;

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
  const { stop } = await server;
  server = undefined;
  delete process.env.MAESTRO_TEST_CLUSTER_URL;
  await stop();
}

async function startServer(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'maestro-cluster-'));
  // Open to look through: where root may not use a user namespace, `nobody` runs the cluster below it.
  chmodSync(folder, 0o755);
  const embedded = await startEmbedded({
    dataDir: join(folder, 'data'),
    base: join(folder, 'nobody'),
    log: silentLog,
    throwAway: true,
  });
  const guard = process.platform === 'win32' ? undefined : guardCluster(embedded.dataDirectory, folder);
  const stop = async () => {
    guard?.kill('SIGKILL');
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: embedded.url, stop };
}

/**
 * The cluster outlives a process that is killed, as it must for a server; a run of tests that is killed shall
 * leave nothing behind. This waits for the end of its input, which comes with our end whatever ends us.
 */
function guardCluster(dataDirectory: string, folder: string): ChildProcess {
  const wait = 'cat > /dev/null; kill -QUIT "$(head -n 1 "$0/postmaster.pid")"; sleep 1; rm -rf "$1"';
  const guard = spawn('sh', ['-c', wait, dataDirectory, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return guard;
}
