import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { type Database, describeUrl, openDatabase } from '../../src/store/database.js';
import { openTestDatabase, quiet, type TestDatabase } from '../../src/testing/database.js';

const codeOf = (error: unknown) => (error instanceof MaestroError ? error.code : String(error));

describe('a database', () => {
  let db: Database & TestDatabase;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());

  it('answers, and gives each value in its natural type', async () => {
    await db.ping();
    const { rows, rowCount } = await db.query(
      `select 9007199254740991::bigint as big, 1.10::numeric(20,12) as money, '2026-01-02T03:04:05Z'::timestamptz as at,
        '\\x00ff'::bytea as bytes, '{"a":[1]}'::jsonb as doc, array[1,2]::int[] as list`,
    );
    expect(rowCount).to.equal(1);
    expect(rows[0]).to.deep.equal({
      big: Number.MAX_SAFE_INTEGER,
      money: '1.100000000000',
      at: new Date('2026-01-02T03:04:05Z'),
      bytes: Buffer.from([0, 255]),
      doc: { a: [1] },
      list: [1, 2],
    });
  });

  it('keeps a transaction whole: committed when the work is done, undone when it throws', async () => {
    const add = (name: string, fail: boolean) =>
      db.transaction(async (sql) => {
        await sql.query(`insert into blobs (sha256, bytes, z) values ($1, 0, '')`, [name]);
        if (fail) throw new Error('stop');
        return name;
      });
    expect(await add('kept', false)).to.equal('kept');
    expect(await add('undone', true).catch((error: Error) => error.message)).to.equal('stop');
    const { rows } = await db.query('select sha256 from blobs');
    expect(rows).to.deep.equal([{ sha256: 'kept' }]);
  });

  it('lives on when the server cuts its connections', async () => {
    const other = await db.connect();
    await db.ping();
    await other.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await other.end();
    let answered = false;
    for (let tries = 0; !answered && tries < 20; tries++) {
      answered = await db.ping().then(
        () => true,
        () => false,
      );
    }
    expect(answered).to.equal(true);
  });

  it('gives up a transaction whose connection broke, and goes on with another', async () => {
    const failed = await db
      .transaction(async (sql) => {
        const pid = (await sql.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
        await db.query('select pg_terminate_backend($1)', [pid]);
        await sql.query('select 1');
      })
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    await db.ping();
  });

  it('forks an entity manager for each who asks', () => {
    expect(db.em()).not.to.equal(db.em());
  });

  it('says where nothing answers, without the password', async () => {
    const url = 'postgres://me:hunter2@127.0.0.1:1/none';
    const error = await openDatabase({ url, log: quiet }).catch((error: unknown) => error);
    expect(codeOf(error)).to.equal('database.unreachable');
    expect(String(error)).to.contain('127.0.0.1:1/none').and.to.contain('database.url').and.not.to.contain('hunter2');
  });

  it('says so when database.url is no URL', async () => {
    const error = await openDatabase({ url: 'here', log: quiet }).catch((error: unknown) => error);
    expect(codeOf(error)).to.equal('database.unreachable');
  });

  it('refuses a server that may forget what it acknowledged', async () => {
    const name = new URL(db.url).pathname.slice(1);
    await db.query(`alter database ${name} set synchronous_commit = off`);
    const error = await openDatabase({ url: db.url, log: quiet }).catch((error: unknown) => error);
    await db.query(`alter database ${name} reset synchronous_commit`);
    expect(codeOf(error)).to.equal('database.unsafe');
    expect(String(error)).to.contain('synchronous_commit');
  });

  it('is described by host, port and name', () => {
    expect(describeUrl('postgres://u:p@db.example/main')).to.equal('db.example:5432/main');
  });
});
