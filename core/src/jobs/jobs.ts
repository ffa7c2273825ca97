import type { Agenda, Job } from 'agenda';
import type pg from 'pg';
import type { Logger } from '../log.js';

/** Work that is done again and again on one of the servers of a database. */
export interface CoreJob {
  /** Stands in the database: lower case, with a dot. */
  name: string;
  everyMs: number;
  /** Not at once after a start, but when its time has come. */
  waitsFirst?: boolean;
  /** Safe to run twice, at the same time as elsewhere, and late. What it throws is logged and tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export interface JobsOptions {
  url: string;
  log: Logger;
  /** How long after `start` the first look is taken; starting is not to wait for jobs. */
  delayMs?: number;
  /** How long a job is its runner's without a sign of life; somebody else takes it then. */
  lockMs?: number;
}

export type JobsState = 'ok' | 'starting' | 'down' | 'off';

// As a number: "250 milliseconds" would be read as minutes. Repeats are looked at no more often than this.
const lookEveryMs = 5_000;
const usualLockMs = 60_000;
const startAgainMs = 30_000;
const tries = { delay: lookEveryMs, factor: 2, maxRetries: 5 };
const poolSize = 4;

/** The jobs of the core, on the application's own database, with connections of their own. Plugins have no door here. */
export class Jobs {
  readonly #jobs = new Map<string, CoreJob>();
  readonly #closing = new AbortController();
  #state: JobsState = 'off';
  #timer: NodeJS.Timeout | undefined;
  #opening: Promise<void> | undefined;
  #agenda: Agenda | undefined;
  #pool: pg.Pool | undefined;

  constructor(private readonly options: JobsOptions) {}

  get state(): JobsState {
    return this.#state;
  }

  /** Before `start`. */
  add(job: CoreJob): void {
    this.#jobs.set(job.name, job);
  }

  /** Begins to look for jobs after a while; loading what that takes costs the start nothing. */
  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#state = 'starting';
    this.#later(this.options.delayMs ?? 1_000);
  }

  /** Takes no more jobs and waits for the running ones, which are told to come to an end. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#opening;
    await this.#let();
    this.#state = 'off';
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#opening = this.#open().catch(async (cause: unknown) => {
        this.#state = 'down';
        this.options.log.warn('jobs do not run yet; it is tried again', { cause });
        await this.#let();
        if (!this.#closing.signal.aborted) this.#later(startAgainMs);
      });
    }, ms).unref();
  }

  async #open(): Promise<void> {
    const { log, lockMs = usualLockMs } = this.options;
    const [{ Agenda, backoffStrategies }, { PostgresBackend }, { default: postgres }] = await Promise.all([
      import('agenda'),
      import('@agendajs/postgres-backend'),
      import('pg'),
    ]);
    if (this.#closing.signal.aborted) return;
    const pool = this.#openPool(postgres);
    const backend = new PostgresBackend({ pool });
    // It listens to itself as well, and an error of it without a listener would end the process.
    backend.notificationChannel?.on('error', (cause) => log.warn('the jobs hear nothing for a moment', { cause }));
    await makeTables(pool, backend);
    const agenda = new Agenda({
      // Agenda connects by itself and leaves a failure unhandled: by now there is nothing left to fail.
      backend: Object.assign(backend, { connect: async () => undefined }),
      processEvery: lookEveryMs,
      defaultLockLifetime: lockMs,
      defaultConcurrency: 1,
      defaultLockLimit: 1,
      removeOnComplete: true,
    });
    this.#agenda = agenda;
    agenda.on('error', (cause) => log.warn('the jobs met an error', { cause }));
    const backoff = backoffStrategies.exponential(tries);
    for (const job of this.#jobs.values()) agenda.define(job.name, (running) => this.#run(job, running), { backoff });
    await agenda.ready;
    await agenda.start();
    for (const { name, everyMs, waitsFirst = false } of this.#jobs.values())
      await agenda.every(everyMs, name, undefined, { skipImmediate: waitsFirst });
    this.#state = 'ok';
  }

  #openPool(postgres: typeof pg): pg.Pool {
    const { url, log } = this.options;
    const pool = new postgres.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      application_name: 'maestro jobs',
    });
    const broke = (cause: Error) => log.warn('a database connection of the jobs broke', { cause });
    // Idle connections report to the pool, the one that listens to itself; without a listener either ends the process.
    pool.on('error', broke).on('connect', (client) => client.on('error', broke));
    this.#pool = pool;
    return pool;
  }

  async #run({ name, run }: CoreJob, running: Job<unknown>): Promise<void> {
    const { log, lockMs = usualLockMs } = this.options;
    const alive = setInterval(() => void running.touch().catch(() => undefined), lockMs / 3).unref();
    try {
      await run(this.#closing.signal);
    } catch (cause) {
      log.warn(`the job ${name} failed`, { cause });
      throw cause;
    } finally {
      clearInterval(alive);
    }
  }

  async #let(): Promise<void> {
    const [agenda, pool] = [this.#agenda, this.#pool];
    this.#agenda = undefined;
    this.#pool = undefined;
    await agenda?.drain({ timeout: 10_000 }).catch(() => undefined);
    await agenda?.stop(false).catch(() => undefined);
    await pool?.end().catch(() => undefined);
  }
}

const tablesLock = 0x6d61_6503;

/** Two servers that start at once would both make the tables, and one of them fail. */
async function makeTables(pool: pg.Pool, backend: { connect(): Promise<void> }): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [tablesLock]);
    await backend.connect();
  } finally {
    // Its lock ends with it.
    client.release(true);
  }
}
