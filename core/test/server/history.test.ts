import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type Message, type Part, text } from '../../src/protocol/messages.js';
import type { MessagePage, SearchHit, Session } from '../../src/protocol/resources.js';
import { checkInvariants } from '../../src/store/invariants.js';
import { adding, message } from '../records/support.js';
import { api, newSession, useServer } from './support.js';

describe('the history of a conversation over REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);
  const pageOf = async ({ session_id }: Session, query: string): Promise<MessagePage> =>
    (await ask('GET', `/sessions/${session_id}/messages?${query}`)).body;
  const positions = async (session: Session, query: string) => {
    const { items, next, last_pos } = await pageOf(session, query);
    return [items.map(({ pos }) => pos), next, last_pos];
  };
  const says = async ({ conversation_id }: Session, ...given: Parameters<typeof message>[0][]) => {
    for (const one of given)
      await server.events.commit({ conversationId: conversation_id, epoch: null }, adding(message(one)));
  };
  const words = (value: string) => ({ parts: [text(value)] });
  const find = async (query: Record<string, string>): Promise<{ items: SearchHit[]; next: string | null }> =>
    (await ask('GET', `/search?${new URLSearchParams(query)}`)).body;

  it('comes in windows: the newest, before, after and around a position or a message', async () => {
    const session = await newSession(server);
    await says(session, ...Array.from({ length: 12 }, (_, index) => words(`${index + 1}`)));
    expect(await positions(session, 'limit=3')).to.deep.equal([[10, 11, 12], '10', 12]);
    expect(await positions(session, 'limit=3&before=3')).to.deep.equal([[1, 2], null, 12]);
    expect(await positions(session, 'limit=3&after=4')).to.deep.equal([[5, 6, 7], '7', 12]);
    expect(await positions(session, 'limit=3&after=10')).to.deep.equal([[11, 12], null, 12]);
    expect(await positions(session, 'limit=4&around=6')).to.deep.equal([[4, 5, 6, 7], '4', 12]);
    expect(await positions(session, 'limit=4&around=1')).to.deep.equal([[1, 2, 3, 4], null, 12]);
    expect(await positions(session, 'limit=4&around=12')).to.deep.equal([[10, 11, 12], '10', 12]);
    const { items } = await pageOf(session, 'limit=1&before=8');
    expect(await positions(session, `limit=4&around=${items[0]!.id}`)).to.deep.equal([[5, 6, 7, 8], '5', 12]);
    const codes = ['around=1&after=1', `around=${randomUUID()}`, 'around=x'].map(async (query) => {
      const { status, body } = await ask('GET', `/sessions/${session.session_id}/messages?${query}`);
      return [status, body.error.code];
    });
    const invalid = [400, 'request.invalid'];
    expect(await Promise.all(codes)).to.deep.equal([invalid, [404, 'message.unknown'], invalid]);
  });

  it('is searched for all words, each as a beginning, in what anybody said or a tool gave', async () => {
    const session = await newSession(server, { title: 'Gardening' });
    const other = await newSession(server);
    const result: Part = {
      ...{
        v: 1,
        type: 'tool_result',
        call_id: 'c',
        name: 'run',
        is_error: false,
        outcome: 'succeeded',
        duration_ms: 1,
      },
      content: [{ v: 1, type: 'terminal', exit_code: 0, chunks: [{ stream: 'stdout', text: 'quokka counted' }] }],
    } as Part;
    const call: Part = { v: 1, type: 'tool_call', id: 'c', name: 'run', args: { path: 'lib/zebra_counter.ex' } };
    await says(
      session,
      words('Where does the Quokka live? "It\'s" 100% wild & free; <b>bold</b>'),
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [result] },
      words('quokkas again'),
    );
    await says(other, words('A quokka elsewhere'));
    const inside = await find({ q: 'quokka', session: session.session_id });
    expect(inside.items.map(({ pos, role }) => [pos, role])).to.deep.equal([
      [4, 'user'],
      [3, 'tool'],
      [1, 'user'],
    ]);
    expect(inside.items[2]?.excerpt).to.contain('Where does the Quokka live?');
    const at = async (q: string) => (await find({ q, session: session.session_id })).items.map(({ pos }) => pos);
    expect(await at('zebra')).to.deep.equal([2]);
    expect(await at('counter.ex')).to.deep.equal([2]);
    expect(await at('quokka LIV')).to.deep.equal([1]);
    expect(await at('quokka penguin')).to.deep.equal([]);
    expect(await at(`it's ' & | ! <-> :* \\`)).to.deep.equal([1]);
    expect(await at('&|!()')).to.deep.equal([]);
    const everywhere = await find({ q: 'quokka' });
    expect(everywhere.items).to.have.length(4);
    expect(everywhere.items[0]?.session_id).to.equal(other.session_id);
    expect((await find({ q: 'gardening' })).items[0]).to.include({ title: 'Gardening', message_id: null });
    const one = await find({ q: 'quokka', session: session.session_id, limit: '1' });
    const two = await find({ q: 'quokka', session: session.session_id, limit: '1', cursor: one.next! });
    expect([one, two].map(({ items }) => items.map(({ pos }) => pos))).to.deep.equal([[4], [3]]);
    const more = await find({ q: 'quokka', limit: '3' });
    expect((await find({ q: 'quokka', cursor: more.next! })).items.map(({ pos }) => pos)).to.deep.equal([1]);
    expect((await ask('GET', '/search?q=a&cursor=x')).body.error.code).to.equal('cursor.invalid');
    expect((await ask('GET', '/search?q=a&session=nobody')).body.error.code).to.equal('session.unknown');
  });

  it('takes messages of any length and letters, and finds what stands near their beginning', async () => {
    const session = await newSession(server);
    const manyWords = Array.from({ length: 300_000 }, (_, index) => index.toString(36)).join(' ');
    await says(
      session,
      words(`aardvark ${manyWords}`),
      words('b'.repeat(400_000)),
      words('\u{1f980} Ünïcode größe 日本語'),
    );
    const at = async (q: string) => (await find({ q, session: session.session_id })).items.map(({ pos }) => pos);
    expect(await at('aardvark')).to.deep.equal([1]);
    expect(await at('GRÖSSE größ')).to.deep.equal([]);
    expect(await at('größ')).to.deep.equal([3]);
    expect(await at('日本')).to.deep.equal([3]);
  });

  it('goes on in a session of its own, from the end or from a message', async () => {
    const session = await newSession(server, { title: 'Sums', tools: { look: false } });
    const call: Part = { v: 1, type: 'tool_call', id: 'c1', name: 'look', args: {} };
    const result = {
      ...{ v: 1, type: 'tool_result', call_id: 'c1', name: 'look', is_error: false, outcome: 'succeeded' },
      ...{ content: [text('seen')], duration_ms: 1 },
    } as Part;
    const turn_id = randomUUID();
    await says(
      session,
      words('one'),
      { role: 'assistant', parts: [call], turn_id },
      { role: 'tool', parts: [result], turn_id },
      { role: 'assistant', parts: [text('done')], turn_id },
      words('two'),
    );
    const { items } = await pageOf(session, '');
    const fork = async (body: object): Promise<[Session, Message[]]> => {
      const { status, body: made } = await ask('POST', `/sessions/${session.session_id}/fork`, body);
      expect(status).to.equal(201);
      return [made, (await pageOf(made, '')).items];
    };
    const said = (messages: Message[]) => messages.map(({ pos, role, parts }) => ({ pos, role, parts }));
    const [whole, all] = await fork({});
    expect(whole).to.deep.include({ title: 'Sums (fork)', forked_from: session.session_id, parent_session_id: null });
    expect(whole).to.deep.include({ tools: { look: false }, totals: session.totals, status: 'idle' });
    expect(said(all)).to.deep.equal(said(items));
    expect(all[1]!.turn_id).to.be.a('string').that.equals(all[3]!.turn_id).and.not.equals(turn_id);
    expect(all.every(({ id }, index) => id !== items[index]!.id)).to.equal(true);
    // A reply comes with the results of its calls.
    const [, some] = await fork({ at_message_id: items[1]!.id });
    expect(said(some)).to.deep.equal(said(items.slice(0, 3)));
    const [, from] = await fork({ at_message_id: items[3]!.id });
    expect(said(from)).to.deep.equal(said(items.slice(0, 4)));
    const { status, body } = await ask('POST', `/sessions/${session.session_id}/fork`, { at_message_id: randomUUID() });
    expect([status, body.error.code]).to.deep.equal([404, 'message.unknown']);
    expect(await checkInvariants(server.db)).to.deep.equal([]);
    expect(said((await pageOf(session, '')).items)).to.deep.equal(said(items));
  });

  it('goes another way where the message of a person is said anew', async () => {
    const session = await newSession(server);
    await says(session, words('one'), { role: 'assistant', parts: [text('1')] }, words('two'));
    const { items } = await pageOf(session, '');
    const edited = { at_message_id: items[2]!.id, text: 'three' };
    const { status, body: made } = await ask('POST', `/sessions/${session.session_id}/fork`, edited);
    expect([status, made.error]).to.deep.equal([201, undefined]);
    const told = (await pageOf(made, '')).items.flatMap(({ parts }) =>
      parts.map((part) => 'text' in part && part.text),
    );
    expect(told.slice(0, 3)).to.deep.equal(['one', '1', 'three']);
    const added = { at_message_id: items[1]!.id, text: 'and?' };
    const { body: other } = await ask('POST', `/sessions/${session.session_id}/fork`, added);
    expect((await pageOf(other, '')).items.slice(0, 3).map(({ role }) => role)).to.deep.equal([
      'user',
      'assistant',
      'user',
    ]);
  });

  it('is found and read at once among 100,000 messages', async function () {
    this.timeout(180_000);
    const session = await newSession(server);
    await server.db.query(
      `insert into messages (id, conversation_id, pos, role, status, parts)
       select gen_random_uuid(), $1, n, case n % 2 when 0 then 'assistant' else 'user' end, 'complete',
         jsonb_build_array(jsonb_build_object('v', 1, 'type', 'text', 'text',
           'message number ' || n || ' of many ' || md5(n::text) || case n % 9973 when 0 then ' narwhal' else '' end))
       from generate_series(1, 100000) n`,
      [session.conversation_id],
    );
    await server.db.query('analyze messages');
    const timed = async (work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };
    const { session_id } = session;
    const took = {
      rare: await timed(async () =>
        expect((await find({ q: 'narwhal', session: session_id })).items).to.have.length(10),
      ),
      common: await timed(async () =>
        expect((await find({ q: 'message', session: session_id })).items).to.have.length(50),
      ),
      everywhere: await timed(async () => expect((await find({ q: 'narwhal' })).items).to.have.length(10)),
      prefix: await timed(async () =>
        expect((await find({ q: 'mess numb', session: session_id })).items).to.have.length(50),
      ),
      around: await timed(async () => expect((await pageOf(session, 'around=50000')).items).to.have.length(50)),
    };
    console.log(
      `      ${Object.entries(took)
        .map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
        .join(', ')}`,
    );
    for (const [name, ms] of Object.entries(took)) expect(ms, name).to.be.below(1_000);
  });
});
