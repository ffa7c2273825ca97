import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import { type ContentPart, text, textOf } from '../../src/protocol/messages.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { call, fail, ScriptedProvider, say, usage } from '../../src/testing/scripted-provider.js';
import { Rig, tool } from './rig.js';

describe('a model call beside the conversation', () => {
  let db: Database & TestDatabase;
  let rig: Rig;
  before(async () => {
    db = await openTestDatabase();
  });
  afterEach(() => rig.engine.close(1_000));
  after(() => db.drop());

  const asked = { role: 'user', parts: [text('What is 2 + 2?')], provider: null, model: null } as const;
  const asks = tool('asks', async (_args, { ask }) => {
    const content: ContentPart[] = [];
    const reply = await ask({ activity: 'sum', system: 'Add.', messages: [asked], maxTokens: 50 });
    content.push(text(`${reply.model} says ${textOf(reply.parts)}`));
    return { content };
  });

  it('asks the session its model with what the tool says, and hands back the reply', async () => {
    const provider = new ScriptedProvider([[call('asks', { n: 1 })], [say('4'), usage(7, 1)], [say('Four.')]]);
    rig = await Rig.open(db, provider, { tools: [asks], prices: { cost: () => ({ usd: '0.5', source: 'test' }) } });
    const session = await rig.session();
    await rig.send(session, 'Ask');
    await rig.rest(session);
    const side = provider.requests[1];
    expect(side).to.deep.include({ system: 'Add.', maxTokens: 50, tools: [] });
    expect(side?.messages).to.deep.equal([asked]);
    const result = (await rig.history(session)).find(({ role }) => role === 'tool')?.parts[0];
    expect(result).to.deep.include({ outcome: 'succeeded', content: [text('scripted-1 says 4')] });
    expect(await rig.spoken(session)).to.deep.equal([
      ...['user: Ask', 'assistant: asks()', 'tool: =succeeded', 'assistant: Four.'],
    ]);
  });

  it('counts in what the session used', async () => {
    const replies = [
      [call('asks', { n: 1 }), usage(1, 1)],
      [say('4'), usage(700, 10)],
      [say('Four.'), usage(2, 2)],
    ];
    rig = await Rig.open(db, new ScriptedProvider(replies), { tools: [asks] });
    const session = await rig.session();
    await rig.send(session, 'Ask');
    await rig.rest(session);
    const { totals } = await rig.sessions.get(session.session_id);
    expect([totals.request_tokens, totals.response_tokens]).to.deep.equal([703, 13]);
  });

  const searches = tool('searches', async (_args, { ask }) => {
    const reply = await ask({ activity: 'web_search', messages: [asked], webSearch: true });
    return { content: [text(`${textOf(reply.parts)} ${JSON.stringify(reply.sources)}`)] };
  });

  it('searches the web where the provider does, and hands back the pages it rests on, each once', async () => {
    const source = (url: string, title = 'A page') => ({ type: 'source', url, title }) as const;
    const found = [source('https://a.org/'), source('javascript:x'), source('https://a.org/', 'again')];
    const replies = [
      [call('searches', { n: 1 })],
      [say('4'), ...found, source('http://b.org/', ' B\nb ')],
      [say('So.')],
    ];
    const provider = new ScriptedProvider(replies, { searchesWeb: true });
    rig = await Rig.open(db, provider, { tools: [searches] });
    const session = await rig.session();
    await rig.send(session, 'Search');
    await rig.rest(session);
    expect(provider.requests.map(({ webSearch }) => webSearch ?? false)).to.deep.equal([false, true, false]);
    const result = (await rig.history(session)).find(({ role }) => role === 'tool')?.parts[0];
    const sources = [
      { url: 'https://a.org/', title: 'A page' },
      { url: 'http://b.org/', title: 'B b' },
    ];
    expect(result).to.deep.include({ outcome: 'succeeded', content: [text(`4 ${JSON.stringify(sources)}`)] });
  });

  it('says that a provider does not search the web, before it is asked', async () => {
    const provider = new ScriptedProvider([[call('searches', { n: 1 })], [say('Then not.')]]);
    rig = await Rig.open(db, provider, { tools: [searches] });
    const session = await rig.session();
    await rig.send(session, 'Search');
    await rig.rest(session);
    expect(provider.requests).to.have.length(2);
    const result = (await rig.history(session)).find(({ role }) => role === 'tool')?.parts[0];
    expect(JSON.stringify(result)).to.include('Scripted does not search the web');
  });

  it('is made again where that may help, and fails the tool alone where it does not', async () => {
    const busy = () => fail(new ProviderError('overloaded', 'busy', { status: 529 }));
    const wrong = fail(new ProviderError('bad_request', 'no such thing', { status: 400 }));
    const provider = new ScriptedProvider([
      ...[
        [call('asks', { n: 1 }, 'one')],
        [busy()],
        [say('4')],
        [call('asks', { n: 1 }, 'two')],
        [wrong],
        [say('Well.')],
      ],
    ]);
    rig = await Rig.open(db, provider, { tools: [asks] });
    const session = await rig.session();
    await rig.send(session, 'Ask');
    await rig.rest(session);
    expect(await rig.spoken(session)).to.deep.equal([
      ...[
        'user: Ask',
        'assistant: asks()',
        'tool: =succeeded',
        'assistant: asks()',
        'tool: =failed',
        'assistant: Well.',
      ],
    ]);
  });

  it('ends with its tool when the turn is stopped', async () => {
    const provider = new ScriptedProvider([[call('asks', { n: 1 })], [{ type: 'hold', name: 'side' }]]);
    rig = await Rig.open(db, provider, { tools: [asks] });
    const session = await rig.session();
    await rig.send(session, 'Ask');
    while (provider.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await rig.engine.stop(session.session_id);
    expect((await rig.spoken(session)).at(-1)).to.equal('tool: =cancelled');
  });
});
