import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { text } from '../../src/protocol/messages.js';
import { Composer } from '../../src/store/composer.js';
import { checkInvariants } from '../../src/store/invariants.js';
import type { SessionsChange } from '../../src/store/sessions.js';
import { adding, codeOf, liveTurn, message, newSession, step, useRecords } from './support.js';

describe('sessions', () => {
  const records = useRecords();

  it('are created whole, with a first conversation and event', async () => {
    const session = await records.sessions.create({
      ...newSession,
      role: 'reviewer',
      title: 'A\0B',
      auth_type: 'api_key',
      credential_id: 'env',
      template: 'general',
      parent_session_id: 'p',
      tools: { look: false },
      mcps: { files: true },
    });
    expect(session).to.deep.include({
      ...newSession,
      role: 'reviewer',
      title: 'A\ufffdB',
      status: 'idle',
      tools: { look: false },
      mcps: { files: true },
      totals: {
        ...{ request_tokens: 0, response_tokens: 0, cached_tokens: 0, reasoning_tokens: 0 },
        ...{ total_cost_usd: null, unpriced_calls: 0, estimated: false },
      },
      context: { used_tokens: null, window_tokens: null },
    });
    expect(session.session_id).to.match(/^[\w-]{8,}$/);
    const events = await records.log.read(session.conversation_id, 0, 10);
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ seq: 1, type: 'session.created', data: { session } });
    expect(await records.sessions.get(session.session_id)).to.deep.equal(session);
    expect(await records.sessions.ofConversation(session.conversation_id)).to.deep.equal(session);
  });

  it('are not there without the event that tells of them', async () => {
    const count = async () => (await records.db.query('select id from sessions')).rowCount;
    const { sessionId, conversationId } = await records.begin();
    const before = await count();
    // Whatever keeps the event from being written.
    await records.db.query(`create function refuse_event() returns trigger language plpgsql as
      $$ begin raise exception 'no room' using errcode = '53100'; end $$`);
    await records.db.query('create trigger refuse before insert on events execute function refuse_event()');
    const outcomes = await Promise.allSettled([
      records.sessions.create({ ...newSession, client_key: 'unlucky' }),
      records.sessions.startConversation(sessionId),
    ]);
    await records.db.query('drop function refuse_event cascade');
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(await count()).to.equal(before);
    expect((await records.sessions.get(sessionId)).conversation_id).to.equal(conversationId);
    const { conversation_id } = await records.sessions.create({ ...newSession, client_key: 'unlucky' });
    expect(await records.log.lastSeq(conversation_id)).to.equal(1);
  });

  it('are created once for each client key, however often it is sent', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, () => records.sessions.create({ ...newSession, client_key: 'same' })),
    );
    expect(new Set(made.map(({ session_id }) => session_id)).size).to.equal(1);
    await records.sessions.remove(made[0]!.session_id);
    const again = await records.sessions.create({ ...newSession, client_key: 'same' });
    expect(again.session_id).to.not.equal(made[0]!.session_id);
  });

  it('are changed switch by switch, and add up their tokens', async () => {
    const { sessionId, fence } = await records.begin({ tools: { look: false } });
    const patched = await records.sessions.patch(sessionId, {
      agent_name: 'Grace',
      title: null,
      model: 'acme-2',
      tools: { write: true },
      mcps: { files: false },
      contextUsed: 12,
    });
    expect(patched).to.deep.include({ agent_name: 'Grace', model: 'acme-2', tools: { look: false, write: true } });
    expect(patched.context.used_tokens).to.equal(12);
    const tokens = { request_tokens: 10, response_tokens: 3, cached_tokens: 4, cache_write_tokens: null };
    const call = { call_id: null, provider: 'acme', model: 'acme-2', activity: 'conversation' };
    const addUsage = { ...tokens, ...call, reasoning_tokens: null, total_cost_usd: '0.000000000001', estimated: false };
    const set = { write: 'session.set', session_id: sessionId, set: { addUsage } } as const;
    await records.log.commit(fence, step([set, set]));
    const { totals, last_activity_at } = await records.sessions.get(sessionId);
    expect(totals).to.deep.equal({
      request_tokens: 20,
      response_tokens: 6,
      cached_tokens: 8,
      reasoning_tokens: 0,
      total_cost_usd: '0.000000000002',
      unpriced_calls: 0,
      estimated: false,
    });
    expect(Date.parse(last_activity_at)).to.be.at.least(Date.parse(patched.last_activity_at));
  });

  it('tell apart who answers from the next message on, and say nothing of it when that stays', async () => {
    const { sessionId, conversationId } = await records.begin({ credential_id: 'c1', auth_type: 'oauth' });
    const changes = [
      { model: 'acme-2' },
      { provider: 'other', model: 'o', credential_id: null, auth_type: null },
      { title: 'New', effort: 'high', on_limit: 'switch' },
      { model: 'o' },
    ] as const;
    for (const change of changes) await records.sessions.patch(sessionId, change);
    const events = await records.log.read(conversationId, 1, 20);
    expect(events.map(({ type }) => type)).to.deep.equal([
      ...['config.changed', 'session.updated', 'config.changed', 'session.updated'],
      ...['session.updated', 'session.updated'],
    ]);
    expect(events.flatMap((event) => (event.type === 'config.changed' ? [event.data] : []))).to.deep.equal([
      { provider: 'acme', model: 'acme-2', auth_type: 'oauth', credential_id: 'c1' },
      { provider: 'other', model: 'o', auth_type: null, credential_id: null },
    ]);
    expect(await records.sessions.get(sessionId)).to.deep.include({ effort: 'high', on_limit: 'switch' });
  });

  it('that are not there are called unknown', async () => {
    const { sessions } = records;
    const composer = new Composer(records.db);
    const asked = [
      () => sessions.get('x'),
      () => sessions.patch('x', {}),
      () => sessions.remove('x'),
      () => sessions.startConversation('x\0'),
      () => composer.get('x'),
      () => composer.put('x', { text: '', attachments: [] }),
    ];
    for (const ask of asked) expect(await codeOf(ask())).to.equal('session.unknown');
    expect(await sessions.find('x')).to.equal(undefined);
    expect(await sessions.ofConversation(randomUUID())).to.equal(undefined);
  });

  it('tell whoever listens of each change, until he stops', async () => {
    const heard: string[] = [];
    const dispose = records.sessions.onChange((change: SessionsChange) => {
      heard.push(change.type === 'deleted' ? `deleted ${change.session_id}` : `${change.type} ${change.session.title}`);
    });
    const { session_id } = await records.sessions.create({ ...newSession, title: 'one' });
    await records.sessions.patch(session_id, { title: 'two' });
    await records.sessions.remove(session_id);
    await dispose();
    await records.begin({ title: 'unheard' });
    expect(heard).to.deep.equal(['created one', 'updated two', `deleted ${session_id}`]);
  });

  it('removed take all they had along', async () => {
    const { sessionId, conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    await records.log.commit(fence, adding(message()));
    await records.log.saveDraft(fence, { message_id: randomUUID(), turn_id: turnId, parts: [text('half')] });
    await records.sessions.remove(sessionId);
    expect(await records.log.draft(conversationId)).to.equal(null);
    expect(await records.log.read(conversationId, 0, 10)).to.deep.equal([]);
    expect(await records.messages.history(conversationId)).to.deep.equal([]);
    expect(await codeOf(records.log.commit(fence, adding(message())))).to.equal('fence.lost');
    expect(await codeOf(records.sessions.remove(sessionId))).to.equal('session.unknown');
  });

  it('can be removed while somebody writes, and removed once', async () => {
    const { sessionId, fence } = await records.begin();
    const busy = { write: 'session.set', session_id: sessionId, set: { status: 'tool' } } as const;
    const writing = Array.from({ length: 10 }, () => codeOf(records.log.commit(fence, step([busy]))));
    const removing = [1, 2, 3].map(() => codeOf(records.sessions.remove(sessionId)));
    for (const code of await Promise.all(writing)) expect(code).to.be.oneOf([undefined, 'fence.lost']);
    expect((await Promise.all(removing)).sort()).to.deep.equal(['session.unknown', 'session.unknown', undefined]);
    expect(await checkInvariants(records.db)).to.deep.equal([]);
  });

  it('begin a new conversation and leave the old one readable', async () => {
    const { sessionId, conversationId, fence } = await records.begin();
    await records.log.commit(fence, adding(message()));
    const session = await records.sessions.startConversation(sessionId);
    expect(session.conversation_id).to.not.equal(conversationId);
    expect(await records.messages.history(session.conversation_id)).to.deep.equal([]);
    expect(await records.messages.history(conversationId)).to.have.length(1);
    const [event] = await records.log.read(session.conversation_id, 0, 10);
    expect(event?.data).to.have.nested.property('session.conversation_id', session.conversation_id);
  });

  it('remember what a person is typing', async () => {
    const { sessionId } = await records.begin();
    const composer = new Composer(records.db);
    expect(await composer.get(sessionId)).to.deep.equal({ text: '', attachments: [] });
    const draft = { text: 'half a thou', attachments: [{ blob: 'ab' }] };
    expect(await composer.put(sessionId, draft)).to.deep.equal(draft);
    await composer.put(sessionId, { text: 'x\0', attachments: [] });
    expect(await composer.get(sessionId)).to.deep.equal({ text: 'x\ufffd', attachments: [] });
  });
});

