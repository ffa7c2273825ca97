import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { SessionEvent } from '../../src/protocol/events.js';
import { text } from '../../src/protocol/messages.js';
import { checkInvariants } from '../../src/store/invariants.js';
import type { Step, StepEvent } from '../../src/store/step.js';
import { adding, call, codeOf, liveTurn, message, step, toolCall, turnAdd, useRecords } from './support.js';

const notice = (value: string): StepEvent => ({
  type: 'notice',
  data: { level: 'info', code: 'test.said', text: value },
});
const saying = (...words: string[]): Step => step([], words.map(notice));
const person = (conversationId: string) => ({ conversationId, epoch: null });
const seqs = (events: readonly SessionEvent[]) => events.map((event) => event.seq);

describe('the event log', () => {
  const records = useRecords();

  it('numbers events from 1 without gaps, also under parallel commits', async () => {
    const { conversationId, fence } = await records.begin();
    const told: number[] = [];
    const dispose = records.log.subscribe((id, events) => id === conversationId && told.push(...seqs(events)));
    const commits = Array.from({ length: 40 }, (_, i) =>
      records.log.commit(fence, saying(...'abc'.slice(0, 1 + (i % 3)))),
    );
    const returned = (await Promise.all(commits)).flatMap(seqs);
    await dispose();
    const read = seqs(await records.log.read(conversationId, 0, 1_000));
    const all = Array.from({ length: read.length }, (_, i) => i + 1);
    expect(read).to.deep.equal(all);
    expect(returned.sort((a, b) => a - b)).to.deep.equal(all.slice(1));
    expect(told).to.deep.equal(all.slice(1));
    expect(await records.log.lastSeq(conversationId)).to.equal(all.length);
  });

  it('gives times that do not run backwards', async () => {
    const { conversationId, fence } = await records.begin();
    await Promise.all(Array.from({ length: 10 }, () => records.log.commit(fence, saying('x', 'y'))));
    const times = (await records.log.read(conversationId, 0, 100)).map((event) => event.at);
    expect(times).to.deep.equal([...times].sort());
    expect(times[0]).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('reads page by page', async () => {
    const { conversationId, fence } = await records.begin();
    await records.log.commit(fence, saying('a', 'b', 'c'));
    expect(seqs(await records.log.read(conversationId, 1, 2))).to.deep.equal([2, 3]);
    expect(seqs(await records.log.read(conversationId, 3, 2))).to.deep.equal([4]);
    expect(await records.log.read(conversationId, 4, 2)).to.deep.equal([]);
  });

  it('refuses an owner that another process has replaced', async () => {
    const { conversationId, fence } = await records.begin();
    await records.db.query('update conversations set epoch = 1 where id = $1', [conversationId]);
    const stale = records.log.commit(fence, adding(message()));
    expect(await codeOf(stale)).to.equal('fence.lost');
    expect(await codeOf(records.log.commit({ conversationId, epoch: 1 }, adding(message())))).to.equal(undefined);
    expect(await codeOf(records.log.commit(person(conversationId), adding(message())))).to.equal(undefined);
    expect((await records.messages.history(conversationId)).map(({ pos }) => pos)).to.deep.equal([1, 2]);
  });

  it('says what is not there', async () => {
    const nowhere = randomUUID();
    expect(await codeOf(records.log.commit({ conversationId: nowhere, epoch: 0 }, saying('x')))).to.equal('fence.lost');
    expect(await codeOf(records.log.commit(person(nowhere), saying('x')))).to.equal('conversation.unknown');
    expect(await codeOf(records.log.lastSeq(nowhere))).to.equal('conversation.unknown');
  });

  it('a refused step changes nothing and uses up no seq', async () => {
    const { conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const before = await records.log.lastSeq(conversationId);
    const refused = records.log.commit(
      fence,
      step(
        [
          { write: 'message.add', message: message() },
          { write: 'turn.set', turn_id: turnId, from: ['calling'], state: 'completed' },
          { write: 'queue.add', queued: { id: randomUUID(), client_key: 'k', mode: 'queue', text: 'later' } },
        ],
        [notice('never')],
      ),
    );
    expect(await codeOf(refused)).to.equal('step.refused');
    expect(await records.messages.history(conversationId)).to.deep.equal([]);
    expect(await records.queue.list(conversationId)).to.deep.equal([]);
    expect(await records.log.lastSeq(conversationId)).to.equal(before);
    const [next] = await records.log.commit(fence, saying('next'));
    expect(next?.seq).to.equal(before + 1);
  });

  it('tells of a step whose commit was not acknowledged as soon as it is tried again', async () => {
    const { db, log } = records;
    const { conversationId, fence } = await records.begin();
    const told: number[] = [];
    const dispose = log.subscribe((id, events) => {
      if (id === conversationId) told.push(...events.map(({ seq }) => seq));
    });
    const added = adding(message());
    const { transaction } = db;
    db.transaction = async (work) => {
      await transaction.call(db, work);
      throw new Error('Connection terminated unexpectedly');
    };
    await log.commit(fence, added).catch(() => undefined);
    db.transaction = transaction;
    expect(await codeOf(log.commit(fence, added))).to.equal('step.refused');
    expect(told).to.deep.equal([2]);
    await dispose();
  });

  it('C3: of a hundred equal posts one is stored, and the others can learn which', async () => {
    const { conversationId } = await records.begin();
    const posts = Array.from({ length: 100 }, async () => {
      const [id, turnId] = [randomUUID(), randomUUID()];
      const added = message({ id, client_key: 'once', turn_id: turnId });
      const writes: Step['writes'] = [{ write: 'message.add', message: added }, turnAdd(turnId, id)];
      const code = await codeOf(records.log.commit(person(conversationId), step([...writes], [])));
      expect(code).to.be.oneOf([undefined, 'step.refused']);
      return (await records.messages.byClientKey(conversationId, 'once'))?.message_id;
    });
    const answers = new Set(await Promise.all(posts));
    const history = await records.messages.history(conversationId);
    expect([...answers]).to.deep.equal(history.map(({ id }) => id));
    expect(history).to.have.length(1);
    expect((await records.turns.live(conversationId))?.message_id).to.equal(history[0]?.id);
  });

  it('gives messages places without gaps under parallel commits', async () => {
    const { conversationId, fence } = await records.begin();
    await Promise.all(Array.from({ length: 20 }, () => records.log.commit(fence, adding(message()))));
    const places = (await records.messages.history(conversationId)).map(({ pos }) => pos);
    expect(places).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('tells a subscriber after the commit what a reader gets later, whatever the event', async () => {
    const { sessionId, conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const user = message({ client_key: 'u', total_cost_usd: '0.0120', latency_ms: 5 });
    const reply = message({
      role: 'assistant',
      turn_id: turnId,
      parts: [text('a\0b'), { v: 1, type: 'tool_call', id: 'toolu_1', name: 'look', args: { b: 1, a: [] } }],
    });
    const tool = toolCall(turnId, reply.id);
    const queued = { id: randomUUID(), client_key: 'q', mode: 'queue' as const, text: 'and then?' };
    const result = {
      call_id: 'toolu_1',
      name: 'look',
      is_error: false,
      outcome: 'succeeded' as const,
      content: [text('found\0')],
      duration_ms: 3,
    };
    const ids = { turn_id: turnId, message_id: reply.id };
    await records.log.commit(
      fence,
      step([
        { write: 'message.add', message: reply },
        { write: 'tool.add', calls: [tool] },
        { write: 'tool.set', tool_call_id: tool.id, from: ['proposed'], state: 'started' },
      ]),
    );
    const told: SessionEvent[] = [];
    const dispose = records.log.subscribe((_id, events) => {
      told.push(...events);
    });
    const returned = await records.log.commit(
      fence,
      step(
        [
          { write: 'message.add', message: user },
          { write: 'tool.set', tool_call_id: tool.id, from: ['started'], state: 'succeeded', result },
          { write: 'queue.add', queued },
          { write: 'session.set', session_id: sessionId, set: { status: 'tool', preview: 'a\0b' } },
        ],
        [
          { type: 'message.added', data: { message_id: reply.id } },
          { type: 'message.added', data: { message_id: user.id } },
          { type: 'tool.finished', data: { ...ids, tool_call_id: tool.id } },
          { type: 'queue.changed', data: {} },
          { type: 'session.updated', data: { session_id: sessionId } },
          { type: 'turn.failed', data: { turn_id: turnId, error: { code: 'x', message: 'odd \ud800 text' } } },
        ],
      ),
    );
    await dispose();
    const read = await records.log.read(conversationId, 1, 100);
    expect(returned).to.deep.equal(read);
    expect(told).to.deep.equal(read);
    expect(read[2]?.data).to.deep.equal({
      ...ids,
      result: { v: 1, type: 'tool_result', ...result, content: [text('found\ufffd')] },
    });
    expect(read[1]).to.deep.include({ v: 1, type: 'message.added' });
    expect(read[1]?.data).to.have.nested.property('message.total_cost_usd', '0.012');
    expect(read[4]?.data).to.have.nested.property('session.preview', 'a\ufffdb');
  });

  it('completes many events in a fixed number of queries', async () => {
    const { conversationId, fence } = await records.begin();
    for (let i = 0; i < 30; i += 1) await records.log.commit(fence, adding(message()));
    const counted = countingQueries(records.db);
    const events = await records.log.read(conversationId, 0, 1_000);
    counted.stop();
    expect(events).to.have.length(31);
    expect(counted.queries()).to.equal(3);
  });

  it('a subscriber that throws harms neither the commit nor the others', async () => {
    const { conversationId, fence } = await records.begin();
    const told: string[] = [];
    const disposes = [
      records.log.subscribe(() => {
        throw new Error('mine');
      }),
      records.log.subscribe((id) => {
        told.push(id);
      }),
    ];
    await records.log.commit(fence, saying('x'));
    for (const dispose of disposes) await dispose();
    await records.log.commit(fence, saying('unheard'));
    expect(told).to.deep.equal([conversationId]);
  });

  it('keeps a draft until its message comes, fenced and without an event', async () => {
    const { conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const draft = { message_id: randomUUID(), turn_id: turnId, parts: [text('Once')] };
    await records.log.saveDraft(fence, draft);
    await records.log.saveDraft(fence, { ...draft, parts: [text('Once upon \0')] });
    const saved = await records.log.draft(conversationId);
    expect(saved).to.deep.include({ message_id: draft.message_id, turn_id: turnId, parts: [text('Once upon \ufffd')] });
    expect(await records.log.lastSeq(conversationId)).to.equal(1);
    const stale = records.log.saveDraft({ conversationId, epoch: 7 }, draft);
    expect(await codeOf(stale)).to.equal('fence.lost');
    const writes: Step['writes'] = [
      { write: 'message.add', message: message({ id: draft.message_id, role: 'assistant', turn_id: turnId }) },
      { write: 'draft.drop', message_id: draft.message_id },
    ];
    await records.log.commit(fence, step([...writes]));
    await records.log.saveDraft(fence, draft);
    expect(await records.log.draft(conversationId)).to.equal(null);
  });

  it('leaves a database in which everything holds', async () => {
    const { fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    await records.log.commit(fence, step([{ write: 'call.add', call: call(turnId, 'x') }]));
    expect(await checkInvariants(records.db)).to.deep.equal([]);
  });

  it('a damaged conversation stays readable, without a gap', async () => {
    const { conversationId, fence } = await records.begin();
    const gone = message();
    await records.log.commit(fence, adding(gone));
    const events: StepEvent[] = [
      { type: 'tool.finished', data: { turn_id: randomUUID(), message_id: gone.id, tool_call_id: randomUUID() } },
      { type: 'session.updated', data: { session_id: 'nobody' } },
    ];
    await records.log.commit(fence, step([], events));
    await records.db.query('delete from messages where id = $1', [gone.id]);
    const read = await records.log.read(conversationId, 1, 10);
    expect(seqs(read)).to.deep.equal([2, 3, 4]);
    for (const event of read) expect(event.data).to.include({ code: 'event.incomplete' });
  });
});

function countingQueries(db: { query: unknown }) {
  let queries = 0;
  const original = db.query as (...args: unknown[]) => unknown;
  db.query = (...args: unknown[]) => {
    queries += 1;
    return original.apply(db, args);
  };
  return { queries: () => queries, stop: () => Object.assign(db, { query: original }) };
}
