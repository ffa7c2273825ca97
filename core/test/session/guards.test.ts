import { expect } from 'chai';
import type { ModelRequest, PreparedRequest, TokenUsage } from '../../src/extension/provider.js';
import type { ApprovalResource } from '../../src/protocol/approvals.js';
import type { LimitReached } from '../../src/protocol/budgets.js';
import type { Session } from '../../src/protocol/resources.js';
import type { Pricing } from '../../src/session/pricing.js';
import { Approvals } from '../../src/store/approvals.js';
import { Budgets, noBudgets } from '../../src/store/budgets.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { call, hold, type Reply, ScriptedProvider, say, usage } from '../../src/testing/scripted-provider.js';
import { agentTool, gives, ListWire, Rig, type RigOptions, tool, until } from './rig.js';

const prepare = (): PreparedRequest => ({
  profile: { id: 'x/none/plain', method: 'POST', path: '/v1', headers: [] },
  origin: 'https://one.example',
  slots: {},
  body: Buffer.from('{}'),
});

/** A cent for a hundred tokens read; the model `odd` has no price. */
const prices: Pricing = {
  cost: (_, model, { requestTokens }: TokenUsage) =>
    model === 'odd'
      ? { usd: null, source: null }
      : {
          usd: `${Math.floor(requestTokens / 10_000)}.${String(requestTokens % 10_000).padStart(4, '0')}00000000`,
          source: 'x',
        },
};
const budgets = (given: Partial<typeof noBudgets>) => ({ ...noBudgets, ...given });

/** A model that never stops to call a tool; each call costs a dime. */
const looping = (args: (index: number) => unknown = (n) => ({ n })) =>
  new ScriptedProvider((_, index) => [call('look', args(index), `c${index}`), usage(1_000, 0)], { prepare });

