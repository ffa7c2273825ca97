import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { PreparedRequest, TokenUsage } from '../../src/extension/provider.js';
import type { Estimator, Pricing } from '../../src/session/pricing.js';
import { Calls } from '../../src/store/calls.js';
import type { Database } from '../../src/store/database.js';
import { UsageSums } from '../../src/store/usage.js';
import { UsageReports } from '../../src/store/usage-report.js';
import { openTestDatabase } from '../../src/testing/database.js';
import {
  call,
  cut,
  fail,
  hold,
  type Reply,
  ScriptedProvider,
  say,
  think,
  usage,
} from '../../src/testing/scripted-provider.js';
import { gives, ListWire, Rig, tool, until } from './rig.js';

const prepare = (): PreparedRequest => ({
  profile: { id: 'x/none/plain', method: 'POST', path: '/v1', headers: [] },
  origin: 'https://one.example',
  slots: {},
  body: Buffer.from('{}'),
});

/** A millionth for a token read, two for one written, in twelve places. */
const prices: Pricing = {
  cost: (_, model, { requestTokens, responseTokens }: TokenUsage) =>
    model === 'odd'
      ? { usd: null, source: null }
      : { usd: `0.${String((requestTokens + 2 * responseTokens) * 1_000_000).padStart(12, '0')}`, source: 'a list' },
};
/** A token for each letter written; requests are a hundred. */
const estimate: Estimator = { request: () => 100, response: (text) => text.length };

