import { MaestroError } from '../errors.js';
import type { KeyStatusResource } from '../protocol/resources.js';
import type { Database, Sql } from './database.js';
import { type Envelope, rewrap, seal, unseal } from './envelope.js';
import { type KeyFile, parseKeyFile, writtenKeyFile } from './key-file.js';
import { leaveMark, type MasterKey, newKey, unwritable } from './master-key.js';
import { readPrivate, replacePrivate } from './private-file.js';
import { opensValue, type SealedColumn, type SealedValue, sealedColumns, selectSealed } from './sealed-columns.js';

const rotationLock = 0x6d61_6504;
const batchRows = 100;

/**
 * Changing the master key while everything goes on. The new key is in the file before anything is sealed with it, and
 * the old one stays there until it is dropped by a command of its own: killed at any moment, every row opens.
 */
export class KeyRotation {
  constructor(
    private readonly db: Database,
    private readonly key: MasterKey,
  ) {}

  async status(): Promise<KeyStatusResource> {
    const { path } = this.key;
    const file = path === null ? null : await this.#read(path);
    const values = await this.#all();
    const held = file?.keys ?? [{ kid: this.key.current, created: '' }];
    return {
      current: this.key.current,
      source: path === null ? 'environment' : 'file',
      keys: held.map(({ kid, created }) => ({
        kid,
        created_at: created || null,
        credentials: values.filter(({ envelope }) => envelope.kid === kid).length,
      })),
      unreadable: [...new Set(values.filter((value) => !opensValue(this.key, value)).map(({ rowId }) => rowId))],
    };
  }

  /**
   * Seals everything with a new key. One that was begun and not finished is finished instead, so that there are never
   * more than two.
   *
   * @param options.full new data keys as well
   * @throws MaestroError `key.unrotatable`, `key.unwritable`
   */
  rotate({ full }: { full: boolean }): Promise<KeyStatusResource> {
    return this.#alone(async (path) => {
      const file = await this.#read(path);
      if (file.keys.length === 1) await this.#addKey(path, file);
      await leaveMark(this.db, this.key);
      while (await this.#resealAll(full)) {
        // What came in meanwhile was sealed by somebody who had not read the file yet.
      }
      return this.status();
    });
  }

  /** Forgets the keys that seal nothing any more. @throws MaestroError `key.unrotatable` while one still does */
  dropOld(): Promise<KeyStatusResource> {
    return this.#alone(async (path) => {
      const file = await this.#read(path);
      const old = (await this.#all()).filter(({ envelope }) => envelope.kid !== file.current);
      const needed = old.filter((value) => opensValue(this.key, value)).length;
      if (needed > 0) {
        const message = `${needed} credential(s) are still sealed with an old key; run maestro keys rotate first`;
        throw new MaestroError('key.unrotatable', message);
      }
      // Its mark goes first: a mark without its key would stop the next start.
      await this.db.query('delete from key_check where kid <> $1', [file.current]);
      const keys = file.keys.filter(({ kid }) => kid === file.current);
      await this.#write(path, { ...file, keys });
      return this.status();
    });
  }

  /** Two writes: whoever meets a row under the new key can already read it. */
  async #addKey(path: string, file: KeyFile): Promise<void> {
    const numbers = file.keys.map(({ kid }) => Number(/^k(\d+)$/.exec(kid)?.[1] ?? 0));
    const added = newKey(`k${Math.max(...numbers) + 1}`);
    const both = { ...file, keys: [...file.keys, added] };
    await this.#write(path, both);
    await this.#write(path, { ...both, current: added.kid });
  }

  /** Everything that is sealed. */
  async #all(): Promise<SealedValue[]> {
    const found = await Promise.all(sealedColumns.map((column) => this.db.query<SealedValue>(selectSealed(column))));
    return found.flatMap(({ rows }) => rows);
  }

  /** @returns whether there was something to do */
  async #resealAll(full: boolean): Promise<boolean> {
    let done = 0;
    for (const column of sealedColumns) done += await this.#resealColumn(column, full);
    return done > 0;
  }

  async #resealColumn(column: SealedColumn, full: boolean): Promise<number> {
    let done = 0;
    for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
      const batch = await this.db.transaction((sql) => this.#resealBatch(sql, column, { after, full }));
      done += batch.done;
      if (batch.last === undefined) return done;
      after = batch.last;
    }
  }

  async #resealBatch(
    sql: Sql,
    column: SealedColumn,
    { after, full }: { after: string; full: boolean },
  ): Promise<{ done: number; last: string | undefined }> {
    const { rows } = await sql.query<SealedValue>(
      `${selectSealed(column)} and ${column.column}->>'kid' <> $1 and id > $2::uuid order by id limit $3 for update`,
      [this.key.current, after, batchRows],
    );
    const sealed = rows.flatMap((value) => {
      const envelope = this.#reseal(value, full);
      return envelope ? [{ id: value.rowId, envelope: JSON.stringify(envelope) }] : [];
    });
    await sql.query(
      `update ${column.table} row set ${column.column} = new.envelope
        from unnest($1::uuid[], $2::jsonb[]) as new (id, envelope) where row.id = new.id`,
      [sealed.map(({ id }) => id), sealed.map(({ envelope }) => envelope)],
    );
    return { done: sealed.length, last: rows.at(-1)?.rowId };
  }

  /** Null for one that does not open: it stays as it is, and is listed. */
  #reseal(value: SealedValue, full: boolean): Envelope | null {
    if (!opensValue(this.key, value)) return null;
    const envelope = full
      ? seal(this.key, value, unseal(this.key, value, value.envelope))
      : rewrap(this.key, value, value.envelope);
    // Proved before it takes the place of one that opens.
    unseal(this.key, value, envelope);
    return envelope;
  }

  async #read(path: string): Promise<KeyFile> {
    return parseKeyFile((await readPrivate(path)) ?? '', path);
  }

  async #write(path: string, file: KeyFile): Promise<void> {
    await replacePrivate(path, writtenKeyFile(file)).catch((cause: unknown) => {
      throw unwritable(path, cause);
    });
  }

  /** One rotation at a time, over all processes. */
  async #alone<T>(act: (path: string) => Promise<T>): Promise<T> {
    const { path } = this.key;
    if (path === null) {
      const message =
        'the master key comes from MAESTRO_MASTER_KEY; put it into a file (MAESTRO_MASTER_KEY_FILE) first';
      throw new MaestroError('key.unrotatable', message);
    }
    const connection = await this.db.connect();
    try {
      const { rows } = await connection.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [
        rotationLock,
      ]);
      if (!rows[0]?.free) throw new MaestroError('key.unrotatable', 'another rotation is running; wait for its end');
      return await act(path);
    } finally {
      // The lock goes with the connection.
      await connection.end();
    }
  }
}
