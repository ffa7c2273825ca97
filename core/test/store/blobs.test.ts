import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Blobs } from '../../src/store/blobs.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

describe('blobs', () => {
  let db: Database & TestDatabase;
  let blobs: Blobs;
  before(async () => {
    db = await openTestDatabase();
    blobs = new Blobs(db);
  });
  after(() => db.drop());

  it('give back any bytes by their SHA-256', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (array) => {
        const bytes = Buffer.from(array);
        const name = await blobs.put(bytes);
        expect(name).to.equal(createHash('sha256').update(bytes).digest('hex'));
        expect((await blobs.get(name))?.equals(bytes)).to.equal(true);
      }),
      { numRuns: 40 },
    );
  });

  it('are kept once and small', async () => {
    const bytes = Buffer.alloc(1_000_000, 'maestro ');
    const name = await blobs.put(bytes);
    expect(await blobs.put(bytes)).to.equal(name);
    const { rows } = await db.query<{ bytes: number; stored: number }>(
      'select bytes, length(z) as stored from blobs where sha256 = $1',
      [name],
    );
    expect(rows).to.have.length(1);
    expect(rows[0]!.bytes).to.equal(1_000_000);
    expect(rows[0]!.stored).to.be.lessThan(10_000);
  });

  it('are null where there are none', async () => {
    expect(await blobs.get('0'.repeat(64))).to.equal(null);
  });

  it('belong to the transaction they are put in', async () => {
    const name = await db
      .transaction(async (sql) => {
        throw new Error(await new Blobs(sql).put(Buffer.from('undone')));
      })
      .catch((error: Error) => error.message);
    expect(name).to.have.length(64);
    expect(await blobs.get(name)).to.equal(null);
  });

  it('that were damaged are refused', async () => {
    const name = await blobs.put(Buffer.from('whole'));
    const other = await blobs.put(Buffer.from('other'));
    await db.query('update blobs set z = (select z from blobs where sha256 = $2) where sha256 = $1', [name, other]);
    expect(await codeOf(blobs.get(name))).to.equal('blob.corrupt');
    await db.query(`update blobs set z = '\\x00' where sha256 = $1`, [name]);
    expect(await codeOf(blobs.get(name))).to.equal('blob.corrupt');
    const big = await blobs.put(Buffer.alloc(5000));
    await db.query('update blobs set bytes = 10 where sha256 = $1', [big]);
    expect(await codeOf(blobs.get(big))).to.equal('blob.corrupt');
  });
});
