import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import type { Delta, SessionEvent } from '../../src/protocol/events.js';
import { text } from '../../src/protocol/messages.js';
import type { Session } from '../../src/protocol/resources.js';
import { Tokens } from '../../src/store/tokens.js';
import { adding, liveTurn, message, type Records } from '../records/support.js';
import { api, Client, newSession, type Running, startServer, useServer } from './support.js';

const fenceOf = ({ conversation_id }: Session) => ({ conversationId: conversation_id, epoch: 0 });
const say = (server: Running, session: Session, words: string) =>
  server.events.commit(fenceOf(session), adding(message({ parts: [text(words)] })));
const seqs = (events: readonly SessionEvent[]) => events.map(({ seq }) => seq);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

function delta(messageId: string, offset: number, words: string, more: Partial<Delta> = {}): Delta {
  return { message_id: messageId, part: 0, kind: 'text', offset, text: words, ...more };
}

/** The text a client has of a message, put together as the protocol says; a hole throws. */
function textOf(client: Client, messageId: string): string {
  return client.deltas
    .filter(({ message_id, kind }) => message_id === messageId && kind === 'text')
    .reduce((known, { offset, text: words }) => {
      if (offset > known.length) throw new Error(`a hole: ${known.length} known, told from ${offset}`);
      return known + words.slice(known.length - offset);
    }, '');
}

