import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { lockDataDir } from '../../src/store/data-lock.js';
import { commandOf, isAlive, isRunning, ownIdentity, startOf } from '../../src/store/process-identity.js';
import { codeOf } from './rows.js';

describe('the lock of a data folder', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-lock-'));
    path = join(folder, 'server.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const left = (change: Record<string, unknown>) => {
    const holder = { ...own, host: hostname(), startedAt: '2026-01-01T00:00:00Z', ...change };
    writeFileSync(path, JSON.stringify(holder));
  };
  let own: Awaited<ReturnType<typeof ownIdentity>>;
  before(async () => {
    own = await ownIdentity();
  });

  it('is held until it is released, and says by whom', async () => {
    const lock = await lockDataDir(folder);
    const error = (await lockDataDir(folder).catch((error: unknown) => error)) as MaestroError;
    expect(error).to.be.instanceOf(MaestroError).with.property('code', 'server.second');
    expect(error.message).to.contain(`process ${process.pid} on ${hostname()}`).and.to.contain(folder);
    expect(statSync(path).mode & 0o077).to.equal(0);
    await lock.release();
    expect(readdirSync(folder)).to.deep.equal([]);
    await (await lockDataDir(folder)).release();
  });

  it('goes to one of many that want it at once', async () => {
    const wants = await Promise.allSettled(Array.from({ length: 12 }, () => lockDataDir(folder)));
    const got = wants.filter((want) => want.status === 'fulfilled');
    expect(got).to.have.length(1);
    await got[0]!.value.release();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('is taken from a process that is gone', async () => {
    left({ pid: 2 ** 31 - 3 });
    await (await lockDataDir(folder)).release();
    expect(existsSync(path)).to.equal(false);
  });

  it('is taken from an earlier process of the same number', async () => {
    left({ start: 'long ago' });
    await (await lockDataDir(folder)).release();
  });

  it('is not taken from another place while it beats, and is when it is silent', async () => {
    left({ place: 'another host', pid: 2 ** 31 - 3 });
    expect(await codeOf(lockDataDir(folder))).to.equal('server.second');
    const before = new Date(Date.now() - 60_000);
    utimesSync(path, before, before);
    await (await lockDataDir(folder)).release();
  });

  it('is taken over a file that a crash left half written', async () => {
    writeFileSync(path, '{"pid":');
    await (await lockDataDir(folder)).release();
  });

  it('beats while it is held', async () => {
    const lock = await lockDataDir(folder);
    const before = new Date(Date.now() - 60_000);
    utimesSync(path, before, before);
    while (statSync(path).mtimeMs < Date.now() - 30_000) await new Promise((done) => setTimeout(done, 50));
    await lock.release();
  });

  it('leaves the lock of a successor alone', async () => {
    const lock = await lockDataDir(folder);
    left({});
    const text = readFileSync(path, 'utf8');
    await lock.release();
    expect(readFileSync(path, 'utf8')).to.equal(text);
  });

  it('says what is wrong with a folder that is not there', async () => {
    expect(await codeOf(lockDataDir(join(folder, 'none')))).to.equal('ENOENT');
  });
});

describe('the identity of a process', () => {
  it('is that of this one', async () => {
    const own = await ownIdentity();
    expect(own.pid).to.equal(process.pid);
    expect(own.place).to.contain(hostname());
    expect(await isRunning(own)).to.equal(true);
    expect(await isRunning({ pid: own.pid, start: '' })).to.equal(true);
    expect(await isRunning({ pid: own.pid, start: 'another' })).to.equal(false);
    expect(await commandOf(process.pid)).to.contain(process.argv[1] ?? '');
  });

  it('ends with it, also when nobody has reaped it', async () => {
    const child: ChildProcess = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    while (await isAlive(zombie)) await new Promise((done) => setTimeout(done, 20));
    // The number is still taken, or the system would say that there is no such process.
    process.kill(zombie, 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isAlive(child.pid!)).to.equal(false);
    expect(await startOf(child.pid!)).to.equal('');
  });

  it('is none for what is no number of a process', async () => {
    for (const pid of [0, -1, Number.NaN, 1.5]) expect(await isAlive(pid)).to.equal(false);
  });
});
