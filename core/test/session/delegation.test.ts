import { expect } from 'chai';
import type { ModelRequest } from '../../src/extension/provider.js';
import type { Session } from '../../src/protocol/resources.js';
import type { Database } from '../../src/store/database.js';
import { UsageSums } from '../../src/store/usage.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { call, hold, type Reply, ScriptedProvider, say, usage } from '../../src/testing/scripted-provider.js';
import { agentTool as agent, ListWire, Rig, type RigOptions, until } from './rig.js';

/** What a request asks: the words of its last user message, and whether results stand after it. */
function asked(request: ModelRequest): { words: string; results: string[] } {
  const results: string[] = [];
  for (const { role, parts } of [...request.messages].reverse()) {
    if (role === 'user')
      return { words: parts.flatMap((part) => ('text' in part ? [part.text] : [])).join(' '), results };
    for (const part of parts) {
      if (part.type === 'tool_result')
        results.push(...part.content.flatMap((one) => ('text' in one ? [one.text] : [])));
    }
  }
  return { words: '', results };
}

/** Answers by what is asked: "call a b" calls an agent for each word, everything else is said back. */
function helpful(more: (words: string) => Reply | undefined = () => undefined) {
  return (request: ModelRequest): Reply => {
    const { words, results } = asked(request);
    if (results.length > 0) return [say(`${words}: ${results.join(' | ')}`), usage(10, 1)];
    const known = more(words);
    if (known) return known;
    if (words.startsWith('call ')) {
      const prompts = words.slice(5).split(' + ');
      return [...prompts.map((prompt, index) => call('agent', { prompt }, `c${index}`)), usage(100, 10)];
    }
    return [say(`did ${words}`), usage(7, 3)];
  };
}