describe('following a session', () => {
  const server = useServer();
  let session: Session;
  let topic: string;
  let client: Client;
  beforeEach(async () => {
    session = await newSession(server);
    topic = `session:${session.session_id}`;
    client = await Client.open(server);
  });
  afterEach(() => client.close());
  const publish = (what: Delta) => server.live.publish(`session:${session.conversation_id}`, what);

  it('gives what is in the log, then what happens', async () => {
    await say(server, session, 'one');
    client.say({ op: 'join', topic, after: 0 });
    expect(await client.frame('joined')).to.deep.equal({
      op: 'joined',
      topic,
      conversation_id: session.conversation_id,
      seq: 2,
    });
    await client.until(({ events }) => events.length === 2);
    await say(server, session, 'two');
    await client.until(({ events }) => events.length === 3);
    expect(seqs(client.events)).to.deep.equal([1, 2, 3]);
    expect(client.events.map(({ type }) => type)).to.deep.equal(['session.created', 'message.added', 'message.added']);
  });

  it('begins with now when no place is named', async () => {
    client.say({ op: 'join', topic });
    expect((await client.frame('joined')).seq).to.equal(1);
    await say(server, session, 'later');
    await client.until(({ events }) => events.length > 0);
    expect(seqs(client.events)).to.deep.equal([2]);
  });

  it('tells that somebody typed, and who', async () => {
    client.say({ op: 'join', topic });
    await client.frame('joined');
    await api(server, 'PUT', `/sessions/${session.session_id}/composer`, { text: 'hm', attachments: [], by: 'tab-1' });
    expect(await client.frame('change')).to.deep.equal({
      op: 'change',
      topic,
      data: { type: 'composer.changed', data: { by: 'tab-1' } },
    });
  });

  it('knows the window of the model in events as well', async () => {
    await api(server, 'GET', '/providers/scripted/models');
    client.say({ op: 'join', topic, after: 0 });
    const [created] = await client.until(({ events }) => events.length > 0 && events);
    expect(created).to.have.nested.property('data.session.context.window_tokens', 8_000);
  });

  it('reads a long log page by page', async () => {
    for (let n = 0; n < 250; n += 1) await say(server, session, `${n}`);
    client.say({ op: 'join', topic, after: 3 });
    await client.until(({ events }) => events.length === 248);
    expect(seqs(client.events)).to.deep.equal(upTo(251, 4));
  });

  it('answers to tui:ID as to session:ID, each under its own name', async () => {
    const tui = `tui:${session.session_id}`;
    client.say({ op: 'join', topic }).say({ op: 'join', topic: tui });
    await client.until(({ frames }) => frames.filter(({ op }) => op === 'joined').length === 2);
    await say(server, session, 'both');
    const both = await client.until(({ frames }) => {
      const found = frames.filter(({ op }) => op === 'events');
      return found.length === 2 && found;
    });
    expect(both.map((found) => 'topic' in found && found.topic)).to.have.members([topic, tui]);
  });

  it('tells one to begin anew who is ahead of the log or in another conversation', async () => {
    const reset = { op: 'reset', topic, conversation_id: session.conversation_id, seq: 1 };
    client.say({ op: 'join', topic, after: 2 });
    expect(await client.frame('reset')).to.deep.equal(reset);
    client.frames.length = 0;
    client.say({ op: 'join', topic, after: 0, conversation_id: randomUUID() });
    expect(await client.frame('reset')).to.deep.equal(reset);
  });

  it('tells everybody to begin anew when a new conversation does', async () => {
    client.say({ op: 'join', topic });
    await client.frame('joined');
    const { body } = await api(server, 'POST', `/sessions/${session.session_id}/conversations`, {});
    expect(await client.frame('reset')).to.deep.equal({
      op: 'reset',
      topic,
      conversation_id: body.conversation_id,
      seq: 0,
    });
    client.say({ op: 'join', topic, after: 0 });
    await client.until(({ events }) => events.length === 1);
  });

  it('tells of a session that was deleted or never was', async () => {
    client.say({ op: 'join', topic });
    await client.frame('joined');
    await api(server, 'DELETE', `/sessions/${session.session_id}`);
    expect(await client.frame('error')).to.include({ topic, code: 'session.unknown' });
    client.frames.length = 0;
    client.say({ op: 'join', topic });
    expect(await client.frame('error')).to.include({ topic, code: 'session.unknown' });
  });

  it('says nothing more of a topic that was left', async () => {
    client.say({ op: 'join', topic }).say({ op: 'leave', topic }).say({ op: 'ping' });
    await client.frame('pong');
    await say(server, session, 'unheard');
    client.say({ op: 'join', topic });
    await client.frame('joined');
    await say(server, session, 'heard');
    await client.until(({ events }) => events.length > 0);
    expect(seqs(client.events)).to.deep.equal([3]);
  });

  it('tells running text as it comes, from its beginning', async () => {
    const id = randomUUID();
    client.say({ op: 'join', topic });
    await client.frame('joined');
    publish(delta(id, 0, ''));
    await client.until(({ deltas }) => deltas.length === 1);
    publish(delta(id, 0, 'Hel'));
    publish(delta(id, 3, 'lo'));
    publish(delta(id, 0, '{"a":', { part: 1, kind: 'tool_args', call_id: 'c1', name: 'look' }));
    await client.until(({ deltas }) => deltas.length === 4);
    const late = await Client.open(server);
    late.say({ op: 'join', topic });
    await late.until(({ deltas }) => deltas.length === 2);
    expect(late.deltas).to.deep.equal([
      { op: 'delta', topic, ...delta(id, 0, 'Hello') },
      { op: 'delta', topic, ...delta(id, 0, '{"a":', { part: 1, kind: 'tool_args', call_id: 'c1', name: 'look' }) },
    ]);
    await late.close();
  });

  it('takes the beginning of running text from the stored draft', async () => {
    const id = randomUUID();
    const turnId = await liveTurn({ log: server.events } as Records, fenceOf(session));
    const save = (words: string) =>
      server.events.saveDraft(fenceOf(session), { message_id: id, turn_id: turnId, parts: [text(words)] });
    await save('What was ');
    client.say({ op: 'join', topic });
    await client.until(({ deltas }) => deltas.length === 1);
    // The draft is behind what is told live: the hole is filled once the draft has caught up.
    publish(delta(id, 21, ' here.'));
    await save('What was before stays');
    publish(delta(id, 27, ' Good.'));
    await client.until(() => textOf(client, id).endsWith('Good.'));
    expect(textOf(client, id)).to.equal('What was before stays here. Good.');
  });

  it('forgets running text that became a message, and what comes late of it', async () => {
    const id = randomUUID();
    client.say({ op: 'join', topic });
    await client.frame('joined');
    publish(delta(id, 0, 'Hello'));
    await server.events.commit(fenceOf(session), adding(message({ id, role: 'assistant', parts: [text('Hello')] })));
    await client.until(({ events }) => events.length === 1);
    publish(delta(id, 5, '?'));
    const order = client.frames.map(({ op }) => op);
    expect(order.indexOf('delta')).to.be.lessThan(order.indexOf('events'));
    const late = await Client.open(server);
    late.say({ op: 'join', topic });
    await late.frame('joined');
    await say(server, session, 'next');
    await late.until(({ events }) => events.length === 1);
    expect(late.deltas).to.deep.equal([]);
    await late.close();
  });

  it('sends a message and acknowledges it once it is committed', async () => {
    const sent = { op: 'send', topic, client_key: 'k1', text: 'hello' };
    client.say(sent);
    const ack = await client.frame('ack');
    expect(ack).to.deep.include({ op: 'ack', client_key: 'k1', queued: false });
    const { items } = (await api(server, 'GET', `/sessions/${session.session_id}/messages`)).body;
    expect(items[0].id).to.equal(ack.message_id);
    client.frames.length = 0;
    client.say(sent);
    expect((await client.frame('ack')).message_id).to.equal(ack.message_id);
    client.say({ op: 'send', topic: `session:${'0'.repeat(16)}`, client_key: 'k2', text: 'hello' });
    expect(await client.frame('error')).to.include({ client_key: 'k2', code: 'session.unknown' });
  });

  it('takes messages in the order they were sent, however fast', async () => {
    const words = Array.from({ length: 40 }, (_, index) => `m${index}`);
    for (const word of words) client.say({ op: 'send', topic, client_key: word, text: word });
    await client.until(({ frames }) => frames.filter(({ op }) => op === 'ack').length === words.length);
    const [first] = (await server.services.messages.page(session.conversation_id)).items;
    const waiting = await server.services.queue.list(session.conversation_id);
    expect([first?.client_key, ...waiting.map(({ text }) => text)]).to.deep.equal(words);
  });

  it('stops a session', async () => {
    client.say({ op: 'stop', topic }).say({ op: 'stop', topic: 'sessions' });
    expect(await client.frame('error')).to.include({ topic: 'sessions', code: 'topic.unknown' });
  });

  it('answers what is no frame, and goes on', async () => {
    const bad = [
      '',
      '[]',
      '{"op":"fly"}',
      '{"op":"join"}',
      '{"op":"join","topic":"session:x","after":-1}',
      Buffer.from('{"op":"ping"}'),
    ];
    for (const content of bad) client.say(content);
    await client.until(
      ({ frames }) =>
        frames.filter((found) => found.op === 'error' && found.code === 'frame.invalid').length === bad.length,
    );
    client.say({ op: 'join', topic: 'nowhere:x' });
    await client.until(({ frames }) => frames.some((found) => found.op === 'error' && found.code === 'topic.unknown'));
    client.say({ op: 'ping' });
    await client.frame('pong');
  });

  it('C4: a frame over 1 MiB ends the socket with 1009', async () => {
    const other = await Client.open(server);
    other.say('x'.repeat(1_048_577));
    expect((await other.until(({ closed }) => closed)).code).to.equal(1009);
  });

  it('closes a socket with 1011 when the log cannot be read', async () => {
    const other = await Client.open(server);
    const { read } = server.events;
    server.events.read = () => Promise.reject(new Error('gone'));
    other.say({ op: 'join', topic, after: 0 });
    const { code } = await other.until(({ closed }) => closed);
    server.events.read = read;
    expect(code).to.equal(1011);
  });
});

