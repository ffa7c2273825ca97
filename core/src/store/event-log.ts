import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import { type Logger, silentLog } from '../log.js';
import type { SessionEvent } from '../protocol/events.js';
import type { Prepared } from './apply-context.js';
import { applyWrites, prepare } from './apply-step.js';
import { complete, lookUp, nothingNamed, type StoredEvent } from './complete-events.js';
import type { Database, Sql } from './database.js';
import { type Draft, draftOf, type NewDraft, saveDraft } from './drafts.js';
import { EventFeed, type EventSubscriber } from './event-feed.js';
import { EventListener, type Hint, notify } from './event-listener.js';
import { Lanes } from './lanes.js';
import { Requests } from './requests.js';
import { storableJson } from './safe-json.js';
import type { Fence, Step, StepEvent } from './step.js';

export interface RemovedSession {
  session_id: string;
  conversation_id: string;
}

type MakesRows = (sql: Sql) => Promise<boolean>;

/** The only writer of conversations: what happened, numbered, and the rows it is about. */
export class EventLog {
  /** Tells our own hints from those of other processes. */
  readonly #id = randomUUID();
  readonly #requests: Requests;
  readonly #feed: EventFeed;
  readonly #lanes = new Lanes();
  readonly #removedListeners = new Set<(removed: RemovedSession) => void>();
  #listener: EventListener | undefined;
  /** Since it listens, the feed knows where every conversation stands: one it does not know is new. */
  #knowsAll = false;

  constructor(
    private readonly db: Database,
    private readonly log: Logger = silentLog,
  ) {
    this.#requests = new Requests(db);
    this.#feed = new EventFeed((conversationId, after, limit) => this.read(conversationId, after, limit), log);
  }

  /**
   * Makes a step true: all its writes in one transaction, under the row lock of the conversation, its events numbered.
   * Once it is committed, subscribers are told, then this resolves with the completed events.
   *
   * @throws MaestroError `fence.lost` when another process owns the conversation or it was removed; `step.refused` when
   *   a guarded write finds nothing to change or a row is there already (a message with the same `client_key`, a second
   *   live turn); nothing is changed then and no `seq` is used up. `conversation.unknown` with a null epoch.
   */
  commit(fence: Fence, step: Step): Promise<SessionEvent[]> {
    // Waiting here rather than at the row lock keeps a busy conversation from taking every connection.
    return this.#lanes.run(fence.conversationId, () => this.#commit(fence, step));
  }

  /**
   * The first step of a conversation that is not there yet, in one transaction with the rows it needs.
   *
   * @param rows makes them; where it gives false nothing else happens, and no events come back
   */
  begin(conversationId: string, rows: MakesRows, step: Step): Promise<SessionEvent[]> {
    return this.#lanes.run(conversationId, () => this.#commit({ conversationId, epoch: null }, step, rows));
  }

  /** Events after `after`, oldest first, completed from the tables. */
  async read(conversationId: string, after: number, limit: number): Promise<SessionEvent[]> {
    const { rows } = await this.db.query<{ seq: number; type: string; payload: unknown; at: Date }>(
      'select seq, type, payload, at from events where conversation_id = $1 and seq > $2 order by seq limit $3',
      [conversationId, after, limit],
    );
    const stored = rows.map(({ seq, type, payload, at }) => ({ seq, at, event: { type, data: payload } as StepEvent }));
    const named = nothingNamed();
    const events = stored.map(({ event }) => event);
    await lookUp(this.db, conversationId, events, named);
    return stored.map((event) => complete(event, named));
  }

  /** 0 where nothing happened yet. */
  async lastSeq(conversationId: string): Promise<number> {
    const { rows } = await this.db.query<{ last_seq: number }>('select last_seq from conversations where id = $1', [
      conversationId,
    ]);
    if (!rows[0]) throw unknown(conversationId);
    return rows[0].last_seq;
  }

  /**
   * Calls `fn` with the events of every conversation, exactly once and in order: those of this process and, after `listen`,
   * those of others. `fn` must return at once and must not throw (what it throws is logged).
   */
  subscribe(fn: EventSubscriber): Dispose {
    return this.#feed.subscribe(fn);
  }

  /** Replaces the text that streams in. Not an event: whoever watches got the deltas. @throws MaestroError `fence.lost` */
  saveDraft(fence: Fence, draft: NewDraft): Promise<void> {
    return saveDraft(this.db, fence, draft);
  }

  draft(conversationId: string): Promise<Draft | null> {
    return draftOf(this.db, conversationId);
  }

