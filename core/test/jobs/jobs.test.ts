import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { expect } from 'chai';
import { Jobs } from '../../src/jobs/jobs.js';
import { silentLog } from '../../src/log.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';

describe('jobs', function () {
  this.timeout(60_000);
  let db: Database & TestDatabase;
  const open: Jobs[] = [];
  beforeEach(async () => {
    db = await openTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((jobs) => jobs.close()));
    await db.drop();
  });
  const worker = (lockMs?: number) => {
    const jobs = new Jobs({ url: db.url, log: silentLog, delayMs: 0, ...(lockMs !== undefined && { lockMs }) });
    open.push(jobs);
    return jobs;
  };
  const until = async (isSo: () => boolean) => {
    for (const end = Date.now() + 30_000; !isSo(); await after(20))
      if (Date.now() > end) throw new Error('it never was');
  };

  it('greet the world', async () => {
    const said: string[] = [];
    const jobs = worker();
    jobs.add({ name: 'hello.world', everyMs: 60_000, run: async () => void said.push('Hello, world') });
    expect(jobs.state).to.equal('off');
    jobs.start();
    expect(jobs.state).to.equal('starting');
    await until(() => said.length > 0);
    expect(said).to.deep.equal(['Hello, world']);
    await until(() => jobs.state === 'ok');
    await jobs.close();
    expect(jobs.state).to.equal('off');
  });

  it('that take longer than their lock are run by one server at a time', async () => {
    const runs = { now: 0, most: 0, done: 0 };
    const long = async () => {
      runs.now += 1;
      runs.most = Math.max(runs.most, runs.now);
      await after(7_000);
      runs.now -= 1;
      runs.done += 1;
    };
    for (const jobs of [worker(1_500), worker(1_500)]) {
      jobs.add({ name: 'long.work', everyMs: 60_000, run: long });
      jobs.start();
    }
    await until(() => runs.done === 1);
    await after(500);
    expect(runs).to.deep.equal({ now: 0, most: 1, done: 1 });
  });

  it('O1 that throw are tried again and stop nothing', async () => {
    const runs = { bad: 0, good: 0 };
    const jobs = worker();
    const fail = async () => {
      runs.bad += 1;
      throw new Error('not today');
    };
    jobs.add({ name: 'bad.job', everyMs: 600_000, run: fail });
    jobs.add({ name: 'good.job', everyMs: 600_000, run: async () => void runs.good++ });
    jobs.start();
    await until(() => runs.bad >= 2 && runs.good === 1);
    expect(jobs.state).to.equal('ok');
  });

  it('go on after the database has cut their connections', async () => {
    let runs = 0;
    // The cut may fall between a run and its record: the job is then another's once the lock has run out.
    const jobs = worker(3_000);
    jobs.add({ name: 'steady.job', everyMs: 5_000, run: async () => void runs++ });
    jobs.start();
    await until(() => runs === 1 && jobs.state === 'ok');
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'maestro jobs' and datname = current_database()`;
    expect((await db.query(cut)).rowCount).to.be.greaterThan(0);
    await until(() => runs >= 2);
  });

  it('go on after the database was away for a while', async () => {
    const { hostname, port } = new URL(db.url);
    const door = await openDoor({ host: hostname, port: Number(port) });
    let runs = 0;
    const jobs = new Jobs({ url: door.through(db.url), log: silentLog, delayMs: 0, lockMs: 3_000 });
    open.push(jobs);
    jobs.add({ name: 'far.job', everyMs: 5_000, run: async () => void runs++ });
    jobs.start();
    try {
      await until(() => runs === 1 && jobs.state === 'ok');
      door.shut();
      await after(11_000);
      const before = runs;
      door.open();
      await until(() => runs > before);
    } finally {
      await jobs.close();
      await door.close();
    }
  });

  it('are told to end when the server closes, which waits for them', async () => {
    let [began, ended] = [false, false];
    const jobs = worker();
    const run = async (signal: AbortSignal) => {
      began = true;
      await after(60_000, undefined, { signal }).catch(() => undefined);
      await after(100);
      ended = true;
    };
    jobs.add({ name: 'endless.job', everyMs: 60_000, run });
    jobs.start();
    await until(() => began);
    await jobs.close();
    expect(ended).to.equal(true);
  });

  it('leave ids and times in the database, and no secret', async () => {
    const jobs = worker();
    let runs = 0;
    jobs.add({ name: 'plain.job', everyMs: 60_000, run: async () => void runs++ });
    jobs.start();
    await until(() => runs === 1 && jobs.state === 'ok');
    const { rows } = await db.query<{ data: unknown }>('select data from agenda_jobs');
    expect(rows.map(({ data }) => data ?? {})).to.deep.equal([{}]);
  });
});

/** A way to the database that can be shut. */
async function openDoor(to: { host: string; port: number }) {
  const sockets = new Set<Socket>();
  let isShut = false;
  const server = createServer((near) => {
    if (isShut) return void near.destroy();
    const far = connect(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    through: (url: string) => {
      const other = new URL(url);
      other.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return other.href;
    },
    shut: () => {
      isShut = true;
      cut();
    },
    open: () => {
      isShut = false;
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
