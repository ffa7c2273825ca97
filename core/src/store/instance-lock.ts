import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { MaestroError } from '../errors.js';
import type { Database } from './database.js';

export interface InstanceLock {
  release(): Promise<void>;
}

export interface InstanceLockOptions {
  /** Several servers together, which Redis keeps in step. Alone otherwise. */
  shared: boolean;
  /** Called once if the lock was lost with its connection and somebody else has taken it: this server must end. */
  onLost?: (error: MaestroError) => void;
}

const lockKey = 0x6d61_6502;
const tries = 15;
const betweenMs = 100;

/**
 * Holds the database for this server: alone, or together with others that also said `shared`.
 * It lives as long as its connection; if that breaks it is taken again.
 *
 * @throws MaestroError `server.second`, naming who holds it
 */
export async function takeInstanceLock(db: Database, options: InstanceLockOptions): Promise<InstanceLock> {
  let client = await acquire(db, options.shared);
  let released = false;
  const watch = () => {
    client.once('end', () => {
      if (!released) void regain();
    });
  };
  const regain = async () => {
    while (!released) {
      try {
        client = await acquire(db, options.shared);
        if (released) await client.end();
        else watch();
        return;
      } catch (error) {
        if (error instanceof MaestroError) return options.onLost?.(error);
        // The database is away; it may come back.
        await sleep(betweenMs, undefined, { ref: false });
      }
    }
  };
  watch();
  return {
    release: async () => {
      released = true;
      await client.end();
    },
  };
}

async function acquire(db: Database, shared: boolean): Promise<pg.Client> {
  const client = await db.connect();
  try {
    await introduce(client);
    // The connection of a server that was just killed takes a moment to go.
    for (let attempt = 1; !(await tryLock(client, shared)); attempt++) {
      if (attempt === tries) throw second(await holder(client));
      await sleep(betweenMs);
    }
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Says who we are where the next server can read it, and lets the database notice a machine that went away. */
async function introduce(client: pg.Client): Promise<void> {
  await client.query(`select set_config('application_name', $1, false)`, [`maestro ${process.pid} ${hostname()}`]);
  await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3');
}

async function tryLock(client: pg.Client, shared: boolean): Promise<boolean> {
  const call = shared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
  const { rows } = await client.query<{ taken: boolean }>(`select ${call}($1::bigint) as taken`, [lockKey]);
  return rows[0]?.taken === true;
}

async function holder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.objid = $1 and l.classid = 0 and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())`,
    [lockKey],
  );
  const [, pid, host] = /^maestro (\d+) (.+)$/.exec(rows[0]?.name ?? '') ?? [];
  return pid ? `process ${pid} on ${host}` : 'one that does not say who it is';
}

function second(who: string): MaestroError {
  const message = `another server (${who}) uses this database; stop it, or give both redis.url so that they can share`;
  return new MaestroError('server.second', message);
}
