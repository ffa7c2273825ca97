import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { silentLog } from '../../src/log.js';
import { ownerName } from '../../src/processes/owner.js';
import { processOf } from '../../src/processes/process-table.js';
import { PROCESS_LIMITS, Processes } from '../../src/processes/processes.js';
import { Secret } from '../../src/secret.js';
import { inFull } from '../../src/testing/in-full.js';
import { markedBy, openProcesses, textOf, until } from './support.js';

describe('a child process', () => {
  it('gives its output, its errors and how it ended', async () => {
    const { bash, processes } = openProcesses();
    const tree = bash('echo out; echo err >&2; exit 3');
    const [out, err, exit] = await Promise.all([textOf(tree.stdout), textOf(tree.stderr), tree.exited]);
    expect([out, err, exit]).to.deep.equal(['out\n', 'err\n', { code: 3, signal: null }]);
    await until(() => processes.list().length === 0);
  });

  it('loses nothing of what it wrote last, however slowly that is read', async () => {
    const { bash } = openProcesses();
    const tree = bash('head -c 400000 /dev/zero');
    let bytes = 0;
    for await (const chunk of tree.stdout) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).to.equal(400_000);
  });

  it('reads from the null device unless it is given a pipe', async () => {
    const { bash } = openProcesses();
    expect(await textOf(bash('cat; readlink /proc/self/fd/0').stdout)).to.equal('/dev/null\n');
    const tree = bash('cat', { stdin: 'pipe' });
    tree.stdin?.end('hello');
    expect(await textOf(tree.stdout)).to.equal('hello');
  });

  it('may close its input while somebody writes', async () => {
    const { bash } = openProcesses();
    const tree = bash('exec <&-; sleep 0.2', { stdin: 'pipe' });
    for (let piece = 0; piece < 50; piece++) tree.stdin?.write('x'.repeat(10_000));
    expect((await tree.exited).code).to.equal(0);
  });

  it('ends with its whole tree when its signal aborts', async () => {
    const { bash, left } = openProcesses();
    const stop = new AbortController();
    const tree = bash('setsid sleep 100 & wait', { signal: stop.signal });
    await until(async () => (await left()).length === 2);
    stop.abort();
    expect((await tree.exited).signal).to.equal('SIGTERM');
    await until(async () => (await left()).length === 0);
    expect(() => bash('true', { signal: stop.signal })).to.throw('aborted');
  });

  it('ends with its session, and no other does', async () => {
    const { bash, processes } = openProcesses();
    const mine = [bash('sleep 60 & wait'), bash("trap '' TERM; sleep 60 & wait")];
    const other = bash('sleep 60', { sessionId: 'two' });
    await processes.endOf('one');
    expect(processes.list().map(({ pid }) => pid)).to.deep.equal([other.pid]);
    await Promise.all(mine.map(({ exited }) => exited));
    await processes.close();
  });

  it('is refused with what to do where the program or the directory is missing', () => {
    const { processes, options } = openProcesses();
    const start = (command: string, cwd = tmpdir()) => code(() => processes.spawn(command, [], { ...options, cwd }));
    expect(start('no-such-program-at-all')).to.equal('process.not_started');
    expect(start('true', '/no/such/directory')).to.equal('process.no_directory');
    expect(processes.list()).to.deep.equal([]);
  });

  it('is not started while the server stops', async () => {
    const { processes, bash } = openProcesses();
    await processes.close();
    expect(code(() => bash('true'))).to.equal('process.closed');
  });

  it('is one of at most so many for a session', async () => {
    const { processes, bash } = openProcesses();
    for (let started = 0; started < PROCESS_LIMITS.perSession; started++) bash('exec sleep 100');
    expect(code(() => bash('true'))).to.equal('process.limit');
    expect((await bash('true', { sessionId: 'another' }).exited).code).to.equal(0);
    await processes.close();
  });

  it('T4 leaves no pseudo-terminal open that a program of its tree made', async () => {
    const { bash, left } = openProcesses();
    const before = { files: openFiles(), terminals: terminals() };
    for (let run = 0; run < inFull(200, 20); run += 10) {
      const trees = Array.from({ length: 10 }, () =>
        bash(`script -qec 'tty; setsid sleep 100 & exec sleep 100' /dev/null`),
      );
      const seen = trees.map(async ({ stdout }) => {
        for await (const chunk of stdout) return `${chunk}`;
        return '';
      });
      for (const name of await Promise.all(seen)) expect(name).to.contain('/dev/pts/');
      expect(terminals()).to.be.at.least(before.terminals + 10);
      await Promise.all(trees.map((tree) => tree.kill()));
    }
    expect(await left()).to.deep.equal([]);
    await until(() => openFiles() <= before.files && terminals() <= before.terminals);
  }).timeout(300_000);

  it('T4 leaves no zombie and no open file, however many there were', async () => {
    const { processes, bash, left } = openProcesses();
    await Promise.all([bash('true').exited]);
    await until(() => processes.list().length === 0);
    const before = { files: openFiles(), zombies: zombies() };
    for (let run = 0; run < inFull(2_000, 200); run += 10) {
      const trees = Array.from({ length: 10 }, () => bash('echo "$RANDOM"; setsid true & exit 0'));
      await Promise.all(trees.map((tree) => Promise.all([textOf(tree.stdout), textOf(tree.stderr), tree.exited])));
    }
    await until(() => processes.list().length === 0);
    expect(await left()).to.deep.equal([]);
    await until(() => openFiles() <= before.files && zombies() <= before.zombies);
  }).timeout(300_000);
});