describe('the list of sessions', () => {
  const records = useRecords();
  const names = (items: readonly { agent_name: string }[]) => items.map(({ agent_name }) => agent_name).join(' ');

  before(async () => {
    for (const agent_name of ['a', 'b', 'c', 'd', 'e']) await records.begin({ agent_name, title: `50%_${agent_name}` });
    const { sessionId } = await records.begin({ agent_name: 'busy' });
    await records.sessions.patch(sessionId, { status: 'tool', preview: 'Reading the Moon' });
    // Equal times: the order must still be one.
    await records.db.query(`update sessions set last_activity_at = '2026-01-01' where agent_name in ('b', 'c')`);
  });

  it('gives every session once, newest activity first, page by page', async () => {
    const { sessions } = records;
    const pages: string[] = [];
    let next: string | null = null;
    do {
      const page = await sessions.list({ limit: 2, cursor: next });
      pages.push(names(page.items));
      next = page.next;
    } while (next);
    expect(pages).to.have.length(3);
    expect(pages.slice(0, 2)).to.deep.equal(['busy e', 'd a']);
    expect(pages[2]).to.be.oneOf(['b c', 'c b']);
    expect(pages.join(' ')).to.equal(names((await sessions.list()).items));
  });

  it('filters by words and by status', async () => {
    const { sessions } = records;
    expect(names((await sessions.list({ q: 'the moon' })).items)).to.equal('busy');
    expect(names((await sessions.list({ q: '50%_b' })).items)).to.equal('b');
    expect((await sessions.list({ q: '%' })).items).to.have.length(5);
    expect((await sessions.list({ q: '\\' })).items).to.have.length(0);
    expect(names((await sessions.list({ status: 'tool' })).items)).to.equal('busy');
    expect((await sessions.list({ limit: 0 })).items).to.have.length(1);
  });

  it('refuses a cursor that is not ours', async () => {
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bad = [
      'x',
      forged({}),
      forged([1, 2]),
      forged(['now', randomUUID()]),
      forged(['2026-01-01 00:00:00+00', 'x']),
    ];
    for (const cursor of bad)
      expect(await codeOf(records.sessions.list({ cursor })), cursor).to.equal('cursor.invalid');
  });
});