  /** For several processes on one database: tells the others of each commit, and subscribers here of theirs. */
  async listen(): Promise<void> {
    this.#listener = new EventListener(this.db, this.log, {
      connected: () => this.#catchUp(),
      hint: (hint) => this.#hear(hint),
    });
    await this.#listener.start();
  }

  /** Called by `Sessions.remove`: with the session its events are gone, so this is not one of them. */
  async removed(session: RemovedSession): Promise<void> {
    if (this.#listener) await this.db.query(...notify({ from: this.#id, removed: session }));
    this.#tellRemoved(session);
  }

  onRemoved(fn: (removed: RemovedSession) => void): Dispose {
    this.#removedListeners.add(fn);
    return () => void this.#removedListeners.delete(fn);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  async #commit(fence: Fence, step: Step, rows?: MakesRows): Promise<SessionEvent[]> {
    const prepared = await prepare(this.#requests, fence.conversationId, step);
    const events = await this.#transaction(fence, step, prepared, rows);
    for (const keep of prepared.keep) keep();
    const last = events.at(-1)?.seq;
    if (last !== undefined) await this.#feed.reached(fence.conversationId, last, events);
    for (const { conversation_id, step: begun } of begunBy(step)) {
      await this.#feed.reached(conversation_id, begun.events.length);
    }
    return events;
  }

  async #transaction(fence: Fence, step: Step, prepared: Prepared, rows?: MakesRows): Promise<SessionEvent[]> {
    let lastSeq = 0;
    try {
      return await this.db.transaction(async (sql) => {
        if (rows && !(await rows(sql))) return [];
        lastSeq = await lock(sql, fence);
        const events = await this.#apply(sql, fence, step, prepared, lastSeq);
        for (const { conversation_id: conversationId, step: begun } of begunBy(step)) {
          await this.#apply(sql, { conversationId, epoch: null }, begun, prepared, 0);
        }
        return events;
      });
    } catch (cause) {
      // An earlier commit may have lost its acknowledgement with the connection: then nobody was told of it yet.
      await this.#feed.reached(fence.conversationId, lastSeq);
      throw isConflict(cause) ? refusedByConstraint(cause) : cause;
    }
  }

  /** Under the lock. Everything is sent in one go: what a statement needs of an earlier one, it reads by itself. */
  async #apply(sql: Sql, fence: Fence, step: Step, prepared: Prepared, lastSeq: number): Promise<SessionEvent[]> {
    const { conversationId } = fence;
    if (!this.#knowsAll) this.#feed.startAt(conversationId, lastSeq);
    const named = nothingNamed();
    const added = applyWrites(sql, fence, step, prepared, named);
    if (step.events.length === 0) {
      await added.done;
      return [];
    }
    const last = lastSeq + step.events.length;
    const numbered = Promise.all([
      number(sql, conversationId, step.events),
      lookUp(sql, conversationId, step.events, named, added.messages),
      this.#listener && sql.query(...notify({ from: this.#id, conversation_id: conversationId, last })),
    ]);
    // What follows a refused write in its transaction fails too, without saying why: the write is asked first.
    numbered.catch(() => undefined);
    await added.done;
    const [stored] = await numbered;
    return stored.map((event) => complete(event, named));
  }

  #hear(hint: Hint): void {
    if (hint.from === this.#id) return;
    if ('removed' in hint) this.#tellRemoved(hint.removed);
    else void this.#feed.reached(hint.conversation_id, hint.last);
  }

  /** The first time all there is counts as told; after a break, what was missed is told. */
  async #catchUp(): Promise<void> {
    const { rows } = await this.db.query<{ id: string; last_seq: number }>('select id, last_seq from conversations');
    for (const { id, last_seq } of rows) {
      if (this.#knowsAll) void this.#feed.reached(id, last_seq);
      else this.#feed.startAt(id, last_seq);
    }
    this.#knowsAll = true;
  }

  #tellRemoved(session: RemovedSession): void {
    this.#feed.forget(session.conversation_id);
    for (const listener of this.#removedListeners) listener(session);
  }
}

function begunBy({ writes }: Step) {
  return writes.filter((write) => write.write === 'child.begin');
}

/** Takes the row lock that all writers of a conversation take first, and gives its last seq. */
async function lock(sql: Sql, { conversationId, epoch }: Fence): Promise<number> {
  const { rows } = await sql.query<{ epoch: number; last_seq: number }>(
    'select epoch, last_seq from conversations where id = $1 for update',
    [conversationId],
  );
  const [row] = rows;
  if (!row && epoch === null) throw unknown(conversationId);
  if (!row || (epoch !== null && row.epoch !== epoch)) {
    const message = `conversation ${conversationId} was removed or belongs to another process now; stop working on it`;
    throw new MaestroError('fence.lost', message);
  }
  return row.last_seq;
}

async function number(sql: Sql, conversationId: string, events: readonly StepEvent[]): Promise<StoredEvent[]> {
  const json = storableJson(events);
  const stored: StepEvent[] = JSON.parse(json);
  const { rows } = await sql.query<{ seq: number; at: Date }>(
    `with bumped as (update conversations set last_seq = last_seq + $2 where id = $1 returning last_seq)
     insert into events (conversation_id, seq, type, payload, at)
     select $1, bumped.last_seq - $2 + e.ord, e.event ->> 'type', e.event -> 'data', clock_timestamp()
     from bumped, jsonb_array_elements($3::jsonb) with ordinality as e (event, ord)
     returning seq, at`,
    [conversationId, events.length, json],
  );
  rows.sort((a, b) => a.seq - b.seq);
  return rows.map(({ seq, at }, i) => ({ seq, at, event: stored[i]! }));
}

/** Class 23 of SQLSTATE: a constraint does not hold. */
function isConflict(error: unknown): error is Error & { code: string; constraint?: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('23');
}

function refusedByConstraint(cause: Error & { constraint?: string }): MaestroError {
  return new MaestroError('step.refused', `the database refused the step (${cause.constraint}): ${cause.message}`, {
    cause,
  });
}

function unknown(conversationId: string): MaestroError {
  return new MaestroError(
    'conversation.unknown',
    `there is no conversation ${conversationId}; it may have been removed`,
  );
}