describe('following all sessions', () => {
  const server = useServer();

  it('gives a snapshot, then changes', async () => {
    const first = await newSession(server, { agent_name: 'Ann' });
    const client = await Client.open(server);
    client.say({ op: 'join', topic: 'sessions' });
    const { data } = await client.frame('snapshot');
    expect(data).to.have.nested.property('items[0].agent_name', 'Ann');
    expect(client.frames[0]).to.deep.equal({ op: 'joined', topic: 'sessions' });
    const second = await newSession(server);
    await api(server, 'PATCH', `/sessions/${first.session_id}`, { title: 'Sums' });
    await api(server, 'DELETE', `/sessions/${second.session_id}`);
    const changes = await client.until(({ frames }) => {
      const found = frames.flatMap((frame) => (frame.op === 'change' ? [frame.data] : []));
      return found.length === 3 && found;
    });
    expect(changes).to.have.nested.property('[0].type', 'session.created');
    expect(changes).to.have.nested.property('[1].data.session.title', 'Sums');
    expect(changes[2]).to.deep.equal({ type: 'session.deleted', data: { session_id: second.session_id } });
    client.say({ op: 'leave', topic: 'sessions' }).say({ op: 'ping' });
    await client.frame('pong');
    await client.close();
  });

  it('misses nothing between the snapshot and the changes', async () => {
    const client = await Client.open(server);
    const { list } = server.sessions;
    server.sessions.list = async (filter) => {
      const page = await list.call(server.sessions, filter);
      await newSession(server, { agent_name: 'made meanwhile' });
      return page;
    };
    client.say({ op: 'join', topic: 'sessions' });
    const { data } = await client.frame('change');
    server.sessions.list = list;
    expect(data).to.have.nested.property('data.session.agent_name', 'made meanwhile');
    expect(client.frames.map(({ op }) => op)).to.deep.equal(['joined', 'snapshot', 'change']);
    await client.close();
  });

  it('tells how the platform is', async () => {
    const client = await Client.open(server);
    client.say({ op: 'join', topic: 'system' });
    expect((await client.frame('snapshot')).data).to.include({ database: 'ok', version: '1.2.3' });
    const { ping } = server.services.database;
    server.services.database.ping = () => Promise.reject(new Error('gone'));
    expect((await client.frame('change')).data).to.include({ database: 'down' });
    server.services.database.ping = ping;
    client.say({ op: 'leave', topic: 'system' });
    await client.close();
  });
});

