import { migrations } from '@maestro/migrations';
import { Migrator } from '@mikro-orm/migrations';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { MaestroError } from '../errors.js';
import { entities } from './entities/index.js';

/** What the store says to the log. */
export interface StoreLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

export interface Rows<Row> {
  rows: Row[];
  /** Rows given or changed. */
  rowCount: number;
}

/** Something that takes SQL with `$1` parameters: the pool, or one transaction of it. */
export interface Sql {
  /** Timestamps come as Date, bigint as number, numeric as string, bytea as Buffer, jsonb parsed. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    params?: readonly unknown[],
  ): Promise<Rows<Row>>;
}

/** The PostgreSQL behind a Maestro: the ORM for rows as objects, `query` for statements whose row count matters. */
export class Database implements Sql {
  constructor(
    readonly orm: MikroORM,
    readonly url: string,
    private readonly pool: pg.Pool,
    private readonly log: StoreLog,
  ) {}

  /** An entity manager of its own: one per request or turn, never shared. */
  em(): EntityManager {
    return this.orm.em.fork();
  }

  query<Row extends pg.QueryResultRow>(text: string, params: readonly unknown[] = []): Promise<Rows<Row>> {
    return run<Row>(this.pool, text, params);
  }

  /** Commits when `work` resolves, rolls back when it rejects. */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      // Sent together with the first statement of `work`; should it fail, so does whatever comes after it.
      const begun = client.query('begin');
      const [result] = await Promise.all([work({ query: (text, params = []) => run(client, text, params) }), begun]);
      await client.query('commit');
      return result;
    } catch (error) {
      // A rollback that fails tells only that the connection is gone; the first error says why.
      await client.query('rollback').catch((cause: Error) => {
        broken = cause;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** A connection of its own, for LISTEN and for locks that live as long as a session. The caller ends it. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis, keepAlive: true });
    client.on('error', (cause) => this.log.warn('a database connection broke', { cause }));
    await client.connect();
    return client;
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.query('select 1');
  }

  async close(): Promise<void> {
    await this.orm.close(true);
    // The ORM ends the pool only if it has sent a statement of its own.
    if (!this.pool.ending) await this.pool.end();
  }
}

// Long enough for any statement of ours, short enough that a stuck one is noticed.
const connectionTimeoutMillis = 5_000;
const timeouts = { connectionTimeoutMillis, statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 };

/**
 * Connects and checks that the server keeps what it acknowledges.
 *
 * @throws MaestroError `database.unreachable`, `database.too_old` (before 13), `database.unsafe` (`fsync` or
 *   `synchronous_commit` is off)
 *
 * A transaction pooler in between is no use: locks and LISTEN need a session. pgbouncer refuses our start-up
 * parameters by itself.
 */
export async function openDatabase(options: { url: string; log: StoreLog; poolSize?: number }): Promise<Database> {
  const { url, log, poolSize = 10 } = options;
  const where = describeUrl(url);
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [...entities],
    ensureDatabase: false,
    // Statements sent without waiting for each other share a round trip; EventLog.commit lives on it.
    driverOptions: { ...timeouts, pipeline: true, max: poolSize, application_name: 'maestro', keepAlive: true },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
    // Functions are made by the migrations alone.
    schemaGenerator: { ignoreRoutines: true },
    logger: (message) => log.warn(message),
    colors: false,
    debug: false,
  });
  const pool = (await orm.em.getConnection().getNativeClient()) as pg.Pool;
  const database = new Database(orm, url, pool, log);
  try {
    await check(database, where);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function check(database: Database, where: string): Promise<void> {
  const settings = await reach(where, () =>
    database.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in ('server_version_num', 'fsync', 'synchronous_commit')`,
    ),
  );
  const value = Object.fromEntries(settings.rows.map((row) => [row.name, row.setting]));
  if (Number(value.server_version_num) < 130_000) {
    throw new MaestroError('database.too_old', `PostgreSQL at ${where} is older than 13; use 13 or newer`);
  }
  for (const name of ['fsync', 'synchronous_commit'] as const) {
    if (value[name] !== 'off') continue;
    const message = `PostgreSQL at ${where} runs with ${name} = off and may lose what it acknowledged; turn it on`;
    throw new MaestroError('database.unsafe', message);
  }
}

async function reach<T>(where: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const message = `cannot use PostgreSQL at ${where}: ${reason(cause)}. Check that it runs, and database.url`;
    throw new MaestroError('database.unreachable', message, { cause });
  }
}

/** Host, port and name: what one may say about a database, without the password. */
export function describeUrl(url: string): string {
  if (!URL.canParse(url)) {
    throw new MaestroError(
      'database.unreachable',
      'database.url is no URL; write it as postgres://user:password@host:5432/name',
    );
  }
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || '5432'}${pathname}`;
}

/** Connecting to several addresses fails with an empty message around one error for each. */
function reason(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}

const bigint = 20;
const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === bigint ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

async function run<Row extends pg.QueryResultRow>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  params: readonly unknown[],
): Promise<Rows<Row>> {
  const name = params.length > 0 ? nameOf(text) : undefined;
  const { rows, rowCount } = await on.query<Row>({ name, text, values: [...params], types });
  return { rows, rowCount: rowCount ?? 0 };
}

// Planning costs more than running for most of our statements: a named one is planned once for each connection.
const names = new Map<string, string>();
const mostNames = 500;

/** Undefined once there are many: someone builds texts that never come again, and the server would keep them all. */
function nameOf(text: string): string | undefined {
  if (!names.has(text) && names.size < mostNames) names.set(text, `maestro_${names.size}`);
  return names.get(text);
}