describe('O4 limits on money and loops', () => {
  let db: Database & TestDatabase;
  let rigs: Rig[] = [];
  before(async () => {
    db = await openTestDatabase();
  });
  afterEach(async () => {
    for (const rig of rigs) {
      await rig.close(1_000);
      await rig.isSound();
    }
    rigs = [];
    await db.query('truncate sessions, usage_entries, budgets cascade');
  });
  after(() => db.drop());

  const look = tool('look', async () => gives('seen'));

  async function open(provider: ScriptedProvider, options: RigOptions = {}): Promise<Rig> {
    const rig = await Rig.open(db, provider, { wire: new ListWire([]), prices, tools: [look], ...options });
    rigs.push(rig);
    return rig;
  }
  async function begin(provider: ScriptedProvider, options: RigOptions = {}) {
    const rig = await open(provider, options);
    const session = await rig.session();
    await rig.send(session, 'go');
    return { rig, session };
  }
  async function asked(count = 1): Promise<ApprovalResource[]> {
    const find = async () => (await new Approvals(db).list({ state: 'open' })).items;
    await until(async () => (await find()).length >= count);
    return find();
  }
  const reached = (request: ApprovalResource | undefined) => request?.args as LimitReached;
  const answer = async (rig: Rig, how: 'go_on' | 'raise' | 'stop') => {
    const [request] = await asked();
    return rig.engine.answer(request!.id, { decision: 'allow', answer: { how } }, 'me');
  };
  const told = async (rig: Rig, session: Session, type: string) =>
    (await rig.log(session)).filter((event) => event.type === type).map(({ data }) => data);

  describe('on loops', () => {
    it('asks before the call that is one too many runs, and asks again as many calls later', async () => {
      const provider = looping();
      const { rig, session } = await begin(provider, { limits: { toolCallsPerTurn: 4 } });
      const [request] = await asked();
      expect(request).to.include({ kind: 'limit', state: 'open', tool: null, call_id: null });
      expect(reached(request)).to.include({ guard: 'steps', limit: '4', reached: '5' });
      expect(provider.requests).to.have.length(5);
      await until(async () => (await rig.status(session)) === 'approval');
      await answer(rig, 'go_on');
      await until(async () => provider.requests.length === 10);
      expect(reached((await asked())[0])).to.include({ reached: '10' });
      expect(await answer(rig, 'stop')).to.include({ state: 'denied' });
      const end = await rig.rest(session);
      expect(end.error?.code).to.equal('turn.tool_limit');
      expect((await rig.spoken(session)).at(-1)).to.equal('tool: =skipped');
    });

    it('does not ask again in this turn where a person says so', async () => {
      const provider = looping();
      const { rig, session } = await begin(provider, { limits: { toolCallsPerTurn: 2 } });
      await answer(rig, 'raise');
      await until(() => provider.requests.length > 7);
      await rig.engine.stop(session.session_id);
      expect((await rig.rest(session)).state).to.equal('cancelled');
    });

    it('asks before the fifth call with the same arguments, in whatever order they stand', async () => {
      const provider = looping((index) => (index % 2 ? '{"n":1,"m":2}' : '{"m":2,"n":1}'));
      const { rig, session } = await begin(provider);
      const [request] = await asked();
      expect(reached(request)).to.include({ guard: 'repeats', tool: 'look', reached: '5' });
      expect((await rig.spoken(session)).filter((line) => line.startsWith('tool:'))).to.have.length(4);
      await answer(rig, 'go_on');
      await until(async () => reached((await asked())[0]).reached === '10');
      await answer(rig, 'stop');
      expect((await rig.rest(session)).error?.code).to.equal('turn.repeats');
    });

    it('lets calls pass that differ', async () => {
      const provider = new ScriptedProvider((_, index) =>
        index < 7 ? [call('look', { n: index }, `c${index}`)] : [say('done')],
      );
      const { rig, session } = await begin(provider);
      expect((await rig.rest(session)).state).to.equal('completed');
    });
  });

  describe('on money', () => {
    it('stop a turn that loops before the call that begins beyond the limit, and ask', async () => {
      const provider = looping();
      const { rig, session } = await begin(provider, { budgets: budgets({ perTurnUsd: 0.35 }) });
      const [request] = await asked();
      expect(provider.requests).to.have.length(4);
      expect(reached(request)).to.include({ guard: 'turn', limit: '0.35', reached: '0.4', next: '0.4875' });
      const [stopped] = await told(rig, session, 'budget.stopped');
      expect(stopped).to.include({ scope: 'turn', limit_usd: '0.35', spent_usd: '0.4', approval_id: request!.id });
      expect(await told(rig, session, 'budget.warning')).to.have.length(1);
      await answer(rig, 'go_on');
      await until(async () => reached((await asked())[0]).reached === '0.5');
      await answer(rig, 'stop');
      expect((await rig.rest(session)).error).to.include({ code: 'budget.stopped' });
      expect(provider.requests).to.have.length(5);
    });

    it('ask again where a turn is retried, and count what it cost before', async () => {
      const provider = looping();
      const { rig, session } = await begin(provider, { budgets: budgets({ perTurnUsd: 0.1 }) });
      await answer(rig, 'stop');
      await rig.rest(session);
      await rig.engine.retry(session.session_id);
      await asked();
      expect(provider.requests).to.have.length(1);
    });

    it('count a session over its turns, and a day over all sessions, also those that were removed', async () => {
      const provider = new ScriptedProvider(() => [say('done'), usage(1_000, 0)], { prepare });
      const { rig, session } = await begin(provider, { budgets: budgets({ perSessionUsd: 0.2, perDayUsd: 0.3 }) });
      await rig.rest(session);
      await rig.send(session, 'again');
      await rig.rest(session);
      await rig.send(session, 'more');
      expect(reached((await asked())[0])).to.include({ guard: 'session', reached: '0.2' });
      await answer(rig, 'stop');
      await rig.rest(session);
      await rig.engine.removeSession(session.session_id);
      const other = await rig.session();
      await rig.send(other, 'go');
      await rig.rest(other);
      await rig.send(other, 'go on');
      expect(reached((await asked())[0])).to.include({ guard: 'day', reached: '0.3' });
    });

    it('set by a person count above the configuration, for one session above all, and null is off', async () => {
      const provider = new ScriptedProvider(() => [say('done'), usage(1_000, 0)], { prepare });
      const rig = await open(provider, { budgets: budgets({ perSessionUsd: 0 }) });
      const store = new Budgets(db, noBudgets);
      const [one, other] = [await rig.session(), await rig.session()];
      await store.add({ scope: 'session', session_id: null, limit_usd: null });
      await store.add({ scope: 'session', session_id: other.session_id, limit_usd: '0.05' });
      for (const session of [one, other]) {
        await rig.send(session, 'go');
        expect((await rig.rest(session)).state).to.equal('completed');
      }
      await rig.send(one, 'again');
      expect((await rig.rest(one)).state).to.equal('completed');
      await rig.send(other, 'again');
      const [request] = await asked();
      expect(request).to.include({ session_id: other.session_id });
    });

    it('of a message is the lower of its own and what is set, also where it waited in the queue', async () => {
      const provider = new ScriptedProvider(
        (_, index) =>
          index === 0 ? [hold('first'), say('done')] : [call('look', { n: index }, `c${index}`), usage(1_000, 0)],
        { prepare },
      );
      const { rig, session } = await begin(provider, { budgets: budgets({ perTurnUsd: 5 }) });
      await provider.held('first');
      const { session_id } = session;
      const sent = await rig.engine.submit({ session_id, client_key: 'k', text: 'go', max_usd: '0.2' });
      expect(sent.queued).to.equal(true);
      provider.release('first');
      expect(reached((await asked())[0])).to.include({ guard: 'turn', limit: '0.2', reached: '0.2' });
    });

    it('count what agents spend for their caller; one answer counts for all that ask', async () => {
      const provider = new ScriptedProvider(
        ({ messages }: ModelRequest, index) => {
          const words = messages[0]!.parts.flatMap((part) => ('text' in part ? [part.text] : [])).join('');
          if (words !== 'go') return [call('look', { n: index }, `c${index}`), usage(1_000, 0)];
          if (messages.at(-1)!.role === 'tool') return [say('done'), usage(1_000, 0)];
          return [['a', 'b'].flatMap((prompt) => call('agent', { prompt }, prompt)), usage(1_000, 0)] as Reply;
        },
        { prepare },
      );
      const { rig, session } = await begin(provider, {
        tools: [look, agentTool()],
        budgets: budgets({ perTurnUsd: 0.5 }),
      });
      const requests = await asked(2);
      expect(requests.map(({ root_session_id }) => root_session_id)).to.deep.equal([
        session.session_id,
        session.session_id,
      ]);
      expect(new Set(requests.map((one) => reached(one).key)).size).to.equal(1);
      // Two agents may each have had one call under way.
      expect(provider.requests.length).to.be.within(5, 6);
      await answer(rig, 'stop');
      expect((await new Approvals(db).list({ state: 'denied' })).items).to.have.length(2);
      const [own] = await asked();
      expect(own).to.include({ session_id: session.session_id });
      await answer(rig, 'stop');
      expect((await rig.rest(session)).error?.code).to.equal('budget.stopped');
    });

    it('hold two sessions at once to the day but for the calls under way', async () => {
      const provider = looping();
      const rig = await open(provider, { budgets: budgets({ perDayUsd: 1 }) });
      const sessions = await Promise.all([rig.session(), rig.session(), rig.session()]);
      await Promise.all(sessions.map((session) => rig.send(session, 'go')));
      await asked(3);
      expect(provider.requests.length).to.be.within(8, 12);
    });

    it('say once that a model without a price is not counted', async () => {
      const provider = looping();
      const rig = await open(provider, { budgets: budgets({ perTurnUsd: 0.1 }), limits: { toolCallsPerTurn: 6 } });
      const session = await rig.session({ model: 'odd' });
      await rig.send(session, 'go');
      expect(reached((await asked())[0])).to.include({ guard: 'steps' });
      const notices = await told(rig, session, 'notice');
      expect(notices).to.have.length(1);
      expect(notices[0]).to.include({ code: 'budget.unpriced' });
      const { items } = await new Budgets(db, noBudgets).list();
      expect(items.find(({ scope }) => scope === 'day')).to.include({ unpriced_calls: 7, spent_usd: '0' });
    });

    it('cost nothing where none is set', async () => {
      const provider = new ScriptedProvider(
        [
          [call('look', {}), usage(9_000, 0)],
          [say('done'), usage(9_000, 0)],
        ],
        { prepare },
      );
      const { rig, session } = await begin(provider);
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(await told(rig, session, 'budget.warning')).to.deep.equal([]);
    });

    it('are given up with the turn', async () => {
      const { rig, session } = await begin(looping(), { budgets: budgets({ perTurnUsd: 0 }) });
      await asked();
      await rig.engine.stop(session.session_id);
      expect((await rig.rest(session)).state).to.equal('cancelled');
      expect((await new Approvals(db).list({ state: 'open' })).items).to.deep.equal([]);
    });
  });

  describe('after a kill', () => {
    for (const [what, options, calls] of [
      ['on money', { budgets: budgets({ perTurnUsd: 0.3 }) }, 3],
      ['on loops', { limits: { toolCallsPerTurn: 2 } }, 3],
    ] as const) {
      it(`${what} still wait for the same answer, and count what was before`, async () => {
        const dead = looping();
        const first = await open(dead, options);
        const session = await first.session();
        await first.send(session, 'go');
        const [request] = await asked();
        rigs = [];
        await first.close(0);
        await db.query('update conversations set epoch = epoch + 1, owner = null');
        const provider = looping((n) => ({ n: n + 100 }));
        const second = await open(provider, options);
        await until(async () => (await second.status(session)) === 'approval');
        expect((await asked()).map(({ id }) => id)).to.deep.equal([request!.id]);
        expect([dead.requests.length, provider.requests.length]).to.deep.equal([calls, 0]);
        await second.engine.answer(request!.id, { decision: 'deny' }, 'me');
        expect((await second.rest(session)).state).to.equal('failed');
        expect(provider.requests).to.have.length(0);
      });
    }

    for (const [decision, calls] of [
      ['deny', 0],
      ['allow', 1],
    ] as const) {
      it(`an answer that came while nobody waited counts: ${decision}`, async () => {
        const options = { budgets: budgets({ perTurnUsd: 0.1 }) };
        const first = await open(looping(), options);
        const session = await first.session();
        await first.send(session, 'go');
        const [request] = await asked();
        rigs = [];
        await first.close(0);
        await db.query('update conversations set epoch = epoch + 1, owner = null');
        await first.engine.answer(request!.id, { decision }, 'me');
        const provider = looping((n) => ({ n: n + 100 }));
        const second = await open(provider, options);
        if (decision === 'allow') await answer(second, 'stop');
        expect((await second.rest(session)).error?.code).to.equal('budget.stopped');
        expect(provider.requests).to.have.length(calls);
      });
    }

    it('at any commit, no call is begun beyond the limit', async () => {
      class Mortal extends EventLog {
        readonly over = Promise.withResolvers<void>();
        left = 0;
        override async commit(...given: Parameters<EventLog['commit']>) {
          this.left -= 1;
          if (this.left === 0) this.over.resolve();
          return this.left > 0 ? super.commit(...given) : new Promise<never>(() => undefined);
        }
      }
      const options = { budgets: budgets({ perTurnUsd: 0.2 }) };
      // The first two make the session and its message: killed there, nothing was sent.
      let isThrough = false;
      for (let at = 3; !isThrough; at += 1) {
        const dead = looping();
        const log = new Mortal(db);
        log.left = at;
        const first = await open(dead, { ...options, events: () => log });
        const session = await first.session();
        first.send(session, 'go').catch(() => undefined);
        await Promise.race([log.over.promise, asked().then(() => (isThrough = true))]);
        rigs = [];
        await first.close(0);
        await db.query('update conversations set epoch = epoch + 1, owner = null');
        const provider = looping((n) => ({ n: n + 100 }));
        const second = await open(provider, options);
        const [request] = await asked();
        const { rows } = await db.query<{ spent: string }>(
          'select sum(total_cost_usd)::float8 as spent from usage_entries',
        );
        expect(Number(rows[0]!.spent), `killed at ${at}`).to.be.within(0.19, 0.21);
        await second.engine.answer(request!.id, { decision: 'deny' }, 'me');
        expect((await second.rest(session)).error?.code, `killed at ${at}`).to.equal('budget.stopped');
        await second.close();
        rigs = [];
        await db.query('truncate sessions, usage_entries cascade');
      }
    }).timeout(60_000);
  });
});