describe('sockets and who may have them', () => {
  it('closes with 4001 what a revoked token opened, and refuses its tickets', async () => {
    const server = await startServer();
    const { id, token } = await server.services.tokens.create('laptop', 'browser');
    const [client, other] = [await Client.open(server, token), await Client.open(server)];
    const { ticket } = (await api(server, 'POST', '/socket-tickets', {}, token)).body;
    expect((await api(server, 'DELETE', `/tokens/${id}`)).status).to.equal(204);
    expect((await client.until(({ closed }) => closed)).code).to.equal(4001);
    expect((await api(server, 'GET', '/health', undefined, token)).status).to.equal(401);
    expect(server.server.signIn.redeemTicket(ticket)).to.equal(null);
    other.say({ op: 'ping' });
    await other.frame('pong');
    await other.close();
    await server.close();
  });

  it('does nothing more for a revoked token whose client does not answer the close', async () => {
    const server = await startServer();
    const session = await newSession(server);
    const { id, token } = await server.services.tokens.create('laptop', 'browser');
    const client = await Client.open(server, token);
    client.socket.pause();
    await server.services.tokens.revoke(id);
    client.say({ op: 'send', topic: `session:${session.session_id}`, client_key: 'late', text: 'let me in' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await server.services.messages.page(session.conversation_id)).items).to.deep.equal([]);
    client.socket.resume();
    expect((await client.until(({ closed }) => closed)).code).to.equal(4001);
    await server.close();
  });

  it('says good-bye, closes with 1001, and cuts who does not answer', async () => {
    const server = await startServer();
    const [client, deaf] = [await Client.open(server), await Client.open(server)];
    deaf.socket.pause();
    await server.server.close(200);
    expect((await client.until(({ closed }) => closed)).code).to.equal(1001);
    expect(client.frames.at(-1)).to.deep.equal({ op: 'going_away' });
    deaf.socket.resume();
    await deaf.until(({ closed }) => closed);
    await server.close();
  });
});

