import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { migrations } from '@maestro/migrations';
import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { type Database, openDatabase } from '../../src/store/database.js';
import { migrate, migrateDown, migrationStatus } from '../../src/store/migrate.js';
import { emptyTestDatabase, quiet, type TestDatabase } from '../../src/testing/database.js';

const all = migrations.map((migration) => migration.name);
const migratorPath = new URL('./migrator.js', import.meta.url).pathname;

describe('D1 migrations', () => {
  let place: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    place = await emptyTestDatabase();
    db = await openDatabase({ url: place.url, log: quiet, poolSize: 4 });
  });
  afterEach(async () => {
    await db.close();
    await place.drop();
  });

  /** Tables, columns, keys and indexes as the server tells them. */
  async function shape(): Promise<unknown[]> {
    const columns = await db.query(
      `select table_name, column_name, data_type, is_nullable, column_default, numeric_precision, numeric_scale
        from information_schema.columns where table_schema = 'public' order by 1, 2`,
    );
    const keys = await db.query(
      `select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace order by 1, 2`,
    );
    const indexes = await db.query(`select indexdef from pg_indexes where schemaname = 'public' order by 1`);
    return [...columns.rows, ...keys.rows, ...indexes.rows];
  }

  it('bring an empty database up, once', async () => {
    expect(await migrationStatus(db)).to.deep.equal({ applied: [], pending: all, unknown: [] });
    expect(await migrate(db)).to.deep.equal(all);
    expect(await migrate(db)).to.deep.equal([]);
    expect(await migrationStatus(db)).to.deep.equal({ applied: all, pending: [], unknown: [] });
  });

  it('go down to nothing and up again to the same', async () => {
    await migrate(db);
    const before = await shape();
    await migrateDown(db, 0);
    expect((await migrationStatus(db)).applied).to.deep.equal([]);
    const left = await db.query(`select tablename from pg_tables where schemaname = 'public'`);
    expect(left.rows).to.deep.equal([{ tablename: 'mikro_orm_migrations' }]);
    await migrate(db);
    expect(await shape()).to.deep.equal(before);
  });

  it('step down by one, the newest', async () => {
    await migrate(db);
    await migrateDown(db);
    expect((await migrationStatus(db)).pending).to.deep.equal(all.slice(-1));
  });

  it('refuse a database of a newer version and leave it as it is', async () => {
    await migrate(db);
    await db.query(`insert into mikro_orm_migrations (name) values ('9999-later')`);
    const error = await migrate(db).catch((error: unknown) => error);
    expect(error).to.be.instanceOf(MaestroError).with.property('code', 'database.newer');
    expect(String(error)).to.contain('9999-later');
    expect((await migrationStatus(db)).unknown).to.deep.equal(['9999-later']);
  });

  it('run in one of three processes that start at once', async () => {
    const others = [spawnMigrator(place.url), spawnMigrator(place.url), spawnMigrator(place.url)];
    const said = await Promise.all(others.map(output));
    expect(said.map((text) => text.trim()).sort()).to.deep.equal(['[]', '[]', JSON.stringify(all)].sort());
  });

  it('wait for another process only so long', async () => {
    const other = await db.connect();
    await other.query(`select pg_advisory_lock(${0x6d61_6501})`);
    const error = await migrate(db, { waitSeconds: 1 }).catch((error: unknown) => error);
    await other.end();
    expect(error).to.be.instanceOf(MaestroError).with.property('code', 'database.migrating');
    expect(await migrate(db)).to.deep.equal(all);
  });

  it('are whole or absent after a kill -9, and the next start completes them', async () => {
    for (let round = 0; round < 6; round++) {
      const migrator = spawnMigrator(place.url, `${round * 8}`);
      await output(migrator);
      const { applied } = await migrationStatus(db);
      expect(applied.join()).to.be.oneOf(['', all.join()]);
      await migrate(db);
      expect((await db.query('select 1 from sessions')).rowCount).to.equal(0);
      await migrateDown(db, 0);
    }
  });
});

/** A process that migrates; with `killAfterMs` it kills itself that long after it began. */
function spawnMigrator(url: string, killAfterMs = ''): ChildProcess {
  return spawn(process.execPath, ['--import', 'reflect-metadata', migratorPath, url, killAfterMs]);
}

async function output(child: ChildProcess): Promise<string> {
  const parts: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => parts.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => parts.push(chunk.toString()));
  await once(child, 'close');
  return parts.join('');
}
