import type { CredentialFailure } from '../protocol/resources.js';
import { binding, type CredentialRow, sealSecrets } from './credential-row.js';
import type { Grant } from './credentials.js';
import type { Database, Sql } from './database.js';
import type { KeyRing } from './envelope.js';

/** A row that is ours alone until the work on it is done. */
export interface LockedRow {
  row: CredentialRow;
  /** Whose refresh is on its way, as `claim` gave it. */
  mark: string | null;
  /** The database's time, after the lock was had. */
  now: Date;
  renew(grant: Grant): Promise<CredentialRow>;
  fail(outcome: { failure: CredentialFailure; needsLogin: boolean; nextRefreshAt: Date | null }): Promise<void>;
}

/** A claim this young belongs to someone who is about to take the lock; an older one without a lock is left behind. */
const claimMs = 2_000;

/**
 * Refreshing tokens that are good for one refresh: nobody sends one but the holder of the row's lock whose claim
 * stands in the row. A claim is committed before anything is sent, so that one that is left behind tells of a crash.
 */
export class TokenRefreshes {
  constructor(
    private readonly db: Database,
    private readonly keys: KeyRing,
  ) {}

  /**
   * Null where somebody else has one, or the tokens are others by now, or a refresh failed since the row was `seen`:
   * whoever waited for that one is told of it and does not ask again at once.
   */
  async claim(
    seen: Pick<CredentialRow, 'id' | 'gen' | 'next_refresh_at'>,
  ): Promise<{ mark: string; leftBehind: boolean } | null> {
    const { rows } = await this.db.query<{ mark: string; left_behind: boolean }>(
      `update saved_authentications new set refresh_attempt_at = clock_timestamp()
        from (select id, refresh_attempt_at, failure, next_refresh_at
          from saved_authentications where id::text = $1 for update) old
        where new.id = old.id and new.gen = $2 and not new.needs_login
          and (old.refresh_attempt_at is null
            or old.refresh_attempt_at < clock_timestamp() - $3 * interval '1 millisecond')
          and (old.failure is null or old.next_refresh_at is null
            or date_trunc('milliseconds', old.next_refresh_at) is not distinct from $4::timestamptz)
        returning new.refresh_attempt_at::text as mark, old.refresh_attempt_at is not null as left_behind`,
      [seen.id, seen.gen, claimMs, seen.next_refresh_at],
    );
    const [row] = rows;
    return row ? { mark: row.mark, leftBehind: row.left_behind } : null;
  }

  /** Waits for the row, then works on it alone; undefined when it is gone. Commits whatever `work` did. */
  locked<T>(id: string, work: (locked: LockedRow) => Promise<T>): Promise<T | undefined> {
    return this.db.transaction(async (sql) => {
      const { rows } = await sql.query<CredentialRow & { mark: string | null }>(
        `select *, refresh_attempt_at::text as mark from saved_authentications where id::text = $1 for update`,
        [id],
      );
      const [row] = rows;
      if (!row) return undefined;
      // Of the moment after the wait, which the statement before would not tell.
      const time = await sql.query<{ now: Date }>('select clock_timestamp() as now');
      return work({
        row,
        mark: row.mark,
        now: time.rows[0]!.now,
        renew: async (grant) => (await this.#write(sql, row, grant)) ?? row,
        fail: (outcome) => this.#fail(sql, row, outcome),
      });
    });
  }

  /** The same as `renew` under the lock, for tokens whose commit failed: nobody else has them. */
  save(row: CredentialRow, grant: Grant): Promise<CredentialRow | undefined> {
    return this.#write(this.db, row, grant);
  }

  /** Sign-ins whose time has come. */
  async due(at: { skewMs: number; most: number }): Promise<CredentialRow[]> {
    const { rows } = await this.db.query<CredentialRow>(
      `select * from saved_authentications where auth_type = 'oauth' and not needs_login
          and next_refresh_at <= clock_timestamp() + $1 * interval '1 millisecond'
        order by next_refresh_at limit $2`,
      [at.skewMs, at.most],
    );
    return rows;
  }

  /** The time all servers share. */
  async now(): Promise<Date> {
    const { rows } = await this.db.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]!.now;
  }

  async #write(sql: Sql, row: CredentialRow, grant: Grant): Promise<CredentialRow | undefined> {
    const envelope = sealSecrets(this.keys, binding(row), grant.secrets);
    const { rows } = await sql.query<CredentialRow>(
      `update saved_authentications set credentials = $3, gen = gen + 1, expires_at = $4, next_refresh_at = $5,
          updated_at = $6, account = coalesce($7, account), refresh_attempt_at = null, failure = null
        where id = $1 and gen = $2 returning *`,
      [
        row.id,
        row.gen,
        JSON.stringify(envelope),
        grant.expiresAt ?? null,
        grant.nextRefreshAt ?? null,
        grant.issuedAt ?? new Date(),
        grant.account ?? null,
      ],
    );
    return rows[0];
  }

  async #fail(sql: Sql, row: CredentialRow, outcome: Parameters<LockedRow['fail']>[0]): Promise<void> {
    await sql.query(
      `update saved_authentications set failure = $2, needs_login = needs_login or $3, next_refresh_at = $4,
          refresh_attempt_at = null where id = $1`,
      [row.id, JSON.stringify(outcome.failure), outcome.needsLogin, outcome.nextRefreshAt],
    );
  }
}
