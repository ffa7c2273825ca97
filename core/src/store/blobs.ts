import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { MaestroError } from '../errors.js';
import type { Sql } from './database.js';

const pack = promisify(deflate);
const unpack = promisify(inflate);

/** Bytes by their SHA-256: kept once, however often they are put. */
export class Blobs {
  /** @param sql the database, or a transaction the bytes belong to */
  constructor(private readonly sql: Sql) {}

  /** @returns the SHA-256, in hex */
  async put(bytes: Buffer): Promise<string> {
    const sha256 = digestOf(bytes);
    // Put once more is as good as new: whoever did so is about to name it.
    const { rowCount } = await this.sql.query('update blobs set created_at = now() where sha256 = $1', [sha256]);
    if (rowCount) return sha256;
    await this.sql.query(
      `insert into blobs (sha256, bytes, z) values ($1, $2, $3) on conflict (sha256) do update set created_at = now()`,
      [sha256, bytes.length, await pack(bytes)],
    );
    return sha256;
  }

  /**
   * @returns null when there are none of this name
   * @throws MaestroError `blob.corrupt` when they are not what was put
   */
  async get(sha256: string): Promise<Buffer | null> {
    const { rows } = await this.sql.query<{ bytes: number; z: Buffer }>(
      'select bytes, z from blobs where sha256 = $1',
      [sha256],
    );
    const [row] = rows;
    if (!row) return null;
    // A limit as well: damaged data must not unpack to more than it was.
    const bytes = await unpack(row.z, { maxOutputLength: Math.max(row.bytes, 1) }).catch((cause: unknown) => {
      throw corrupt(sha256, cause);
    });
    if (digestOf(bytes) !== sha256) throw corrupt(sha256);
    return bytes;
  }

  /** @throws MaestroError `blob.unknown`, `blob.corrupt` */
  async open(sha256: string): Promise<Buffer> {
    const bytes = await this.get(sha256);
    if (bytes) return bytes;
    throw unknown(sha256);
  }
}

function unknown(sha256: string): MaestroError {
  const message = `the bytes ${sha256} of an image or file are not stored here; put them there first`;
  return new MaestroError('blob.unknown', message);
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

function corrupt(sha256: string, cause?: unknown): MaestroError {
  return new MaestroError('blob.corrupt', `the stored bytes ${sha256} are damaged; restore them from a backup`, {
    cause,
  });
}