describe('giving work to agents', () => {
  let db: Database & TestDatabase;
  let rig: Rig | undefined;

  before(async () => {
    db = await openTestDatabase();
  });
  afterEach(async () => {
    await rig?.close();
    rig = undefined;
    await db.query('truncate sessions cascade');
    await db.query('truncate drafts');
  });
  after(() => db.drop());

  const open = async (provider: ScriptedProvider, options: RigOptions = {}) => {
    rig = await Rig.open(db, provider, { tools: [agent()], ...options });
    return rig;
  };
  const children = async (parent: Session) => (await rig!.sessions.list({ parent: parent.session_id })).items;
  const lastWords = async (session: Session) => (await rig!.spoken(session)).at(-1);

  it('gives the last words of a session of its own, which is made with the event that tells of it', async () => {
    const { sessions, ...here } = await open(new ScriptedProvider(helpful()));
    void here;
    const session = await rig!.session({ tools: { other: false }, approval: 'allow' });
    await rig!.send(session, 'call sums');
    expect(await rig!.rest(session)).to.include({ state: 'completed' });
    expect(await lastWords(session)).to.equal('assistant: call sums: did sums');

    const [child] = await children(session);
    expect(child).to.deep.include({
      agent_name: 'Helper',
      template: 'helper',
      parent_session_id: session.session_id,
      depth: 1,
      system_prompt: 'Help.',
      provider: 'scripted',
      model: 'scripted-1',
      working_directory: '/nowhere',
      approval: 'allow',
      tools: { other: false },
      status: 'idle',
    });
    expect(await rig!.spoken(child!)).to.deep.equal(['user: sums', 'assistant: did sums']);
    expect((await rig!.told(child!))[0]).to.equal('session.created');
    const told = (await rig!.log(session)).filter(({ type }) => type.startsWith('subagent.'));
    expect(told.map(({ type, data }) => [type, (data as { session_id: string }).session_id])).to.deep.equal([
      ['subagent.started', child!.session_id],
      ['subagent.finished', child!.session_id],
    ]);
    expect((await sessions.list()).items.map(({ session_id }) => session_id)).to.deep.equal([session.session_id]);
    expect((await sessions.list({ parent: 'all' })).items).to.have.length(2);
    await rig!.isSound();
  });

  it('runs the agents of one reply side by side', async () => {
    const provider = new ScriptedProvider(
      helpful((words) => (/^[abc]$/.test(words) ? [hold(words), say(`did ${words}`)] : undefined)),
    );
    await open(provider);
    const session = await rig!.session();
    await rig!.send(session, 'call a + b + c');
    await Promise.all(['a', 'b', 'c'].map((name) => provider.held(name)));
    for (const name of ['c', 'b', 'a']) provider.release(name);
    await rig!.rest(session);
    expect(await lastWords(session)).to.equal('assistant: call a + b + c: did a | did b | did c');
    await rig!.isSound();
  });

  it('lets agents call agents five levels deep, and tells the last one so', async () => {
    await open(new ScriptedProvider(helpful()), { tools: [agent({ template: null })] });
    const session = await rig!.session();
    await rig!.send(session, 'call call call call call call call deep');
    await rig!.rest(session);
    const all = (await rig!.sessions.list({ parent: 'all' })).items;
    expect(all.map(({ depth }) => depth).sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(await lastWords(session))
      .to.contain('5 levels deep')
      .and.to.contain('Do the work yourself');
    await rig!.isSound();
  });

  it('refuses an agent that waits for itself twice already', async () => {
    await open(new ScriptedProvider(helpful()));
    const session = await rig!.session();
    await rig!.send(session, 'call call call round');
    await rig!.rest(session);
    expect((await rig!.sessions.list({ parent: 'all' })).items).to.have.length(3);
    expect(await lastWords(session)).to.contain('"helper" already waits for itself');
  });

  it('refuses the seventeenth agent of one reply', async () => {
    await open(new ScriptedProvider(helpful()));
    const session = await rig!.session();
    await rig!.send(session, `call ${Array.from({ length: 17 }, (_, i) => `n${i}`).join(' + ')}`);
    await rig!.rest(session);
    expect(await children(session)).to.have.length(16);
    expect(await lastWords(session)).to.contain('One reply may call 16 agents');
    await rig!.isSound();
  }).timeout(20_000);

  it('tells why an agent failed, and where', async () => {
    const provider = new ScriptedProvider(
      helpful((words) => (words === 'break' ? [{ type: 'fail', error: new Error('no idea') }] : undefined)),
    );
    await open(provider);
    const session = await rig!.session();
    await rig!.send(session, 'call break');
    await rig!.rest(session);
    const [child] = await children(session);
    expect(await lastWords(session))
      .to.contain(child!.session_id)
      .and.to.contain('failed');
    expect((await rig!.history(session)).at(-2)!.parts[0]).to.include({ is_error: true, outcome: 'failed' });
  });

  it('asks another provider where the agent wants one, and says so where it is not there', async () => {
    const other = new ScriptedProvider([[say('from elsewhere')]], { id: 'other' });
    await open(new ScriptedProvider(helpful()), { tools: [agent({ provider: 'other' })] });
    const session = await rig!.session();
    await rig!.send(session, 'call one');
    await rig!.rest(session);
    expect(await lastWords(session)).to.contain('"other", which is not loaded');
    rig!.providers.add(other, 'test');
    await rig!.send(session, 'call two');
    await rig!.rest(session);
    expect(await lastWords(session)).to.equal('assistant: call two: from elsewhere');
    expect((await children(session))[0]).to.include({ provider: 'other', model: 'scripted-1', credential_id: null });
  });

  it('stops agents at every depth within a second of their caller', async () => {
    const provider = new ScriptedProvider(
      helpful((words) => (words === 'wait' ? [say('on'), hold('wait')] : undefined)),
    );
    await open(provider, { tools: [agent({ template: null })] });
    const session = await rig!.session();
    await rig!.send(session, 'call call call call call wait');
    await provider.held('wait');
    const started = performance.now();
    await rig!.engine.stop(session.session_id);
    await until(async () => (await live(db)) === 0);
    expect(performance.now() - started).to.be.below(1_000);
    const states = await db.query<{ state: string }>('select distinct state from turns');
    expect(states.rows).to.deep.equal([{ state: 'cancelled' }]);
    const told = (await rig!.log(session)).filter(({ type }) => type === 'subagent.finished');
    expect(told.map(({ data }) => (data as { outcome: string }).outcome)).to.deep.equal(['cancelled']);
    await rig!.isSound();
  });

  it('removes agents with the session they answer', async () => {
    await open(new ScriptedProvider(helpful()), { tools: [agent({ template: null })] });
    const session = await rig!.session();
    const kept = await rig!.session();
    await rig!.send(session, 'call call deep');
    await rig!.rest(session);
    const gone: string[] = [];
    rig!.sessions.onChange((change) => void (change.type === 'deleted' && gone.push(change.session_id)));
    await rig!.engine.removeSession(session.session_id);
    expect(gone).to.have.length(3);
    const left = (await rig!.sessions.list({ parent: 'all' })).items;
    expect(left.map(({ session_id }) => session_id)).to.deep.equal([kept.session_id]);
  });

  it('goes on without an agent whose session was removed', async () => {
    const provider = new ScriptedProvider(helpful((words) => (words === 'wait' ? [hold('wait')] : undefined)));
    await open(provider);
    const session = await rig!.session();
    await rig!.send(session, 'call wait');
    await provider.held('wait');
    const [child] = await children(session);
    await rig!.engine.removeSession(child!.session_id);
    await rig!.rest(session);
    expect(await lastWords(session)).to.match(/was stopped by the user|session was removed/);
  });

  it('counts what agents use for every session above them, exactly', async () => {
    const prices = { cost: () => ({ usd: '0.0125', source: 'test' }) };
    const prepare = () =>
      ({ operation: 'x', profile: { id: 'x' }, origin: 'http://x', body: Buffer.from('{}') }) as never;
    const provider = new ScriptedProvider(helpful(), { prepare });
    await open(provider, { prices, wire: new ListWire([]), tools: [agent({ template: null })] });
    const session = await rig!.session();
    await rig!.send(session, 'call call x + call y + z');
    await rig!.rest(session);
    const { rows } = await db.query<{ n: number; tokens: number; cost: string }>(
      'select count(*)::int as n, sum(request_tokens)::int as tokens, sum(total_cost_usd)::text as cost from provider_calls',
    );
    const top = await rig!.sessions.get(session.session_id);
    expect(rows[0]!.n).to.be.greaterThan(5);
    expect(top.totals.request_tokens).to.equal(rows[0]!.tokens);
    expect(Number(top.totals.total_cost_usd)).to.equal(Number(rows[0]!.cost));
    const { totals, by_activity } = await new UsageSums(db).ofSession(session.session_id);
    expect(totals).to.include({ calls: rows[0]!.n, request_tokens: rows[0]!.tokens });
    expect(by_activity.map(({ activity }) => activity).sort()).to.deep.equal(['conversation', 'sub_agent']);
    expect(by_activity.find(({ activity }) => activity === 'conversation')!.calls).to.equal(2);
    for (const child of (await rig!.sessions.list({ parent: 'all' })).items) {
      const sums = await new UsageSums(db).ofSession(child.session_id);
      expect(sums.totals.request_tokens, child.session_id).to.equal(child.totals.request_tokens);
    }
    await rig!.isSound();
  });
});

async function live(db: Database): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from turns where state in ('queued', 'calling', 'tools')`,
  );
  return rows[0]!.n;
}
