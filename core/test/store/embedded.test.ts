import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { MaestroError } from '../../src/errors.js';
import { nativeFolder } from '../../src/store/cluster-files.js';
import { type EmbeddedOptions, startEmbedded } from '../../src/store/embedded.js';
import { isAlive } from '../../src/store/process-identity.js';
import { quiet } from '../../src/testing/database.js';

interface Answer {
  url: string;
  how: string;
  dataDirectory: string;
  code: string;
  message: string;
}

const isRoot = process.getuid?.() === 0;
const embedderPath = new URL('./embedder.js', import.meta.url).pathname;

describe('the embedded database', function () {
  this.timeout(60_000);
  let home: string;
  let folder: string;
  let dataDir: string;
  const children: ChildProcess[] = [];

  // Making a cluster takes a second, so tests share one and leave it stopped; those about making it call `fresh`.
  const newFolder = () => {
    const made = mkdtempSync(join(tmpdir(), 'maestro-embedded-'));
    chmodSync(made, 0o755);
    return made;
  };
  const fresh = () => {
    folder = newFolder();
    dataDir = join(folder, 'data');
  };
  before(() => {
    home = newFolder();
  });
  after(() => rmSync(home, { recursive: true, force: true }));
  beforeEach(() => {
    folder = home;
    dataDir = join(home, 'data');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await killed(child);
    const pid = postmasterPid();
    if (pid && pid !== process.pid && (await isAlive(pid))) process.kill(pid, 'SIGQUIT');
    while (pid && pid !== process.pid && (await isAlive(pid))) await sleep(20);
    if (folder !== home) rmSync(folder, { recursive: true, force: true });
  });

  const clusterOf = () => {
    const inside = join(dataDir, 'postgres', 'cluster');
    const { directory } = existsSync(join(dataDir, 'embedded.json'))
      ? (JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as { directory?: string })
      : {};
    return directory ? join(directory, 'cluster') : inside;
  };
  const pidFile = () => join(clusterOf(), 'postmaster.pid');
  const postmasterPid = () => (existsSync(pidFile()) ? Number.parseInt(readFileSync(pidFile(), 'utf8'), 10) : 0);
  const start = (options: Partial<EmbeddedOptions> = {}) =>
    startEmbedded({ dataDir, log: quiet, throwAway: true, base: join(folder, 'base'), ...options });
  const failure = async (options: Partial<EmbeddedOptions> = {}) => {
    const error: unknown = await start(options).catch((error: unknown) => error);
    expect(error).to.be.instanceOf(MaestroError);
    return error as MaestroError;
  };

  /** A server process of its own that holds the database. */
  async function spawnServer(env: NodeJS.ProcessEnv = process.env): Promise<{ child: ChildProcess; answer: Answer }> {
    const options = JSON.stringify({ dataDir, throwAway: true, base: join(folder, 'base') });
    const child = spawn(process.execPath, [embedderPath, options], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
    return { child, answer: JSON.parse(line) as Answer };
  }

  it('is made with the first start and keeps what it was given through a stop', async () => {
    fresh();
    const first = await start();
    expect(first.how).to.equal('created');
    await remember(first.url, 'one');
    await first.stop();
    expect(postmasterPid()).to.equal(0);
    const second = await start();
    expect(second.how).to.equal('started');
    expect(await remembered(second.url)).to.deep.equal(['one']);
    await second.stop();
  });

  it('keeps its files from others and asks for its password', async () => {
    const { url, dataDirectory, stop } = await start();
    for (const path of [dataDir, dataDirectory]) expect(statSync(path).mode & 0o077).to.equal(0);
    const password = join(dataDirectory, '..', 'password');
    expect(statSync(password).mode & 0o777).to.equal(0o600);
    const wrong = new URL(url);
    wrong.password = 'guess';
    const refused = await remembered(wrong.href).catch((error: Error) => error.message);
    expect(refused).to.match(/password authentication failed/);
    await stop();
  });

  it('is taken over, running, from a server that was killed', async () => {
    const { child, answer } = await spawnServer();
    await remember(answer.url, 'before the kill');
    const pid = postmasterPid();
    await killed(child);
    const next = await start();
    expect(next.how).to.equal('adopted');
    expect(postmasterPid()).to.equal(pid);
    expect(await remembered(next.url)).to.include('before the kill');
    await next.stop();
  });

  it('recovers when it was killed together with the server', async () => {
    const { child, answer } = await spawnServer();
    await remember(answer.url, 'acknowledged');
    process.kill(postmasterPid(), 'SIGKILL');
    await killed(child);
    const next = await start();
    expect(next.how).to.equal('recovered');
    expect(await remembered(next.url)).to.include('acknowledged');
    await next.stop();
  });

  it('stops without complaint when somebody else stopped it before', async () => {
    const { stop } = await start();
    const pid = postmasterPid();
    process.kill(pid, 'SIGINT');
    while (await isAlive(pid)) await sleep(20);
    await stop();
    const again = await start();
    await again.stop();
  });

  it('starts anew where a killed server had not finished making it', async () => {
    fresh();
    const options = JSON.stringify({ dataDir, throwAway: true, base: join(folder, 'base') });
    const child = spawn(process.execPath, [embedderPath, options], { stdio: 'ignore' });
    children.push(child);
    const drafts = () => {
      const directory = join(clusterOf(), '..');
      return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.new')) : [];
    };
    while (drafts().length === 0) await sleep(5);
    await killed(child);
    const { how, stop } = await start();
    expect(how).to.equal('created');
    await stop();
  });

  for (const [whose, pid] of [
    ['a zombie', zombie],
    ['another program', async () => process.pid],
    ['nobody', async () => 2 ** 31 - 3],
  ] as const) {
    it(`does not mistake ${whose} for its server`, async () => {
      const { stop } = await start();
      const text = readFileSync(pidFile(), 'utf8');
      await stop();
      writeFileSync(pidFile(), text.replace(/^\d+/, `${await pid()}`), { mode: 0o600 });
      const next = await start();
      expect(next.how).to.equal('recovered');
      await next.stop();
    });
  }

  /** The number of a process that ended and that its parent does not reap. */
  async function zombie(): Promise<number> {
    const child = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
    while (await isAlive(Number(line))) await sleep(20);
    process.kill(Number(line), 0);
    return Number(line);
  }

  it('takes another port when the one it chose was taken meanwhile', async () => {
    const neighbour = createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    const { port } = neighbour.address() as { port: number };
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: other } = free.address() as { port: number };
    free.close();
    const ports = [port, other];
    const { url, stop } = await start({ port: async () => ports.shift() ?? 0 });
    expect(new URL(url).port).to.equal(`${other}`);
    await stop();
    neighbour.close();
  });

  it('is refused to a second server, which leaves it alone', async () => {
    const { child, answer } = await spawnServer();
    const error = await failure();
    expect(error.code).to.equal('server.second');
    expect(error.message).to.contain(`${child.pid}`);
    await remember(answer.url, 'still here');
    child.stdin!.write('\n');
    await once(child, 'exit');
    expect(postmasterPid()).to.equal(0);
    const next = await start();
    await next.stop();
  });

  it('says what its log says when it cannot start, and can start once that is mended', async () => {
    const { dataDirectory, stop } = await start();
    await stop();
    const configuration = join(dataDirectory, 'postgresql.conf');
    const good = readFileSync(configuration, 'utf8');
    appendFileSync(configuration, '\nshared_buffers = lots\n');
    const error = await failure();
    expect(error.code).to.equal('database.embedded_failed');
    expect(error.message).to.contain('shared_buffers').and.to.contain('database.url');
    writeFileSync(configuration, good);
    const next = await start();
    await next.stop();
  });

  it('says so when its password file is gone', async () => {
    const { dataDirectory, stop } = await start();
    await stop();
    const password = join(dataDirectory, '..', 'password');
    renameSync(password, `${password}.away`);
    expect((await failure()).message).to.contain('password file');
    renameSync(`${password}.away`, password);
  });

  it('keeps its log short', async () => {
    const { dataDirectory, stop } = await start();
    await stop();
    const log = join(dataDirectory, '..', 'postgres.log');
    appendFileSync(log, 'x'.repeat(11 * 1024 * 1024));
    await (await start()).stop();
    expect(statSync(log).size).to.be.lessThan(1024 * 1024);
    expect(existsSync(`${log}.1`)).to.equal(true);
  });

  it('makes the links between its libraries that an install without scripts leaves out', async () => {
    fresh();
    const native = await copyWithoutLinks();
    const { how, stop } = await start({ native });
    expect(how).to.equal('created');
    await stop();
  });

  async function copyWithoutLinks(): Promise<string> {
    const original = await nativeFolder();
    const copy = join(folder, 'package', 'native');
    cpSync(join(original, '..', 'package.json'), join(folder, 'package', 'package.json'));
    const links = JSON.parse(readFileSync(join(original, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    const left = new Set(links.map(({ target }) => join(original, '..', target)));
    cpSync(original, copy, { recursive: true, filter: (source) => !left.has(source) });
    return copy;
  }

  it('says that it needs another database where its programs cannot run', async () => {
    fresh();
    const native = join(folder, 'package', 'native');
    mkdirSync(join(native, 'bin'), { recursive: true });
    for (const name of ['initdb', 'pg_ctl']) {
      // As a program built for another C library looks to the system: its loader is missing.
      writeFileSync(join(native, 'bin', name), '#!/no/such/loader\n', { mode: 0o755 });
    }
    writeFileSync(join(folder, 'package', 'package.json'), '{"version":"0"}');
    const error = await failure({ native });
    expect(error.message).to.contain('glibc');
    expect(error).to.have.property('code', 'database.embedded_failed');
    expect(error.message).to.contain('database.url');
  });

  it('says so on a platform it is not made for', async () => {
    const error: unknown = await nativeFolder('plan9', 'mips').catch((error: unknown) => error);
    expect(error).to.be.instanceOf(MaestroError).with.property('code', 'database.embedded_failed');
    expect(String(error)).to.contain('plan9-mips').and.to.contain('database.url');
  });

  if (isRoot) {
    describe('run by root', () => {
      /** A PATH whose `unshare` refuses, as on machines without user namespaces. */
      function refusing(): NodeJS.ProcessEnv {
        const bin = join(folder, 'bin');
        mkdirSync(bin, { recursive: true });
        writeFileSync(join(bin, 'unshare'), '#!/bin/sh\necho "unshare failed: Operation not permitted" >&2\nexit 1\n', {
          mode: 0o755,
        });
        return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
      }
      const record = () => JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as Record<string, string>;

      it('lies outside the home, as nobody, where user namespaces are refused, and stays there', async () => {
        fresh();
        const { child, answer } = await spawnServer(refusing());
        expect(answer.how).to.equal('created');
        expect(answer.dataDirectory).to.contain(join(folder, 'base'));
        expect(record()).to.include({ manner: 'nobody', directory: join(answer.dataDirectory, '..') });
        expect(statSync(answer.dataDirectory).uid).to.equal(65_534);
        await remember(answer.url, 'as nobody');
        child.stdin!.write('\n');
        await once(child, 'exit');

        const { url, how, stop } = await start();
        expect(how).to.equal('started');
        expect(await remembered(url)).to.deep.equal(['as nobody']);
        await stop();
      });

      it('does not guess where its cluster lies when the record of it is damaged', async () => {
        await (await start()).stop();
        const text = readFileSync(join(dataDir, 'embedded.json'), 'utf8');
        writeFileSync(join(dataDir, 'embedded.json'), text.slice(0, 4));
        const error = await failure();
        writeFileSync(join(dataDir, 'embedded.json'), text);
        expect(error.message).to.contain('embedded.json is damaged');
      });

      it('refuses a cluster made in a namespace when namespaces are refused later', async () => {
        fresh();
        await (await start()).stop();
        writeFileSync(join(dataDir, 'embedded.json'), '{"manner":"namespace"}');
        const { answer } = await spawnServer(refusing());
        expect(answer.code).to.equal('database.embedded_failed');
        expect(answer.message).to.contain('user namespace');
      });
    });
  }
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function remember(url: string, what: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('create table if not exists memory (what text)');
    await client.query('insert into memory values ($1)', [what]);
  });
}

async function remembered(url: string): Promise<string[]> {
  const { rows } = await withClient(url, (client) => client.query<{ what: string }>('select what from memory'));
  return rows.map((row) => row.what);
}
