import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Database, StoreLog } from './database.js';

/** A conversation this server writes, and the epoch that proves it. */
export interface Claim {
  conversationId: string;
  epoch: number;
}

export interface Registration {
  host: string;
  pid: number;
  /** This server holds the database alone, so that every other one in the table is dead. */
  alone: boolean;
}

const beatMs = 2_000;
const silentSeconds = 10;
const free = `not exists (
  select 1 from instances i where i.id = c.owner and i.heartbeat_at > now() - make_interval(secs => ${silentSeconds}))`;

/**
 * The running servers, and which of them owns which conversation. An owner that is silent for ten seconds
 * has lost its conversations to whoever claims them; `epoch` goes up with every claim and fences the old one.
 */
export class Instances {
  #id: string | undefined;
  #registration: Registration | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: Database,
    private readonly log: StoreLog,
  ) {}

  /** @throws MaestroError `instance.unregistered` before `register` */
  get id(): string {
    if (!this.#id)
      throw new MaestroError('instance.unregistered', 'this server has not registered; call register first');
    return this.#id;
  }

  /** Enters this server and keeps its heart beating until `close`. */
  async register(registration: Registration): Promise<string> {
    this.#id = randomUUID();
    this.#registration = registration;
    if (registration.alone) await this.db.query('delete from instances');
    await this.beat();
    this.#beat = setInterval(() => {
      this.beat().catch((cause: unknown) => this.log.warn('the heartbeat of this server failed', { cause }));
    }, beatMs);
    this.#beat.unref();
    return this.#id;
  }

  /** Tells the others that this server lives. */
  async beat(): Promise<void> {
    const { host, pid } = this.#registration ?? { host: '', pid: 0 };
    await this.db.query(
      `insert into instances (id, host, pid) values ($1, $2, $3)
        on conflict (id) do update set heartbeat_at = now()`,
      [this.id, host, pid],
    );
  }

  /** Takes those of the given conversations, or of all, that nobody who lives owns. */
  async claim(conversationIds: readonly string[] | 'all'): Promise<Claim[]> {
    const wanted = conversationIds === 'all' ? null : conversationIds;
    const rows = await this.db.transaction(async (sql) => {
      // Locked in one order, so that two who claim do not wait for each other.
      const locked = await sql.query<{ id: string }>(
        `select id from conversations c where ($1::uuid[] is null or id = any ($1)) and ${free} order by id for update`,
        [wanted],
      );
      // Asked again now that they are ours to change: whoever held them meanwhile may have claimed them, and the
      // first statement still saw the servers of before.
      const claimed = await sql.query<{ id: string; epoch: number }>(
        `update conversations c set owner = $1, epoch = epoch + 1 where id = any ($2) and ${free} returning id, epoch`,
        [this.id, locked.rows.map((row) => row.id)],
      );
      return claimed.rows;
    });
    return rows.map(({ id, epoch }) => ({ conversationId: id, epoch }));
  }

  /** One conversation: as it is if already ours, claimed if free, null if another server lives and owns it or it is gone. */
  async own(conversationId: string): Promise<Claim | null> {
    const { rows } = await this.db.query<{ epoch: number }>(
      'select epoch from conversations where id = $1 and owner = $2',
      [conversationId, this.id],
    );
    const [owned] = rows;
    if (owned) return { conversationId, epoch: owned.epoch };
    const [claimed] = await this.claim([conversationId]);
    return claimed ?? null;
  }

  /** Who owns a conversation now, for a message; null when nobody does. */
  async ownerOf(conversationId: string): Promise<{ host: string; pid: number } | null> {
    const { rows } = await this.db.query<{ host: string; pid: number }>(
      'select i.host, i.pid from conversations c join instances i on i.id = c.owner where c.id = $1',
      [conversationId],
    );
    return rows[0] ?? null;
  }

  /** Lets go of everything, so that another server need not wait for silence. */
  async close(): Promise<void> {
    clearInterval(this.#beat);
    if (!this.#id) return;
    await this.db.query('update conversations set owner = null where owner = $1', [this.#id]);
    await this.db.query('delete from instances where id = $1', [this.#id]);
    this.#id = undefined;
  }
}
