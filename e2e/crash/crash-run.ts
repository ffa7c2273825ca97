import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import pg from 'pg';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import type { Random } from '../support/random.js';
import { until } from '../support/until.js';
import { Person } from './person.js';
import { verdict } from './verdict.js';
import { Clients, crashScript, gated, helper, unblock } from './workload.js';

export interface CrashOptions {
  random: Random;
  kills: number;
  conversations: number;
  /** Address of an empty, migrated or not, database of its own. */
  databaseUrl: string;
  /** Flags of node that make the server a mutant. */
  nodeArgs?: string[];
  env?: Record<string, string>;
  /** How long turns may take to end after the last start. */
  patienceMs?: number;
}

export interface CrashReport {
  breaches: string[];
  kills: KillStates;
  acknowledged: number;
  posts: number;
  calls: number;
  effects: number;
  unknown: number;
  /** What the harness itself met, such as a server that does not start any more. */
  failure: string | null;
}

/** How many kills met what. */
interface KillStates {
  total: number;
  withDraft: number;
  withStartedTool: number;
  /** An agent at work for a call. */
  withAgent: number;
  /** Something that waits for a person. */
  withRequest: number;
  inRecovery: number;
}

/** What kills should meet. */
const aims = ['withDraft', 'withStartedTool', 'withAgent', 'withRequest'] as const;
type Aim = (typeof aims)[number];

