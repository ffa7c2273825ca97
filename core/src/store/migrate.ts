import { migrations } from '@maestro/migrations';
import type { Transaction } from '@mikro-orm/core';
import { MaestroError } from '../errors.js';
import { type Database, describeUrl } from './database.js';

export interface MigrationStatus {
  applied: string[];
  pending: string[];
  /** Applied by a newer version of The Maestro. */
  unknown: string[];
}

/** What a database has had, without changing anything in it. */
export async function migrationStatus(db: Database): Promise<MigrationStatus> {
  const known = migrations.map((migration) => migration.name);
  const table = await db.query<{ found: string | null }>(`select to_regclass('mikro_orm_migrations')::text as found`);
  const rows = table.rows[0]?.found
    ? (await db.query<{ name: string }>('select name from mikro_orm_migrations order by id')).rows
    : [];
  const applied = rows.map((row) => row.name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/**
 * Brings the database to the newest version, all or nothing. Of several processes one works and the
 * others wait for it; one that is killed leaves the database as it was.
 *
 * @returns names of the migrations applied
 * @throws MaestroError `database.newer` if a newer Maestro wrote it, `database.migrating` when another
 *   process did not finish within `waitSeconds` (60)
 */
export async function migrate(db: Database, options: { waitSeconds?: number } = {}): Promise<string[]> {
  return alone(db, options.waitSeconds ?? 60, async () => {
    const { pending, unknown } = await migrationStatus(db);
    if (unknown.length) {
      const message = `the database at ${describeUrl(db.url)} was written by a newer version (${unknown.join(', ')}); update The Maestro, or restore a backup`;
      throw new MaestroError('database.newer', message);
    }
    if (pending.length) await inTransaction(db, (transaction) => db.orm.migrator.up({ transaction }));
    return pending;
  });
}

/** Takes back the newest migration, or all down to and without `to`. */
export async function migrateDown(db: Database, to?: string | 0): Promise<void> {
  await alone(db, 60, () =>
    inTransaction(db, (transaction) => db.orm.migrator.down({ transaction, ...(to === undefined ? {} : { to }) })),
  );
}

const migrationLock = 0x6d61_6501;

async function alone<T>(db: Database, waitSeconds: number, work: () => Promise<T>): Promise<T> {
  const client = await db.connect();
  try {
    await client.query(`set lock_timeout = '${waitSeconds}s'`);
    await client.query('select pg_advisory_lock($1)', [migrationLock]).catch((cause: Error) => {
      throw new MaestroError(
        'database.migrating',
        `another process has been migrating this database for ${waitSeconds} s; wait, or end it`,
        { cause },
      );
    });
    return await work();
  } finally {
    await client.end();
  }
}

async function inTransaction(db: Database, work: (transaction: Transaction) => Promise<unknown>): Promise<void> {
  await db.em().transactional(async (em) => {
    // Moving much data may take longer than any statement of a running server.
    await em.execute('set local statement_timeout = 0');
    await work(em.getTransactionContext());
  });
}
