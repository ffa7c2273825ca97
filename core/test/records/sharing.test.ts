import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { silentLog } from '../../src/log.js';
import type { SessionEvent } from '../../src/protocol/events.js';
import { type Database, openDatabase } from '../../src/store/database.js';
import { EventFeed } from '../../src/store/event-feed.js';
import { EventLog } from '../../src/store/event-log.js';
import { Sessions } from '../../src/store/sessions.js';
import type { Step } from '../../src/store/step.js';
import { openTestDatabase, quiet, type TestDatabase } from '../../src/testing/database.js';
import { newSession, step } from './support.js';

const saying = (value: string): Step =>
  step([], [{ type: 'notice', data: { level: 'info', code: 'test.said', text: value } }]);

/** One of several processes on a database: a log, its sessions, and what its subscribers were told. */
async function openProcess(db: Database, isListening = true) {
  const log = new EventLog(db);
  const sessions = new Sessions(db, log);
  const told: { conversationId: string; seq: number }[] = [];
  const removed: string[] = [];
  log.subscribe((conversationId, events) => {
    told.push(...events.map(({ seq }) => ({ conversationId, seq })));
  });
  sessions.onChange((change) => change.type === 'deleted' && removed.push(change.session_id));
  opened.push(log);
  if (isListening) await log.listen();
  const seqsOf = (id: string) => told.flatMap(({ conversationId, seq }) => (conversationId === id ? [seq] : []));
  return { log, sessions, seqsOf, removed };
}

const opened: EventLog[] = [];

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Gives up when its test has: a poll that goes on would keep the process alive. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const { test } = running;
  while (!(await holds()) && running.test === test) await sleep(10);
}

const running: { test: object } = { test: {} };