describe('what a call used', () => {
  let db: Database & { drop(): Promise<void> };
  let rig: Rig;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    await rig.close();
    await rig.isSound();
  });

  /** Has one message answered; gives everything that was written down of it. */
  async function answered(replies: readonly Reply[], options: { estimate?: Estimator; model?: string } = {}) {
    const provider = new ScriptedProvider(replies, { prepare });
    const tools = [tool('look', async () => gives('seen'))];
    const { model = 'scripted-1', ...given } = options;
    rig = await Rig.open(db, provider, { wire: new ListWire([]), prices, tools, ...given });
    const session = await rig.session({ model });
    await rig.send(session, 'Hi');
    await rig.rest(session);
    return written(session.session_id);
  }

  async function written(session_id: string) {
    const session = await rig.sessions.get(session_id);
    const calls = (await new Calls(db).page(session.conversation_id)).items;
    const events = await rig.log(session);
    const recorded = events.flatMap((event) => (event.type === 'usage.recorded' ? [event.data] : []));
    return { session, calls, recorded, events, messages: await rig.history(session) };
  }

  it('5.1 stands with its call, its message and the session, in one step with the reply', async () => {
    const { session, calls, recorded, events, messages } = await answered([[say('Hello.'), usage(10, 2)]]);
    const counts = { request_tokens: 10, response_tokens: 2, total_cost_usd: '0.000014', estimated: false };
    expect(calls).to.have.length(1);
    expect(calls[0]).to.deep.include({ ...counts, price_source: 'a list', activity: 'conversation' });
    expect(messages[1]).to.deep.include(counts);
    expect(session.totals).to.deep.include({ ...counts, unpriced_calls: 0 });
    expect(session.context.used_tokens).to.equal(12);
    expect(recorded).to.have.length(1);
    expect(recorded[0]).to.deep.include({ call_id: calls[0]?.id, message_id: messages[1]?.id });
    const types = events.map(({ type }) => type);
    expect(types.slice(types.indexOf('call.finished'))).to.deep.equal([
      ...['call.finished', 'usage.recorded', 'message.added', 'turn.completed', 'session.updated'],
    ]);
  });

  it('is found as the dearest call of all sessions, with the way to it', async () => {
    const { session, calls } = await answered([[say('Hello.'), usage(10_000, 2)]]);
    const { items } = await new UsageReports(db).calls({ session: session.session_id }, 5);
    expect(items).to.have.length(1);
    expect(items[0]).to.include({ call_id: calls[0]?.id, session_id: session.session_id, agent: session.agent_name });
    expect(items[0]).to.include({ provider: 'scripted', model: 'scripted-1', activity: 'conversation' });
    expect(items[0]).to.include({ total_cost_usd: '0.010004', request_tokens: 10_000, response_tokens: 2 });
    expect(items[0]?.duration_ms).to.be.at.least(0);
  });

  it('keeps its parts, of which none is more than the whole', async () => {
    const said: TokenUsage = {
      ...{ requestTokens: 100, responseTokens: 10, cachedTokens: 70, cacheWriteTokens: 50 },
      ...{ reasoningTokens: 11, cacheWriteHourTokens: Number.NaN },
    };
    const { calls, session } = await answered([[say('Hello.'), { type: 'usage', usage: said }]]);
    const parts = { cached_tokens: 70, reasoning_tokens: 10 };
    expect(calls[0]).to.deep.include({ ...parts, cache_write_tokens: 30 });
    expect(session.totals).to.deep.include(parts);
  });

  it('counts also where the attempt failed or was cut, and the next one went well', async () => {
    const { session, calls, messages } = await answered([
      [usage(10, 1), say('Hal'), cut],
      [usage(10, 1), fail(new ProviderError('overloaded', 'busy'))],
      [fail(new ProviderError('network', 'down'))],
      [say('Hello.'), usage(10, 2)],
    ]);
    expect(calls.map(({ state, request_tokens }) => [state, request_tokens])).to.deep.equal([
      ['interrupted', 10],
      ['failed', 10],
      ['failed', null],
      ['done', 10],
    ]);
    expect(session.totals).to.deep.include({ request_tokens: 30, response_tokens: 4, total_cost_usd: '0.000038' });
    expect(messages).to.have.length(2);
  });

  it('counts where the turn fails for good', async () => {
    const { session, messages } = await answered([
      [usage(10, 1), say('Hal'), fail(new ProviderError('refused', 'no'))],
    ]);
    expect(messages[1]).to.deep.include({ status: 'error', request_tokens: 10, total_cost_usd: '0.000012' });
    expect(session.totals.request_tokens).to.equal(10);
  });

  it('of a price nobody knows has no cost, and the sum says how many are missing', async () => {
    const { session, calls } = await answered(
      [
        [call('look', {}), usage(10, 2)],
        [say('Hello.'), usage(20, 2)],
      ],
      {
        model: 'odd',
      },
    );
    expect(calls.map(({ total_cost_usd }) => total_cost_usd)).to.deep.equal([null, null]);
    expect(session.totals).to.deep.include({ request_tokens: 30, total_cost_usd: null, unpriced_calls: 2 });
  });

  it('is unknown, not nothing, where the provider says nothing and nobody estimates', async () => {
    const { session, calls, recorded } = await answered([[say('Hello.')]]);
    expect(calls[0]).to.deep.include({ request_tokens: null, response_tokens: null, total_cost_usd: null });
    expect(recorded).to.deep.equal([]);
    expect(session.totals).to.deep.include({ request_tokens: 0, unpriced_calls: 0 });
  });

  it('5.5 is estimated where the provider says nothing, and marked', async () => {
    const { session, calls, messages } = await answered([[think('Hm'), say('Hello.')]], { estimate });
    const counts = { request_tokens: 100, response_tokens: 9, total_cost_usd: '0.000118', estimated: true };
    expect(calls[0]).to.deep.include(counts);
    expect(messages[1]).to.deep.include(counts);
    expect(session.totals).to.deep.include(counts);
  });

  it('5.5 is not estimated where the provider says it, or where nothing came', async () => {
    const { session, calls } = await answered(
      [[fail(new ProviderError('network', 'down'))], [say('A long answer indeed.'), usage(10, 2)]],
      { estimate },
    );
    expect(calls.map(({ request_tokens, estimated }) => [request_tokens, estimated])).to.deep.equal([
      [null, false],
      [10, false],
    ]);
    expect(session.totals.estimated).to.equal(false);
  });

  it('5.5 of a reply that was cut is what came, where that is more than was said before it', async () => {
    const { calls } = await answered(
      [
        [usage(10, 1), say('Half an ans'), cut],
        [say('Hello.'), usage(10, 2)],
      ],
      { estimate },
    );
    const { request_tokens, response_tokens, estimated } = calls[0]!;
    expect([request_tokens, response_tokens, estimated]).to.deep.equal([10, 11, true]);
  });

  it('5.5 counts for a reply that a person stopped', async () => {
    const provider = new ScriptedProvider([[say('Hal'), hold('mid')]], { prepare });
    rig = await Rig.open(db, provider, { wire: new ListWire([]), prices, estimate });
    const session = await rig.session();
    await rig.send(session, 'Hi');
    await provider.held('mid');
    await until(async () => (await rig.engine.draft(session.conversation_id)) !== null);
    await rig.engine.stop(session.session_id);
    const { calls, messages, session: stopped } = await written(session.session_id);
    const counts = { request_tokens: 100, response_tokens: 3, estimated: true };
    expect(calls[0]).to.deep.include({ ...counts, state: 'interrupted' });
    expect(messages[1]).to.deep.include({ ...counts, status: 'interrupted' });
    expect(stopped.totals).to.deep.include(counts);
  });

  it('adds up by what it was for and by who answered', async () => {
    const { session } = await answered([
      [call('look', {}), usage(10, 2)],
      [say('Hello.'), usage(20, 2)],
    ]);
    await rig.sessions.patch(session.session_id, { model: 'odd' });
    await rig.send(session, 'And?').catch(() => undefined);
    await rig.rest(session);
    const sums = new UsageSums(db);
    const { totals, by_activity, by_model } = await sums.ofSession(session.session_id);
    const after = await rig.sessions.get(session.session_id);
    expect(totals).to.deep.include({ ...after.totals, calls: 2 });
    expect(by_activity).to.deep.equal([{ activity: 'conversation', ...totals }]);
    expect(by_model.map(({ provider, model, calls }) => [provider, model, calls])).to.deep.include([
      ...['scripted', 'scripted-1'],
      2,
    ]);
    const none = await sums.ofSession('nobody');
    expect(none.totals).to.deep.include({ calls: 0, total_cost_usd: null });
    expect([none.by_activity, none.by_model]).to.deep.equal([[], []]);
  });
});
