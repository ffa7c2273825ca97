import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { Database } from './database.js';

export type TokenKind = 'machine' | 'browser' | 'api';

export interface TokenOwner {
  id: string;
  name: string;
  kind: TokenKind;
}

export interface TokenResource extends TokenOwner {
  created_at: string;
  last_used_at: string;
}

interface Row extends TokenOwner {
  digest: Buffer;
  created_at: Date;
  last_used_at: Date;
}

const idleMs = 12 * 60 * 60 * 1000;
/** How exactly `last_used_at` is kept: a write for every request would be too many. */
const graceMs = 60_000;

/** Who may speak to this server. A token is shown once, at its creation; kept is its SHA-256. */
export class Tokens {
  readonly #listeners = new Set<(id: string) => void>();

  constructor(
    private readonly db: Database,
    private readonly now: () => Date = () => new Date(),
  ) {}

  async create(name: string, kind: TokenKind): Promise<{ id: string; token: string }> {
    const id = randomUUID();
    const token = `mst_${randomBytes(32).toString('base64url')}`;
    await this.db.query(
      'insert into api_tokens (id, name, kind, digest, created_at, last_used_at) values ($1, $2, $3, $4, $5, $5)',
      [id, name, kind, digestOf(token), this.now()],
    );
    return { id, token };
  }

  /** Whose token this is; null for one that is unknown, revoked, or a browser's not used for 12 hours. */
  async check(token: string): Promise<TokenOwner | null> {
    const digest = digestOf(token);
    const { rows } = await this.db.query<Row>(
      'select id, name, kind, digest, last_used_at from api_tokens where digest = $1 and revoked_at is null',
      [digest],
    );
    const [row] = rows;
    if (!row || !timingSafeEqual(row.digest, digest) || this.#isIdle(row)) return null;
    if (this.now().getTime() - row.last_used_at.getTime() > graceMs) {
      await this.db.query('update api_tokens set last_used_at = $2 where id = $1', [row.id, this.now()]);
    }
    return { id: row.id, name: row.name, kind: row.kind };
  }

  /** Counts what is open under these tokens as their use. Gives the ids that `check` would not accept any more. */
  async keep(ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.db.query<Row>(
      'select id, kind, last_used_at from api_tokens where id = any($1::uuid[]) and revoked_at is null',
      [ids],
    );
    const valid = rows.filter((row) => !this.#isIdle(row)).map(({ id }) => id);
    const now = this.now();
    await this.db.query('update api_tokens set last_used_at = $2 where id = any($1::uuid[]) and last_used_at < $3', [
      valid,
      now,
      new Date(now.getTime() - graceMs),
    ]);
    return ids.filter((id) => !valid.includes(id));
  }

  /** @throws MaestroError `token.unknown` */
  async revoke(id: string): Promise<void> {
    const { rowCount } = await this.db.query(
      'update api_tokens set revoked_at = $2 where id::text = $1 and revoked_at is null',
      [id, this.now()],
    );
    if (rowCount !== 1) throw new MaestroError('token.unknown', `there is no token ${id} to revoke`);
    for (const listener of [...this.#listeners]) listener(id);
  }

  /** Those that `check` would accept, oldest first. */
  async list(): Promise<TokenResource[]> {
    const { rows } = await this.db.query<Row>(
      'select id, name, kind, created_at, last_used_at from api_tokens where revoked_at is null order by created_at, id',
    );
    return rows
      .filter((row) => !this.#isIdle(row))
      .map(({ id, name, kind, created_at, last_used_at }) => ({
        id,
        name,
        kind,
        created_at: created_at.toISOString(),
        last_used_at: last_used_at.toISOString(),
      }));
  }

  /** Tells of each token revoked through this server, so that what it opened can be closed. `fn` must not throw. */
  onRevoked(fn: (id: string) => void): Dispose {
    this.#listeners.add(fn);
    return () => {
      this.#listeners.delete(fn);
    };
  }

  #isIdle({ kind, last_used_at }: Row): boolean {
    return kind === 'browser' && this.now().getTime() - last_used_at.getTime() >= idleMs;
  }
}

const digestOf = (token: string) => createHash('sha256').update(token).digest();