describe('C2: a client that stops reading', () => {
  it('C2: gets no running text while it is behind, all of it when it is back', async () => {
    const server = await startServer();
    const session = await newSession(server);
    const topic = `session:${session.session_id}`;
    const [slow, quick] = [await Client.open(server), await Client.open(server)];
    for (const client of [slow, quick]) await client.say({ op: 'join', topic }).frame('joined');
    slow.socket.pause();
    const id = randomUUID();
    const chunk = 'x'.repeat(16_384);
    const chunks = 1_500;
    for (let n = 0; n < chunks; n += 1) {
      server.live.publish(`session:${session.conversation_id}`, delta(id, n * chunk.length, chunk));
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const whole = chunk.length * chunks;
    const hasAll = ({ deltas }: Client) => deltas.some(({ offset, text: words }) => offset + words.length === whole);
    await quick.until(hasAll);
    slow.socket.resume();
    await slow.until(hasAll);
    expect([textOf(slow, id).length, textOf(quick, id).length]).to.deep.equal([whole, whole]);
    // What it missed came in one piece, from the beginning.
    expect(slow.deltas.some(({ offset, text: words }) => offset === 0 && words.length > 1_048_576)).to.equal(true);
    await Promise.all([slow.close(), quick.close()]);
    await server.close();
  });

  it('C2: is closed with 4008 when events pile up; others are served', async () => {
    const server = await startServer();
    const session = await newSession(server);
    const topic = `session:${session.session_id}`;
    const [slow, quick] = [await Client.open(server), await Client.open(server)];
    for (const client of [slow, quick]) await client.say({ op: 'join', topic }).frame('joined');
    await Promise.all([slow, quick].map((client) => client.say({ op: 'ping' }).frame('pong')));
    slow.socket.pause();
    const words = 'x'.repeat(900_000);
    const many = 20;
    for (let n = 0; n < many; n += 1) await say(server, session, words);
    await quick.until(({ events }) => events.length === many);
    slow.socket.resume();
    expect((await slow.until(({ closed }) => closed)).code).to.equal(4008);
    expect(slow.events.length).to.be.lessThan(many);
    await quick.close();
    await server.close();
  });
});

describe('C1: sockets that are cut at random', () => {
  it('C1: what a client has is the log, exactly, and the running text is whole', async () => {
    const server = await startServer();
    const session = await newSession(server);
    const topic = `session:${session.session_id}`;
    const random = fc.sample(fc.nat({ max: 1_000_000 }), { seed: 4777, numRuns: 4_000 });
    let next = 0;
    const chance = (of: number) => random[next++ % random.length]! % of === 0;
    const drops = 200;
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) {
        const id = randomUUID();
        for (let n = 0; n < 5; n += 1)
          server.live.publish(`session:${session.conversation_id}`, delta(id, n * 3, 'abc'));
        await server.events.commit(
          fenceOf(session),
          adding(message({ id, role: 'assistant', parts: [text('abc'.repeat(5))] })),
        );
      }
    })();

    const follow = async (share: number) => {
      const events: SessionEvent[] = [];
      for (let dropped = 0; dropped < share; dropped += 1) {
        const client = await Client.open(server);
        const after = events.at(-1)?.seq ?? 0;
        client.say({ op: 'join', topic, after, conversation_id: session.conversation_id });
        const wanted = 1 + (random[next++ % random.length]! % 12);
        await client.until((now) => now.events.length >= wanted);
        if (chance(2)) client.socket.terminate();
        else client.socket.close();
        await client.until(({ closed }) => closed);
        events.push(...client.events);
        for (const { message_id } of client.deltas) textOf(client, message_id);
      }
      return events;
    };
    const clients = await Promise.all([follow(drops / 2), follow(drops / 4), follow(drops / 4)]);
    isWriting = false;
    await writing;
    for (const events of clients) {
      const log = await allEvents(server, session.conversation_id, events.length);
      expect(seqs(events)).to.deep.equal(seqs(log));
      expect(events.filter((event, index) => !isDeepStrictEqual(event, log[index]))).to.deep.equal([]);
    }
    await server.close();
  });
});