describe('T5 the environment of a child', () => {
  const canaries = {
    MAESTRO_MASTER_KEY: 'canary-1',
    MAESTRO_HOME: 'canary-2',
    DATABASE_URL: 'canary-3',
    REDIS_URL: 'canary-4',
    PGPASSWORD: 'canary-5',
    ACME_API_KEY: 'canary-6',
    ACME_TOKEN: 'canary-7',
    acme_secret: 'canary-8',
    ODD_NAME: 'canary-9',
    STORE: 'postgres://me:canary-10@host/db',
    HIDDEN: 'x canary-known-secret y',
    ACME_PRIVATE_KEY: 'canary-11',
  };
  const plain = {
    PATH: process.env.PATH,
    HOME: '/somewhere/me',
    LANG: 'C.UTF-8',
    HTTPS_PROXY: 'http://proxy:1',
    KEYBOARD: 'de',
  };

  it('holds nothing that is ours or opens an account, and all the rest', async () => {
    // Known now: of secrets from long before, a whole run may have brought too many since.
    const secret = new Secret('canary-known-secret');
    expect(`${secret}`).to.equal('<secret>');
    const { bash, owner } = openProcesses({ env: { ...canaries, ...plain }, secretNames: () => ['ODD_NAME'] });
    const shown = await textOf(bash('cat /proc/$$/environ | tr "\\0" "\\n"', { env: { MORE: 'given' } }).stdout);
    expect(shown).not.to.contain('canary');
    for (const [name, value] of Object.entries(plain)) expect(shown).to.contain(`${name}=${value}\n`);
    expect(shown).to.contain('MORE=given').and.to.contain(`MAESTRO_CHILD=${owner}/`);
  });

  it('keeps what every program needs, although a password of somebody may stand in it', async () => {
    const path = `/opt/a-word-in-a-path/bin:${process.env.PATH}`;
    expect(`${new Secret('a-word-in-a-path')}`).to.equal('<secret>');
    const { bash } = openProcesses({ env: { PATH: path, NOTE: 'a-word-in-a-path' } });
    const shown = await textOf(bash('cat /proc/$$/environ | tr "\\0" "\\n"').stdout);
    expect(shown).to.contain(`PATH=${path}\n`).and.not.to.contain('NOTE=');
  });

  it('keeps its marker whatever a caller gives', async () => {
    const { bash, owner } = openProcesses();
    const shown = await textOf(bash('echo $MAESTRO_CHILD', { env: { MAESTRO_CHILD: 'mine' } }).stdout);
    expect(shown).to.match(new RegExp(`^${owner}/\\S{12}\\n$`));
  });
});

describe('what a server left that died', () => {
  const here = { home: '/folder/of/it', place: 'here' };
  const own = { pid: process.pid, start: processOf(process.pid)?.start ?? '' };
  const dead = { pid: process.pid, start: '1' };

  it('is ended by the next of the same home, and nothing else is', async () => {
    const names = {
      orphan: ownerName({ ...here, ...dead }),
      elsewhere: ownerName({ ...here, home: '/another', ...dead }),
      otherPlace: ownerName({ ...here, place: 'a container', ...dead }),
      living: ownerName({ ...here, pid: process.ppid, start: processOf(process.ppid)?.start ?? '' }),
      own: ownerName({ ...here, ...own }),
    };
    const opened = Object.values(names).map((owner) => openProcesses({ owner }));
    for (const { bash } of opened) bash("trap '' TERM; setsid sleep 100 & wait; wait");
    for (const { left } of opened) await until(async () => (await left()).length === 2);
    const next = new Processes({ log: silentLog, owner: names.own });
    expect(await next.sweepOrphans()).to.equal(2);
    const left = await Promise.all(Object.values(names).map(async (owner) => (await markedBy(owner)).length));
    expect(left).to.deep.equal([0, 2, 2, 2, 2]);
    expect(await next.sweepOrphans()).to.equal(0);
    await Promise.all(opened.map(({ processes }) => processes.close()));
  });

  it('is named without a path', () => {
    expect(ownerName({ ...here, ...own })).to.match(/^[0-9a-f]{16}\.\d+\.\d+$/);
  });
});

function code(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof MaestroError) return error.code;
    throw error;
  }
  return undefined;
}

const openFiles = () => readdirSync('/proc/self/fd').length;
const terminals = () => readdirSync('/dev/pts').length;

function zombies(): number {
  const states = readdirSync('/proc').map((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    } catch {
      return [];
    }
  });
  return states.filter(([state, parent]) => state === 'Z' && Number(parent) === process.pid).length;
}
