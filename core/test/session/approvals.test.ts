import { expect } from 'chai';
import { Type } from 'typebox';
import { defineTool } from '../../src/extension/tool.js';
import { MemoryLive } from '../../src/live/memory.js';
import { silentLog } from '../../src/log.js';
import type { ApprovalPolicy, ApprovalResource, Question, QuestionAnswer } from '../../src/protocol/approvals.js';
import type { Session } from '../../src/protocol/resources.js';
import { ApprovalRules } from '../../src/store/approval-rules.js';
import { Approvals } from '../../src/store/approvals.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { call, type Reply, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { gives, Rig, type RigOptions, tool, until } from './rig.js';

describe('approvals', () => {
  let db: Database & TestDatabase;
  let rigs: Rig[] = [];
  beforeEach(async () => {
    db = await openTestDatabase();
  });
  afterEach(async () => {
    for (const rig of rigs) await rig.close(1_000);
    rigs = [];
    await db.drop();
  });

  const ran: unknown[] = [];
  const command = defineTool({
    id: 'command',
    title: 'Runs a command',
    description: 'Runs.',
    parameters: Type.Object({ line: Type.String() }, { additionalProperties: false }),
    effects: 'exec',
    retry: 'never',
    subject: ({ line }) => line,
    run: async ({ line }) => {
      ran.push(line);
      return gives(`ran ${line}`);
    },
  });
  const look = tool('look', async () => gives('seen'), { effects: 'read' });
  beforeEach(() => ran.splice(0));

  async function open(replies: Reply[], options: RigOptions = {}): Promise<Rig> {
    const rig = await Rig.open(db, new ScriptedProvider(replies), { tools: [command, look], ...options });
    rigs.push(rig);
    return rig;
  }
  const store = () => new Approvals(db);
  const rules = () => new ApprovalRules(db);

  async function asked(session: Session, count = 1): Promise<ApprovalResource[]> {
    const find = async () => (await store().list({ state: 'open', session_id: session.session_id })).items;
    await until(async () => (await find()).length >= count);
    return find();
  }
  async function begin(
    line: string,
    policy: ApprovalPolicy | null = 'ask',
    more: Reply[] = [],
    options: RigOptions = {},
  ) {
    const rig = await open([call('command', { line }), ...more, say('done')], options);
    const session = await rig.session({ approval: policy });
    await rig.send(session, 'go');
    return { rig, session };
  }
  const result = async (rig: Rig, session: Session): Promise<string> => {
    const parts = (await rig.history(session)).flatMap(({ parts }) => parts);
    return parts
      .flatMap((part) => (part.type === 'tool_result' ? part.content : []))
      .map((part) => ('text' in part ? part.text : ''))
      .join('\n');
  };

  it('asks before what does more than read, shows what it asks, and goes on with the answer', async () => {
    const { rig, session } = await begin('make all');
    const [request] = await asked(session);
    expect(request).to.deep.include({
      kind: 'tool',
      tool: 'command',
      effects: 'exec',
      title: 'Runs a command',
      state: 'open',
    });
    expect(request).to.deep.include({
      args: { line: 'make all' },
      session_id: session.session_id,
      agent_name: 'Tester',
    });
    expect(request!.always).to.deep.equal({ tool: 'command', pattern: 'make *' });
    await until(async () => (await rig.status(session)) === 'approval');
    expect(ran).to.deep.equal([]);
    const answered = await rig.engine.answer(request!.id, { decision: 'allow' }, 'someone');
    expect(answered).to.include({ state: 'allowed', resolved_by: 'someone' });
    expect((await rig.rest(session)).state).to.equal('completed');
    expect(ran).to.deep.equal(['make all']);
    expect(await rig.status(session)).to.equal('idle');
    const told = await rig.told(session);
    expect(told.filter((type) => type.startsWith('approval.'))).to.deep.equal([
      'approval.requested',
      'approval.resolved',
    ]);
    expect(told.indexOf('approval.resolved')).to.be.lessThan(told.indexOf('tool.started'));
    await rig.isSound();
  });

  it('tells the model what a person says who denies', async () => {
    const { rig, session } = await begin('rm x');
    const [request] = await asked(session);
    await rig.engine.answer(request!.id, { decision: 'deny', text: 'keep that file' }, 'me');
    await rig.rest(session);
    expect(ran).to.deep.equal([]);
    expect(await result(rig, session))
      .to.include('said no')
      .and.include('keep that file');
  });

  it('runs with arguments that a person changed, and says so to the model', async () => {
    const { rig, session } = await begin('rm -rf /');
    const [request] = await asked(session);
    const wrong = rig.engine.answer(request!.id, { decision: 'allow', args: { line: 1 } }, 'me');
    expect(await wrong.catch((error) => error)).to.include({ code: 'approval.bad_answer' });
    await rig.engine.answer(request!.id, { decision: 'allow', args: { line: 'ls' } }, 'me');
    await rig.rest(session);
    expect(ran).to.deep.equal(['ls']);
    expect(await result(rig, session))
      .to.include('changed the arguments')
      .and.include('{"line":"ls"}');
  });

  it('does not ask again for what always was said to, until the rule is removed', async () => {
    const replies = ['make a', 'make b', 'make c'].map((line, n) => call('command', { line }, `c${n}`));
    const rig = await open([replies[0]!, replies[1]!, say('done'), replies[2]!, say('done')]);
    const session = await rig.session({ approval: 'ask' });
    await rig.send(session, 'go');
    const [request] = await asked(session);
    await rig.engine.answer(request!.id, { decision: 'always' }, 'me');
    await rig.rest(session);
    expect(ran).to.deep.equal(['make a', 'make b']);
    const { items } = await rules().list(session.session_id);
    expect(items).to.have.length(1);
    expect(items[0]).to.include({
      tool: 'command',
      pattern: 'make *',
      source: 'always',
      session_id: session.session_id,
    });
    await rules().remove(items[0]!.id);
    await rig.send(session, 'again');
    const [next] = await asked(session);
    expect(next!.args).to.deep.equal({ line: 'make c' });
  });

  it('decides for each thing that a call is about, and offers no rule that would cover more', async () => {
    const several = { ...command, subject: ({ line }: { line: string }) => line.split(' and ') };
    await rules().add({ session_id: null, tool: 'command', pattern: 'make *', decision: 'allow' });
    await rules().add({ session_id: null, tool: 'command', pattern: 'rm *', decision: 'deny' });
    const refused = await begin('make a and rm x', 'ask', [], { tools: [several] });
    await refused.rig.rest(refused.session);
    expect(await result(refused.rig, refused.session)).to.include('rule of the user denies');
    const free = await begin('make a and make b', 'ask', [], { tools: [several] });
    await free.rig.rest(free.session);
    expect(ran).to.deep.equal(['make a and make b']);
    const { rig, session } = await begin('make a and git pull', 'ask', [], { tools: [several] });
    const [request] = await asked(session);
    expect(request!.always).to.equal(null);
    await rig.engine.answer(request!.id, { decision: 'always' }, 'me');
    expect((await rig.rest(session)).state).to.equal('completed');
    expect((await rules().list(session.session_id)).items.filter(({ source }) => source === 'always')).to.deep.equal(
      [],
    );
  });

  it('refuses with words what a plan may not do, and what a rule denies', async () => {
    const planned = await begin('make', 'plan');
    await planned.rig.rest(planned.session);
    expect(await result(planned.rig, planned.session)).to.include('only plans');
    await rules().add({ session_id: null, tool: 'comm*', pattern: 'rm *', decision: 'deny' });
    const denied = await begin('rm x', 'allow', [], { join: true });
    await denied.rig.rest(denied.session);
    expect(await result(denied.rig, denied.session)).to.include('rule of the user denies');
    expect(ran).to.deep.equal([]);
  });

  it('goes by the configuration where a session says nothing', async () => {
    const { rig, session } = await begin('make', null, [], { approval: 'ask' });
    const [request] = await asked(session);
    await rig.engine.answer(request!.id, { decision: 'allow' }, 'me');
    expect((await rig.rest(session)).state).to.equal('completed');
  });

  it('takes only the first answer', async () => {
    const { rig, session } = await begin('make');
    const [request] = await asked(session);
    const answers = await Promise.allSettled(
      (['allow', 'deny', 'always', 'allow'] as const).map((decision) =>
        rig.engine.answer(request!.id, { decision }, 'me'),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    const codes = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(codes).to.deep.equal(['approval.closed', 'approval.closed', 'approval.closed']);
    await rig.rest(session);
    const unknown = rig.engine.answer('nobody', { decision: 'allow' }, 'me');
    expect(await unknown.catch((error) => error)).to.include({ code: 'approval.unknown' });
  });

  it('closes what is open when the turn is stopped', async () => {
    const { rig, session } = await begin('make');
    const [request] = await asked(session);
    await rig.engine.stop(session.session_id);
    expect(await rig.status(session)).to.equal('idle');
    expect(await store().get(request!.id)).to.include({ state: 'cancelled' });
    expect(await rig.told(session)).to.include('approval.resolved');
    expect(ran).to.deep.equal([]);
    await rig.isSound();
  });

  it('goes with its session', async () => {
    const { rig, session } = await begin('make');
    await asked(session);
    await rules().add({ session_id: session.session_id, tool: 'x', pattern: null, decision: 'deny' });
    await rig.engine.removeSession(session.session_id);
    expect((await store().list()).items).to.deep.equal([]);
    expect((await rules().list()).items).to.deep.equal([]);
  });

  it('waits on in the next process, which asks nothing twice', async () => {
    const first = await begin('make');
    const [request] = await asked(first.session);
    // Nothing of what the first server does after this is committed: it is as good as dead.
    await db.query('update conversations set epoch = epoch + 1, owner = null');
    await first.rig.close(0);
    for (let starts = 0; starts < 4; starts += 1) {
      const dead = await open([say('done')]);
      await until(async () => (await dead.status(first.session)) === 'approval');
      await db.query('update conversations set epoch = epoch + 1, owner = null');
      await dead.close(0);
    }
    const rig = await open([say('done')]);
    expect((await asked(first.session)).map(({ id }) => id)).to.deep.equal([request!.id]);
    await rig.engine.answer(request!.id, { decision: 'allow', args: { line: 'other' } }, 'me');
    expect((await rig.rest(first.session)).state).to.equal('completed');
    expect(ran).to.deep.equal(['other']);
    expect((await rig.told(first.session)).filter((type) => type === 'approval.requested')).to.have.length(1);
    await rig.isSound();
  });

  it('finds an answer that came while no server ran the turn', async () => {
    const { rig, session } = await begin('make');
    const [request] = await asked(session);
    await rig.close(1_000);
    expect(await store().get(request!.id)).to.include({ state: 'open' });
    const bystander = new ScriptedProvider([say('done')]);
    const next = await Rig.open(db, bystander, { tools: [command, look] });
    rigs.push(next);
    await next.engine.answer(request!.id, { decision: 'deny' }, 'me');
    await next.rest(session);
    expect(ran).to.deep.equal([]);
  });

  for (const [how, live] of [
    ['told at once', new MemoryLive(silentLog)],
    ['found by looking', undefined],
  ] as const) {
    it(`may be answered in another process, ${how}`, async () => {
      const { session, rig } = await begin('make', 'ask', [], { ...(live && { live }) });
      const [request] = await asked(session);
      const other = await open([], { join: true, ...(live && { live }) });
      const started = Date.now();
      await other.engine.answer(request!.id, { decision: 'allow' }, 'me');
      await rig.rest(session);
      expect(ran).to.deep.equal(['make']);
      expect(Date.now() - started).to.be.lessThan(live ? 1_500 : 5_000);
    });
  }

  it('shows requests of agents below to whoever follows the session at the top, whose rules count', async () => {
    const rig = await open([call('command', { line: 'make' }), say('done')]);
    const top = await rig.session({ approval: 'ask' });
    const middle = await rig.session({ parent_session_id: top.session_id, depth: 1 });
    const deep = await rig.session({ parent_session_id: middle.session_id, depth: 2 });
    await rig.send(deep, 'go');
    const [request] = await asked(top);
    expect(request).to.include({ session_id: deep.session_id, root_session_id: top.session_id });
    expect((await store().list({ session_id: middle.session_id })).items).to.have.length(1);
    await rig.engine.answer(request!.id, { decision: 'always' }, 'me');
    await rig.rest(deep);
    const { rules: inForce, policy, root } = await rules().inForce(deep.session_id);
    expect(inForce.map(({ session_id }) => session_id)).to.deep.equal([top.session_id]);
    expect([policy, root]).to.deep.equal(['ask', top.session_id]);
  });

  describe('questions', () => {
    const form: Question = {
      title: 'Which way?',
      fields: [
        { name: 'way', label: 'Way', kind: 'choice', options: [{ value: 'left', label: 'Left' }], isRequired: true },
        { name: 'count', label: 'Count', kind: 'number' },
      ],
    };
    let heard: QuestionAnswer[] = [];
    const asks = (retry: 'safe' | 'never') =>
      tool(
        'asks',
        async (_, at) => {
          heard = [await at.question(form), await at.question({ title: 'Sure?', fields: [] })];
          return gives(JSON.stringify(heard));
        },
        { effects: 'read', retry },
      );
    const start = async (retry: 'safe' | 'never' = 'safe') => {
      const rig = await open([call('asks', {}), say('done')], { tools: [asks(retry)] });
      const session = await rig.session();
      await rig.send(session, 'go');
      return { rig, session };
    };
    beforeEach(() => {
      heard = [];
    });

    it('reach the person one after another, and answers are checked against the form', async () => {
      const { rig, session } = await start();
      const [first] = await asked(session);
      expect(first).to.deep.include({ kind: 'question', title: 'Which way?', form });
      expect(await rig.status(session)).to.equal('approval');
      for (const answer of [{}, { way: 'up' }, { way: 'left', count: 'two' }, { way: 'left', more: 1 }]) {
        const said = rig.engine.answer(first!.id, { decision: 'allow', answer }, 'me');
        expect(await said.catch((error) => error), JSON.stringify(answer)).to.include({ code: 'approval.bad_answer' });
      }
      await rig.engine.answer(first!.id, { decision: 'allow', answer: { way: 'left', count: 2 } }, 'me');
      await until(async () => (await asked(session))[0]?.title === 'Sure?');
      const [second] = await asked(session);
      await rig.engine.answer(second!.id, { decision: 'deny', text: 'no' }, 'me');
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(heard).to.deep.equal([
        { outcome: 'answered', values: { way: 'left', count: 2 } },
        { outcome: 'declined', reason: 'no' },
      ]);
      await rig.isSound();
    });

    for (const how of ['closed in order', 'killed'] as const) {
      it(`are asked on after the server was ${how}, and what was answered stays answered`, async () => {
        const { rig, session } = await start();
        const [first] = await asked(session);
        await rig.engine.answer(first!.id, { decision: 'allow', answer: { way: 'left' } }, 'me');
        await until(async () => (await asked(session))[0]?.title === 'Sure?');
        const [second] = await asked(session);
        for (let starts = 0; starts < 4; starts += 1) {
          if (how === 'killed') await db.query('update conversations set epoch = epoch + 1, owner = null');
          await rigs.at(-1)!.close(how === 'killed' ? 0 : 2_000);
          await open([say('done')], { tools: [asks('safe')] });
          await until(async () => (await rig.status(session)) === 'approval');
        }
        const last = rigs.at(-1)!;
        expect((await asked(session)).map(({ id }) => id)).to.deep.equal([second!.id]);
        await last.engine.answer(second!.id, { decision: 'dismiss' }, 'me');
        expect((await last.rest(session)).state).to.equal('completed');
        expect(heard).to.deep.equal([{ outcome: 'answered', values: { way: 'left' } }, { outcome: 'dismissed' }]);
        await last.isSound();
      });
    }

    it('of a call that may not run again are closed with it', async () => {
      const { rig, session } = await start('never');
      const [first] = await asked(session);
      await rig.close(2_000);
      expect(await store().get(first!.id)).to.include({ state: 'cancelled' });
    });
  });

  describe('of a tool that hands a call on to another', () => {
    const handsOn = defineTool({
      id: 'hands_on',
      title: 'Hands on',
      description: 'Runs a command by another name.',
      parameters: Type.Object({ line: Type.String() }),
      effects: 'exec',
      retry: 'never',
      reaches: ({ line }) => ({ id: 'command', group: { kind: 'server', name: 'shells' }, args: { line } }),
      run: async ({ line }) => {
        ran.push(line);
        return gives(`ran ${line}`);
      },
    });
    const through = async (line: string, set: Parameters<Rig['session']>[0] = {}) => {
      const rig = await open([call('hands_on', { line }), say('done')], { tools: [command, handsOn] });
      const session = await rig.session(set);
      return { rig, session, send: () => rig.send(session, 'go') };
    };

    it('count as those of the other: what is denied there is denied here', async () => {
      for (const pattern of [null, 'rm *']) {
        ran.splice(0);
        await db.query('delete from approval_rules');
        await rules().add({ session_id: null, tool: 'command', pattern, decision: 'deny' });
        const { rig, session, send } = await through('rm all');
        await send();
        await rig.rest(session);
        expect(await result(rig, session)).to.contain('a rule of the user denies');
        expect(ran).to.deep.equal([]);
        await rig.close(1_000);
      }
    });

    it('leave alone what no rule of the other is about', async () => {
      await rules().add({ session_id: null, tool: 'command', pattern: 'rm *', decision: 'deny' });
      const { rig, session, send } = await through('ls');
      await send();
      await rig.rest(session);
      expect(ran).to.deep.equal(['ls']);
    });

    it('do not let it run what a switch of the other, or of its server, turns off', async () => {
      for (const set of [{ tools: { command: false } }, { mcps: { shells: false } }]) {
        const { rig, session, send } = await through('ls', set);
        await send();
        await rig.rest(session);
        expect(await result(rig, session)).to.contain('turned off');
        expect(ran).to.deep.equal([]);
        await rig.close(1_000);
      }
    });
  });
});
