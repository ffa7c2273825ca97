import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { cleanEnvironment, repository } from '../support/maestro-process.js';
import { outputMatching, type Running, type Stranger, sameUser } from '../support/stranger.js';

const minute = 60_000;

// Install scripts are how worms travel; whoever turns them off must still get a platform that works.
describe('P3 an install without scripts', function () {
  this.timeout(10 * minute);
  let stranger: Stranger;
  before(() => {
    stranger = sameUser();
  });
  after(() => stranger.leave());

  it('takes exactly what the lock names', async () => {
    const install = stranger.spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    expect(await install.exited, install.output()).to.equal(0);
    expect(existsSync(path.join(stranger.clone, 'node_modules', 'node', 'bin', 'node'))).to.equal(false);
  });

  it('builds, starts on the embedded database with links of our own, and answers', async () => {
    const build = onPinnedNode([
      'node_modules/typescript/bin/tsc',
      '-b',
      'core',
      'plugins/provider-rehearsal',
      'plugins/tools-files',
    ]);
    expect(await build.exited, build.output()).to.equal(0);
    const server = onPinnedNode(['core/bin/maestro.cjs', 'start', '--no-open', '--port', '0']);
    const [, url] = await outputMatching(server, /is ready: (http:\/\/\S+)/, minute);
    expect(await (await fetch(`${url}/healthz`)).json()).to.deep.equal({ ok: true });
    server.interrupt();
    expect(await server.exited).to.equal(0);
  });

  it('P4 runs on the Node of the system where that is new enough, else says what to do', async () => {
    const system = systemNode();
    const shim = stranger.spawn(system.path, [path.join('core', 'bin', 'maestro.cjs'), '--version']);
    const code = await shim.exited;
    const isNewEnough = Number(system.version.split('.')[0]) > 22;
    expect(code, shim.output()).to.equal(isNewEnough ? 0 : 1);
    expect(shim.output()).to.match(isNewEnough ? /^\d+\.\d+\.\d+/ : new RegExp(`needs Node 22.*${system.version}`));
  });

  /** The pinned Node of this checkout, as somebody has it who installed that version by hand. */
  function onPinnedNode(args: string[]): Running {
    const child = spawn(path.join(repository, 'node_modules', 'node', 'bin', 'node'), args, {
      cwd: stranger.clone,
      env: cleanEnvironment({ HOME: stranger.home, MAESTRO_HOME: path.join(stranger.home, '.maestro') }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    return { child, output: () => text, exited, interrupt: () => child.kill('SIGINT') };
  }
});

/** The Node that the system has, past the ones of this checkout. */
function systemNode(): { path: string; version: string } {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => path.join(folder, 'node')).find((file) => existsSync(file)) ?? process.execPath;
  return { path: found, version: execFileSync(found, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim() };
}