async function allEvents(server: Running, conversationId: string, count: number): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  while (events.length < count) {
    events.push(
      ...(await server.events.read(conversationId, events.at(-1)?.seq ?? 0, Math.min(500, count - events.length))),
    );
  }
  return events.map((event) =>
    event.type === 'session.created'
      ? {
          ...event,
          data: {
            session: { ...event.data.session, context: { ...event.data.session.context, window_tokens: 8_000 } },
          },
        }
      : event,
  );
}

describe('a browser', () => {
  it('comes in with a code that works once, and loses its right after 12 hours without use', async () => {
    const server = await startServer();
    const { code } = (await api(server, 'POST', '/auth/codes', {})).body;
    const exchange = (given: string, headers: Record<string, string> = { origin: server.url }) =>
      fetch(`${server.url}/api/v1/auth/exchange`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ code: given }),
      });
    expect((await exchange(code, {})).status).to.equal(403);
    const { token, idle_seconds } = (await (await exchange(code)).json()) as { token: string; idle_seconds: number };
    expect(idle_seconds).to.equal(43_200);
    expect((await exchange(code)).status).to.equal(401);
    expect((await exchange('nonsense')).status).to.equal(401);

    const late = (await api(server, 'POST', '/auth/codes', {})).body.code;
    server.clock.now += 60_000;
    expect((await exchange(late)).status).to.equal(401);

    const health = async () => (await api(server, 'GET', '/health', undefined, token)).status;
    for (const path of ['/auth/codes', '/tokens']) {
      const body = path === '/tokens' ? { name: 'more' } : {};
      const { status, body: answer } = await api(server, 'POST', path, body, token);
      expect([status, answer.error.code]).to.deep.equal([403, 'auth.machine_only']);
    }
    server.clock.now += 11 * 3_600_000;
    expect(await health()).to.equal(200);
    server.clock.now += 11 * 3_600_000;
    expect(await health()).to.equal(200);
    server.clock.now += 12 * 3_600_000;
    expect(await health()).to.equal(401);
    await server.close();
  });

  it('keeps its right while a page of it is open, and loses the page when the right was taken elsewhere', async () => {
    const server = await startServer({ tokenCheckMs: 20 });
    const { tokens } = server.services;
    const { id, token } = await tokens.create('tab', 'browser');
    const page = await Client.open(server, token);
    const isUsedNow = async () => {
      const tab = (await tokens.list()).find((one) => one.id === id);
      return tab?.last_used_at === new Date(server.clock.now).toISOString();
    };
    for (let day = 0; day < 3; day += 1) {
      server.clock.now += 11 * 3_600_000;
      while (!(await isUsedNow())) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await api(server, 'GET', '/health', undefined, token)).status).to.equal(200);
    // By another server on the same database, whose listeners are not ours.
    await new Tokens(server.db).revoke(id);
    expect((await page.until(({ closed }) => closed)).code).to.equal(4001);
    await server.close();
  });

  it('opens its socket with a ticket', async () => {
    const server = await startServer();
    const { ticket } = (await api(server, 'POST', '/socket-tickets', {})).body;
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket`, ['maestro.v1', `ticket.${ticket}`], {
      origin: server.url,
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.protocol).to.equal('maestro.v1');
    socket.close();
    await new Promise((resolve) => socket.once('close', resolve));
    await server.close();
  });
});

describe('tokens over REST', () => {
  const server = useServer();
  it('are made for programs, listed without their value, and revoked', async () => {
    const made = await api(server, 'POST', '/tokens', { name: 'script' });
    expect(made.status).to.equal(201);
    expect(made.body).to.include({ name: 'script', kind: 'api' });
    expect((await api(server, 'GET', '/health', undefined, made.body.token)).status).to.equal(200);
    const { items } = (await api(server, 'GET', '/tokens')).body;
    expect(items.map(({ name }: { name: string }) => name)).to.have.members(['this machine', 'script']);
    expect(JSON.stringify(items)).not.to.contain(made.body.token);
    for (const id of [randomUUID(), 'x']) expect((await api(server, 'DELETE', `/tokens/${id}`)).status).to.equal(404);
    expect((await api(server, 'DELETE', `/tokens/${made.body.id}`)).status).to.equal(204);
    expect((await api(server, 'GET', '/health', undefined, made.body.token)).status).to.equal(401);
  });
});