describe('messages', () => {
  const records = useRecords();

  it('come newest page first, oldest first inside', async () => {
    const { conversationId, fence } = await records.begin();
    for (let i = 1; i <= 5; i += 1) await records.log.commit(fence, adding(message({ parts: [text(`m${i}`)] })));
    const { messages } = records;
    const places = (items: readonly { pos: number }[]) => items.map(({ pos }) => pos);
    const newest = await messages.page(conversationId, { limit: 2 });
    expect([places(newest.items), newest.next]).to.deep.equal([[4, 5], '4']);
    const older = await messages.page(conversationId, { limit: 3, before: Number(newest.next) });
    expect([places(older.items), older.next]).to.deep.equal([[1, 2, 3], null]);
    expect((await messages.page(conversationId)).items).to.have.length(5);
    expect(await messages.page(randomUUID())).to.deep.equal({ items: [], next: null, last_pos: 0 });
  });

  it('are told to a model only when complete', async () => {
    const { conversationId, fence } = await records.begin();
    const [whole, half] = [message(), message({ role: 'assistant', status: 'interrupted' })];
    await records.log.commit(fence, adding(whole));
    await records.log.commit(fence, adding(half));
    expect((await records.messages.history(conversationId)).map(({ id }) => id)).to.deep.equal([whole.id]);
    expect((await records.messages.page(conversationId)).items).to.have.length(2);
    expect(await records.messages.get(half.id)).to.include({ status: 'interrupted', pos: 2 });
    expect(await records.messages.get(randomUUID())).to.equal(undefined);
    expect(await records.messages.byClientKey(conversationId, 'none')).to.equal(undefined);
  });
});