/** As an administrator or a failing network would: whoever listens now, and somebody does. Gone when it resolves. */
async function cutListeners(db: Database): Promise<void> {
  const listening = async (): Promise<number[]> => {
    const { rows } = await db.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and query like 'listen%'`,
    );
    return rows.map(({ pid }) => pid);
  };
  let victims: number[] = [];
  await until(async () => {
    victims = await listening();
    return victims.length > 0;
  });
  await db.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [victims]);
  await until(async () => !(await listening()).some((pid) => victims.includes(pid)));
}

describe('several processes on one database', () => {
  let first: Database & TestDatabase;
  let second: Database;
  before(async () => {
    first = await openTestDatabase();
    second = await openDatabase({ url: first.url, log: quiet });
  });
  afterEach(async () => {
    running.test = {};
    for (const log of opened.splice(0)) await log.close();
  });
  after(async () => {
    await second.close();
    await first.drop();
  });

  it('all hear of all events exactly once and in order', async () => {
    const [a, b] = [await openProcess(first), await openProcess(second)];
    const { conversation_id: id } = await a.sessions.create(newSession);
    const fence = { conversationId: id, epoch: null };
    const commits = upTo(30).flatMap((i) => [
      a.log.commit(fence, saying(`a${i}`)),
      b.log.commit(fence, saying(`b${i}`)),
    ]);
    await Promise.all(commits);
    await until(() => a.seqsOf(id).length >= 61 && b.seqsOf(id).length >= 61);
    expect(a.seqsOf(id)).to.deep.equal(upTo(61));
    expect(b.seqsOf(id)).to.deep.equal(upTo(61));
  });

  it('count what was there before they began as told', async () => {
    const writer = await openProcess(first);
    const { conversation_id: id } = await writer.sessions.create(newSession);
    const late = await openProcess(second);
    await writer.log.commit({ conversationId: id, epoch: null }, saying('after'));
    await until(() => late.seqsOf(id).length > 0);
    expect(late.seqsOf(id)).to.deep.equal([2]);
  });

  it('hear of sessions that another removed', async () => {
    const [a, b] = [await openProcess(first), await openProcess(second)];
    const { session_id } = await a.sessions.create(newSession);
    await a.sessions.remove(session_id);
    await until(() => b.removed.length > 0);
    expect([a.removed, b.removed]).to.deep.equal([[session_id], [session_id]]);
  });

  it('catch up on what they missed while the connection was cut', async () => {
    const [writer, reader] = [await openProcess(first), await openProcess(second)];
    const { conversation_id: id } = await writer.sessions.create(newSession);
    await until(() => reader.seqsOf(id).length > 0);
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([
        cutListeners(first),
        writer.log.commit({ conversationId: id, epoch: null }, saying(`round ${round}`)),
      ]);
      await until(() => reader.seqsOf(id).length >= round + 2);
    }
    await until(() => writer.seqsOf(id).length >= 4);
    expect(reader.seqsOf(id)).to.deep.equal([1, 2, 3, 4]);
    expect(writer.seqsOf(id)).to.deep.equal([1, 2, 3, 4]);
  });

  it('try again until the database lets them listen, and stop trying when closed', async () => {
    const db = await openDatabase({ url: first.url, log: quiet });
    const connect = db.connect.bind(db);
    const { log } = await openProcess(db);
    let attempts = 0;
    db.connect = () => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new Error('not now')) : connect();
    };
    await cutListeners(first);
    await until(() => attempts === 3);
    db.connect = () => {
      attempts += 1;
      return Promise.reject(new Error('not any more'));
    };
    await cutListeners(first);
    await until(() => attempts > 4);
    await log.close();
    const attemptsBefore = attempts;
    await sleep(500);
    expect(attempts).to.equal(attemptsBefore);
    await db.close();
  });

  it('go on after a notification that is not theirs', async () => {
    const { sessions, seqsOf } = await openProcess(second);
    const writer = await openProcess(first);
    for (const payload of ['', 'null', '{', '{"from":"x"}'])
      await first.query('select pg_notify($1, $2)', ['maestro_events', payload]);
    const { conversation_id: id } = await writer.sessions.create(newSession);
    await until(() => seqsOf(id).length > 0);
    expect(await sessions.ofConversation(id)).to.include({ conversation_id: id });
  });

  it('a lone process sends no hints', async () => {
    const [lone, other] = [await openProcess(first, false), await openProcess(second)];
    const { conversation_id: silent } = await lone.sessions.create(newSession);
    const { conversation_id: loud } = await other.sessions.create(newSession);
    await lone.log.commit({ conversationId: silent, epoch: null }, saying('x'));
    await until(() => other.seqsOf(loud).length > 0);
    expect(other.seqsOf(silent)).to.deep.equal([]);
    expect(lone.seqsOf(silent)).to.deep.equal([1, 2]);
  });

  it('cannot begin to listen without the database, and says so', async () => {
    const db = await openDatabase({ url: first.url, log: quiet });
    db.query = () => Promise.reject(new Error('no catch-up today'));
    const failed = await new EventLog(db).listen().catch((error: Error) => error.message);
    expect(failed).to.equal('no catch-up today');
    await db.close();
  });
});

describe('the feed of events', () => {
  const event = (seq: number): SessionEvent => ({
    v: 1,
    seq,
    at: '2026-01-01T00:00:00.000Z',
    type: 'turn.cancelled',
    data: { turn_id: 't' },
  });
  /** A log of `length` events that can fail to be read. */
  const over = (length: number) => {
    const told: number[] = [];
    const state = { fails: 0, reads: 0 };
    const read = async (_id: string, after: number, limit: number) => {
      state.reads += 1;
      if (state.fails-- > 0) throw new Error('not now');
      return upTo(length)
        .slice(after, after + Math.min(limit, 2))
        .map(event);
    };
    const feed = new EventFeed(read, silentLog);
    feed.subscribe((_id, events) => {
      told.push(...events.map(({ seq }) => seq));
    });
    return { feed, told, state };
  };

  it('puts commits that report out of turn in order', async () => {
    const { feed, told } = over(5);
    feed.startAt('c', 1);
    await Promise.all([feed.reached('c', 5, [event(5)]), feed.reached('c', 4, [event(2), event(3), event(4)])]);
    expect(told).to.deep.equal([2, 3, 4, 5]);
  });

  it('reads nothing where all is at hand, and tells nothing twice', async () => {
    const { feed, told, state } = over(3);
    await feed.reached('c', 2, [event(1), event(2)]);
    await Promise.all([feed.reached('c', 2), feed.reached('c', 3, [event(3)]), feed.reached('c', 1)]);
    expect([told, state.reads]).to.deep.equal([[1, 2, 3], 0]);
  });

  it('makes up for a read that failed', async () => {
    const { feed, told, state } = over(3);
    state.fails = 1;
    await feed.reached('c', 2);
    expect(told).to.deep.equal([]);
    await feed.reached('c', 3, [event(3)]);
    expect(told).to.deep.equal([1, 2, 3]);
  });

  it('stops at the end of a conversation that was removed', async () => {
    const { feed, told } = over(1);
    await feed.reached('c', 9);
    feed.forget('c');
    feed.startAt('c', 0);
    feed.startAt('c', 7);
    await feed.reached('c', 1, [event(1)]);
    expect(told).to.deep.equal([1, 1]);
  });
});