/** Kills the real server at random moments while people write, and looks at what is left. */
export class CrashRun {
  readonly #states: KillStates = {
    total: 0,
    withDraft: 0,
    withStartedTool: 0,
    withAgent: 0,
    withRequest: 0,
    inRecovery: 0,
  };
  readonly #openAtKill = new Set<string>();
  #server: MaestroProcess | undefined;
  #home = '';
  #folder = '';

  constructor(private readonly options: CrashOptions) {}

  async run(): Promise<CrashReport> {
    const { random, databaseUrl, conversations } = this.options;
    const sim = await startProviderSim({ seed: String(random.seed), script: crashScript });
    this.#folder = await mkdtemp(path.join(tmpdir(), 'maestro-crash-'));
    const witness = path.join(this.#folder, 'witness');
    await writeFile(witness, '');
    this.#home = await makeHome(this.#config(sim, witness));
    const db = new pg.Client({ connectionString: databaseUrl });
    db.on('error', (error) => console.log(`      the database connection: ${error.message}`));
    await db.connect();
    const clients = new Clients(() => this.#running(), random.seed);
    const person = new Person(() => this.#running(), random.seed);
    let failure: string | null = null;
    try {
      this.#server = await this.#start();
      const sessions = await this.#sessions(conversations);
      clients.start(sessions);
      person.start();
      while (this.#states.total < this.options.kills) await this.#crash(db);
      await clients.finish();
      await this.#settle(db, sessions);
    } catch (error) {
      failure = (error as Error).message;
      await clients.finish().catch((late: Error) => (failure = `${failure}; ${late.message}`));
    }
    await person.finish();
    const judged = await this.#judge({ db, sim, witness, clients, person });
    await this.#clear(db, sim);
    return { ...judged, kills: this.#states, acknowledged: clients.acknowledged.length, posts: clients.posts, failure };
  }

  #config(sim: ProviderSim, witness: string): string {
    return [
      'plugins:',
      '  "@maestro/provider-anthropic":',
      `    baseUrl: ${sim.url}`,
      '  "@maestro/witness":',
      `    record: ${witness}`,
      '',
    ].join('\n');
  }

  #running(): MaestroProcess {
    if (!this.#server) throw new Error('the server never started');
    return this.#server;
  }

  #launch(): MaestroProcess {
    const env = {
      MAESTRO_DATABASE_URL: this.options.databaseUrl,
      ANTHROPIC_API_KEY: 'sk-ant-crash',
      ...this.options.env,
    };
    return MaestroProcess.launch({ home: this.#home, env, nodeArgs: this.options.nodeArgs ?? [] });
  }

  async #start(): Promise<MaestroProcess> {
    const server = this.#launch();
    await server.ready();
    return server;
  }

  async #sessions(count: number): Promise<string[]> {
    await this.#running().must('POST', '/templates', helper);
    await this.#running().must('POST', '/approval-rules', { ...gated, decision: 'ask' });
    const body = { provider: 'anthropic', model: 'claude-sonnet-5', working_directory: this.#folder };
    const created = await Promise.all(
      Array.from({ length: count }, () => this.#running().must<Session>('POST', '/sessions', body)),
    );
    return created.map(({ session_id }) => session_id);
  }

  /** Lets it run for a while, kills it, notes what it was doing, starts it again; now and then kills it while it recovers. */
  async #crash(db: pg.Client): Promise<void> {
    const { random } = this.options;
    await delay(random.between(250, 1500));
    if (random.next() < 0.6) await this.#untilRare(db);
    await this.#running().kill();
    await this.#note(db, false);
    while (this.#states.total < this.options.kills && random.next() < 0.3) {
      const again = this.#launch();
      const live = await this.#live(db);
      await this.#untilClaimed(db, again);
      await delay(random.between(0, 10));
      await again.kill();
      await this.#note(db, live > 0 && !/is ready/.test(again.output));
    }
    this.#server = await this.#start();
  }

  /** Until the new process has taken a conversation over: from here on it recovers. */
  async #untilClaimed(db: pg.Client, server: MaestroProcess): Promise<void> {
    await until(
      'the new process to claim a conversation',
      async () => {
        if (server.child.exitCode !== null) throw new Error(`it ended by itself:\n${server.output}`);
        const claimed = await db.query(
          'select 1 from conversations c join instances i on i.id = c.owner where i.pid = $1 limit 1',
          [server.child.pid],
        );
        return claimed.rowCount || /is ready/.test(server.output);
      },
      60_000,
    );
  }

  async #live(db: pg.Client): Promise<number> {
    return (await db.query(`select count(*)::int n from turns where state in ('queued', 'calling', 'tools')`)).rows[0]
      .n;
  }

  async #note(db: pg.Client, inRecovery: boolean): Promise<void> {
    const met = await this.#met(db);
    this.#states.total += 1;
    for (const state of aims) if (met[state] > 0) this.#states[state] += 1;
    if (inRecovery) this.#states.inRecovery += 1;
    const open = await db.query<{ id: string }>(`select id from approvals where state = 'open'`);
    for (const { id } of open.rows) this.#openAtKill.add(id);
    const words = aims.map((state) => `${state} ${met[state]}`).join(', ');
    const word = inRecovery ? ', recovering' : '';
    console.log(`      kill ${this.#states.total}: ${await this.#live(db)} live turns, ${words}${word}`);
  }

  /** Random moments alone meet too little on a busy machine: waits for a while for what was met least. */
  async #untilRare(db: pg.Client): Promise<void> {
    const rarest = [...aims].sort((a, b) => this.#states[a] - this.#states[b])[0]!;
    for (const end = Date.now() + 3_000; Date.now() < end; await delay(20)) {
      if ((await this.#met(db))[rarest] > 0) break;
    }
    await delay(this.options.random.between(0, 60));
  }

  /** How much of each there is. */
  async #met(db: pg.Client): Promise<Record<Aim, number>> {
    const { rows } = await db.query<Record<Aim, number>>(
      `select (select count(*)::int from drafts) as "withDraft",
         (select count(*)::int from tool_calls where state = 'started' and name like 'witness%') as "withStartedTool",
         (select count(*)::int from tool_calls t join turns c on c.conversation_id = t.child_conversation_id
            where t.state = 'started' and c.state in ('queued', 'calling', 'tools')) as "withAgent",
         (select count(*)::int from approvals where state = 'open') as "withRequest"`,
    );
    return rows[0]!;
  }

  /** After the last start everything must come to an end by itself, or by a person's "go on". */
  async #settle(db: pg.Client, sessions: readonly string[]): Promise<void> {
    await until(
      'every turn to end and every waiting message to be answered',
      async () => {
        for (const sessionId of sessions) await unblock(this.#running(), sessionId);
        const waiting = (await db.query('select count(*)::int n from queued_messages')).rows[0].n;
        const blocked = (
          await db.query(`select count(*)::int n from sessions where depth = 0 and status in ('interrupted', 'error')`)
        ).rows[0].n;
        return (await this.#live(db)) + waiting + blocked === 0;
      },
      this.options.patienceMs ?? 60_000,
    );
  }

  async #judge(parts: { db: pg.Client; sim: ProviderSim; witness: string; clients: Clients; person: Person }) {
    try {
      const { clients, ...rest } = parts;
      const { acknowledged } = clients;
      return await verdict({ ...rest, server: this.#running(), acknowledged, openAtKill: this.#openAtKill });
    } catch (error) {
      return { breaches: [`no verdict: ${(error as Error).message}`], calls: 0, effects: 0, unknown: 0 };
    }
  }

  async #clear(db: pg.Client, sim: ProviderSim): Promise<void> {
    const code = (await this.#server?.stop()) ?? 0;
    await this.#keepLog();
    await db.end();
    await sim.close();
    await dropHome(this.#home);
    await rm(this.#folder, { recursive: true, force: true });
    if (code !== 0) console.log(`      the server ended with ${code}:\n${this.#server?.output}`);
  }

  /** The server's log goes where MAESTRO_CRASH_LOG says, to look into a run that failed. */
  async #keepLog(): Promise<void> {
    const kept = process.env.MAESTRO_CRASH_LOG;
    if (kept)
      await copyFile(path.join(this.#home, 'logs', 'maestro.log'), kept).catch((error: Error) =>
        console.log(`      no log: ${error.message}`),
      );
  }
}
