import { hostname } from 'node:os';
import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { type Database, openDatabase } from '../../src/store/database.js';
import { type InstanceLock, takeInstanceLock } from '../../src/store/instance-lock.js';
import { openTestDatabase, quiet, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

describe('the instance lock', () => {
  let db: Database & TestDatabase;
  let other: Database;
  const locks: InstanceLock[] = [];
  beforeEach(async () => {
    db = await openTestDatabase();
    other = await openDatabase({ url: db.url, log: quiet });
  });
  afterEach(async () => {
    for (const lock of locks.splice(0)) await lock.release();
    await other.close();
    await db.drop();
  });
  const take = async (from: Database, shared = false, onLost?: (error: MaestroError) => void) => {
    const lock = await takeInstanceLock(from, { shared, ...(onLost ? { onLost } : {}) });
    locks.push(lock);
    return lock;
  };
  const cut = () =>
    other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'maestro _% %'`,
    );
  const holders = async () =>
    (
      await other.query(
        `select 1 from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
      )
    ).rowCount;

  it('is held by one server, whose process and host a second is told', async () => {
    await take(db);
    const error = (await take(other).catch((error: unknown) => error)) as MaestroError;
    expect(error).to.be.instanceOf(MaestroError).with.property('code', 'server.second');
    expect(error.message).to.contain(`process ${process.pid} on ${hostname()}`);
  });

  it('is free again after a release', async () => {
    await (await take(db)).release();
    locks.pop();
    await take(other);
  });

  it('is free again as soon as its holder is gone, however it went', async () => {
    const client = await db.connect();
    await client.query(`select pg_advisory_lock(${0x6d61_6502})`);
    setTimeout(() => void client.end(), 300);
    await take(other);
  });

  it('says so when the holder does not tell who it is', async () => {
    const client = await db.connect();
    await client.query(`select pg_advisory_lock(${0x6d61_6502})`);
    const error = (await take(other).catch((error: unknown) => error)) as MaestroError;
    await client.end();
    expect(error.code).to.equal('server.second');
    expect(error.message).to.contain('does not say who');
  });

  it('is shared by servers that said so, and by them only', async () => {
    await take(db, true);
    await take(other, true);
    expect(await codeOf(takeInstanceLock(other, { shared: false }))).to.equal('server.second');
  });

  it('is of this database alone', async () => {
    const elsewhere = await openTestDatabase();
    const lock = await takeInstanceLock(elsewhere, { shared: false });
    await take(db);
    await lock.release();
    await elsewhere.drop();
  });

  it('is taken again when its connection breaks', async () => {
    await take(db, false, () => expect.fail('it was lost'));
    await cut();
    while ((await holders()) !== 1) await new Promise((done) => setTimeout(done, 20));
    expect(await codeOf(takeInstanceLock(other, { shared: false }))).to.equal('server.second');
  });

  it('that another took meanwhile is lost, which is said', async () => {
    const lost = new Promise<MaestroError>((done) => void take(db, false, done));
    while ((await holders()) !== 1) await new Promise((done) => setTimeout(done, 20));
    const client = await db.connect();
    const waiting = client.query(`select pg_advisory_lock(${0x6d61_6502})`);
    await cut();
    await waiting;
    expect((await lost).code).to.equal('server.second');
    await client.end();
  });
});
