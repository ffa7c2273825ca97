import { randomUUID } from 'node:crypto';
import Big from 'big.js';
import { expect } from 'chai';
import fc from 'fast-check';
import type { UsageGroup, UsageKey } from '../../src/protocol/usage.js';
import { UsageReports } from '../../src/store/usage-report.js';
import { newSession, step, useRecords } from './support.js';

describe('what all sessions used', function () {
  this.timeout(60_000);
  const records = useRecords();
  const reports = () => new UsageReports(records.db);
  beforeEach(() => records.db.query('truncate sessions, usage_entries cascade'));

  interface Used {
    tokens: [read: number, written: number, cached: number, thought: number];
    usd: string | null;
    activity: string;
    model: string;
    estimated: boolean;
  }
  const provider = (model: string) => (model === 'm3' ? 'other' : 'acme');
  const money = fc.bigInt({ min: 0n, max: 10n ** 15n }).map((units) => {
    const digits = units.toString().padStart(13, '0');
    return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
  });
  const anyUse: fc.Arbitrary<Used> = fc.record({
    tokens: fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6), fc.nat(1000), fc.nat(1000)),
    usd: fc.option(money, { nil: null, freq: 4 }),
    activity: fc.constantFrom('conversation', 'compaction', 'title'),
    model: fc.constantFrom('m1', 'm2', 'm3'),
    estimated: fc.boolean(),
  });

  async function record(sessionId: string, conversationId: string, used: Used): Promise<void> {
    const [request_tokens, response_tokens, cached_tokens, reasoning_tokens] = used.tokens;
    const addUsage = {
      ...{ request_tokens, response_tokens, cached_tokens, reasoning_tokens, cache_write_tokens: null, call_id: null },
      ...{ total_cost_usd: used.usd, estimated: used.estimated, activity: used.activity },
      ...{ provider: provider(used.model), model: used.model },
    };
    await records.log.commit(
      { conversationId, epoch: 0 },
      step([{ write: 'session.set', session_id: sessionId, set: { addUsage } }]),
    );
  }

  const added = (values: readonly (string | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum.plus(value), new Big(0)).toFixed();
  };

  it('adds up, by whatever it is grouped, to the totals of the sessions to the last digit', async () => {
    const uses = fc.array(fc.tuple(fc.nat(3), anyUse), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(uses, async (some) => {
        await records.db.query('truncate sessions, usage_entries cascade');
        const made: Awaited<ReturnType<typeof records.begin>>[] = [];
        for (const agent_name of ['Atlas', 'Juno', 'Wren', 'Atlas']) made.push(await records.begin({ agent_name }));
        // The third answers a call of the first: what it uses counts for both.
        const [first, , third] = made.map(({ sessionId }) => sessionId);
        await records.db.query('update sessions set parent_session_id = $1 where session_id = $2', [first, third]);
        for (const [index, used] of some) await record(made[index]!.sessionId, made[index]!.conversationId, used);
        const above = await Promise.all([0, 1, 3].map((index) => records.sessions.get(made[index]!.sessionId)));
        const { totals } = await reports().sums([], {});
        expect(totals.total_cost_usd).to.equal(added(above.map((session) => session.totals.total_cost_usd)));
        expect(totals.total_cost_usd).to.equal(added(some.map(([, { usd }]) => usd)));
        for (const column of ['request_tokens', 'response_tokens', 'cached_tokens', 'unpriced_calls'] as const)
          expect(totals[column]).to.equal(above.reduce((sum, session) => sum + session.totals[column], 0));
        expect(totals.calls).to.equal(some.length);
        expect(totals.estimated).to.equal(above.some((session) => session.totals.estimated));
        for (const keys of [
          'day',
          'hour',
          'provider',
          'model',
          'agent',
          'activity',
          'session',
          'day,provider',
          'agent,activity',
        ]) {
          const { items } = await reports().sums(keys.split(',') as UsageKey[], {});
          expect(added(items.map((item) => item.total_cost_usd)), keys).to.equal(totals.total_cost_usd);
          for (const column of ['calls', 'request_tokens', 'reasoning_tokens', 'unpriced_calls'] as const)
            expect(
              items.reduce((sum, item) => sum + item[column], 0),
              keys,
            ).to.equal(totals[column]);
        }
        const { items } = await reports().sums(['session'], {});
        for (const { sessionId } of made.slice(1, 2)) {
          const own = items.find(({ session_id }) => session_id === sessionId);
          const { totals: kept } = await records.sessions.get(sessionId);
          expect(own?.total_cost_usd ?? null).to.equal(kept.total_cost_usd);
        }
      }),
      { numRuns: 10 },
    );
  });

  const plain: Used = {
    ...{ tokens: [10, 1, 0, 0], usd: '0.5', activity: 'conversation', model: 'm1', estimated: false },
  };
  const costs = (items: readonly UsageGroup[], key: keyof UsageGroup) =>
    items.map((item) => [item[key], item.total_cost_usd]);

  it('names what agents used as their activity, tells unknown prices apart and never as zero', async () => {
    const [top, child] = [await records.begin(), await records.begin({ agent_name: 'Reviewer' })];
    await records.db.query('update sessions set parent_session_id = $1 where session_id = $2', [
      ...[top.sessionId, child.sessionId],
    ]);
    await record(top.sessionId, top.conversationId, { ...plain, usd: null });
    await record(child.sessionId, child.conversationId, { ...plain, estimated: true });
    const { items } = await reports().sums(['activity'], {});
    expect(costs(items, 'activity')).to.deep.equal([
      ['sub_agent', '0.5'],
      ['conversation', null],
    ]);
    expect(items.map(({ unpriced_calls, estimated }) => [unpriced_calls, estimated])).to.deep.equal([
      [0, true],
      [1, false],
    ]);
  });

  it('stays when its session is removed, without a way to a call that is gone', async () => {
    const { sessionId, conversationId } = await records.begin({ agent_name: 'Gone' });
    await record(sessionId, conversationId, plain);
    await records.sessions.remove(sessionId);
    const { items } = await reports().sums(['agent'], {});
    expect(costs(items, 'agent')).to.deep.equal([['Gone', '0.5']]);
    const dearest = await reports().calls({}, 5);
    expect(dearest.items).to.have.length(1);
    expect(dearest.items[0]).to.include({ agent: 'Gone', call_id: null, session_id: null, total_cost_usd: '0.5' });
  });

  it('leaves out what a filter says, each by its own', async () => {
    const made = await records.begin({ agent_name: 'Atlas' });
    await record(made.sessionId, made.conversationId, plain);
    await record(made.sessionId, made.conversationId, { ...plain, model: 'm3', activity: 'title', usd: '2' });
    const cost = async (filter: Record<string, string>) => (await reports().sums([], filter)).totals.total_cost_usd;
    expect(await cost({})).to.equal('2.5');
    expect(await cost({ provider: 'other' })).to.equal('2');
    expect(await cost({ model: 'm1', agent: 'Atlas' })).to.equal('0.5');
    expect(await cost({ activity: 'title', session: made.sessionId })).to.equal('2');
    expect(await cost({ agent: 'Nobody' })).to.equal(null);
    expect((await reports().calls({ provider: 'other' }, 5)).items.map(({ model }) => model)).to.deep.equal(['m3']);
  });

  /** Entries at times of our choice, a dollar each. */
  const at = (...times: string[]) =>
    records.db.query(
      `insert into usage_entries (at, conversation_id, total_cost_usd, provider, model, agent)
       select t, gen_random_uuid(), 1, 'acme', 'm1', 'Atlas' from unnest($1::timestamptz[]) as t`,
      [times],
    );

  it('has its days where the reader lives, also where the clock is put on or back', async () => {
    // In Berlin the 29th of March has 23 hours, from 23:00 to 22:00 UTC; the 25th of October has 25.
    await at('2026-03-28T22:59:59.999Z', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59.999Z', '2026-03-29T22:00:00Z');
    await at('2026-10-24T22:00:00Z', '2026-10-25T22:59:59.999Z', '2026-10-25T23:00:00Z');
    const berlin = { tz: 'Europe/Berlin' };
    expect(costs((await reports().sums(['day'], berlin)).items, 'day')).to.deep.equal([
      ['2026-03-28', '1'],
      ['2026-03-29', '2'],
      ['2026-03-30', '1'],
      ['2026-10-25', '2'],
      ['2026-10-26', '1'],
    ]);
    const day = await reports().sums(['day'], { ...berlin, from: '2026-03-29', to: '2026-03-29' });
    expect(costs(day.items, 'day')).to.deep.equal([['2026-03-29', '2']]);
    expect(day.totals.calls).to.equal(2);
    const utc = await reports().sums(['day'], { tz: 'UTC', from: '2026-03-28', to: '2026-03-28' });
    expect(costs(utc.items, 'day')).to.deep.equal([['2026-03-28', '2']]);
  });

  it('tells the hour that comes twice apart', async () => {
    await at('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T01:59:00Z');
    const { items } = await reports().sums(['hour'], { tz: 'Europe/Berlin' });
    expect(costs(items, 'hour')).to.deep.equal([
      ['2026-10-25T00:00:00.000Z', '1'],
      ['2026-10-25T01:00:00.000Z', '2'],
    ]);
    const half = await reports().sums(['hour'], { tz: 'Asia/Kolkata' });
    expect(half.items.map(({ hour }) => hour?.slice(11, 16))).to.deep.equal(['00:30', '01:30']);
  });

  it('counts from a moment on and up to one', async () => {
    await at('2026-05-01T10:00:00Z', '2026-05-01T11:00:00Z', '2026-05-01T12:00:00Z');
    const { totals } = await reports().sums([], { from: '2026-05-01T11:00:00Z', to: '2026-05-01T14:00:00+02:00' });
    expect(totals.calls).to.equal(1);
  });

  it('refuses days and time zones that do not exist', async () => {
    for (const filter of [
      { from: '2026-02-31' },
      { to: '2026-13-01' },
      { from: '2026-01-01Tx' },
      { tz: 'Mars/Base' },
    ]) {
      const code = await reports()
        .sums(['day'], filter)
        .then(
          () => 'none',
          (error: { code: string }) => error.code,
        );
      expect(code, JSON.stringify(filter)).to.equal('request.invalid');
    }
  });

  it('counts the calls that failed', async () => {
    const session = await records.sessions.create(newSession);
    const { conversation_id } = session;
    const turn = randomUUID();
    const config = `{"provider":"acme"}`;
    await records.db.query(
      `insert into turns (id, conversation_id, message_id, state, config) values ($1, $2, $1, 'failed', $3)`,
      [turn, conversation_id, config],
    );
    await records.db.query(
      `insert into provider_calls (id, conversation_id, turn_id, ord, attempt, state, provider, model, method, url, keep_prefix,
         keep_suffix, body, req_sha256, req_bytes, req_headers)
       select gen_random_uuid(), $1, $2, n, 1, case when n = 1 then 'done' else 'failed' end, 'acme', 'm1', 'POST', 'x', 0, 0, '',
         'x', 0, '[]' from generate_series(1, 3) n`,
      [conversation_id, turn],
    );
    expect((await reports().sums([], {})).totals).to.include({ failed_calls: 2, calls: 0, total_cost_usd: null });
    expect((await reports().sums([], { provider: 'other' })).totals.failed_calls).to.equal(0);
    expect((await reports().sums([], { from: '2126-01-01' })).totals.failed_calls).to.equal(0);
  });

  it('of a week costs a fraction of what a hundred thousand calls of a year cost, by the index', async () => {
    await records.db.query(
      `insert into usage_entries (at, conversation_id, total_cost_usd, provider, model, agent, activity, request_tokens, response_tokens)
       select timestamptz '2026-01-01' + n * interval '315 seconds', gen_random_uuid(), n * 0.000001, 'p' || n % 3, 'm' || n % 7,
         'a' || n % 20, 'conversation', n, n % 100 from generate_series(1, 100000) n`,
    );
    await records.db.query('analyze usage_entries');
    const time = async (filter: Record<string, string>) => {
      const runs: number[] = [];
      for (let run = 0; run < 5; run += 1) {
        const start = performance.now();
        await reports().sums(['day', 'provider'], { tz: 'Europe/Berlin', ...filter });
        runs.push(performance.now() - start);
      }
      return Math.min(...runs);
    };
    const plainScan = async () => {
      const start = performance.now();
      await records.db.query(
        'select sum(total_cost_usd), sum(request_tokens), sum(response_tokens) from usage_entries',
      );
      return performance.now() - start;
    };
    const scan = Math.min(await plainScan(), await plainScan(), await plainScan());
    const [year, week] = [await time({}), await time({ from: '2026-07-01', to: '2026-07-07' })];
    console.log(
      `      100,000 calls: a plain sum ${scan.toFixed(1)} ms, by day and provider ${year.toFixed(1)} ms, one week ${week.toFixed(1)} ms`,
    );
    expect(week).to.be.below(year / 3);
    expect(year).to.be.below(scan * 20);
  });
});
