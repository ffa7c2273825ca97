import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import { definePlugin } from '../../src/extension/plugin.js';
import { MemoryLive } from '../../src/live/memory.js';
import { deltaTopic } from '../../src/live/port.js';
import { silentLog } from '../../src/log.js';
import type { ApprovalResource } from '../../src/protocol/approvals.js';
import { ACTIVITY_STEP_MS, activitySteps, type ListedSession } from '../../src/protocol/cards.js';
import type { SessionEvent } from '../../src/protocol/events.js';
import type { List, Session } from '../../src/protocol/resources.js';
import { ActivityNotes } from '../../src/server/activity-notes.js';
import { ActivityCount } from '../../src/server/card-activity.js';
import { CardState } from '../../src/server/card-state.js';
import { Cards } from '../../src/server/cards.js';
import { OpenApprovals } from '../../src/server/open-approvals.js';
import { call, fail, hold, ScriptedProvider, say, think } from '../../src/testing/scripted-provider.js';
import { startTestMaestro, type TestMaestro } from '../../src/testing/start.js';
import { gives, tool, until } from '../session/rig.js';

const AT = '2026-01-01T00:00:00.000Z';

function event(type: string, data: object): SessionEvent {
  return { v: 1, seq: 1, at: AT, type, data } as SessionEvent;
}

describe('the card of a session', () => {
  const delta = { message_id: 'm', part: 0, offset: 0, kind: 'text' } as const;
  const runs = (name: string) => name === 'run';

  it('tells the last complete sentence of what streams, a thought as well', () => {
    const state = new CardState(runs);
    state.streamed({ ...delta, kind: 'thinking', text: 'Two ways lead there. Perhaps' }, 0);
    expect(state.card('s').preview).to.deep.equal({ kind: 'thought', text: 'Two ways lead there.', detail: null });
    state.streamed({ ...delta, part: 1, text: 'Backoff is' }, 0);
    expect(state.card('s').preview).to.include({ kind: 'thought' });
    state.streamed({ ...delta, part: 1, text: ' in. Running the' }, 0);
    expect(state.card('s').preview).to.deep.equal({ kind: 'text', text: 'Backoff is in.', detail: null });
  });

  it('tells the command that runs with its newest line, and of other tools the name and what it is about', () => {
    const state = new CardState(runs);
    const parts = [
      { type: 'tool_call', id: 'c1', name: 'run', args: { timeout: 3, command: 'mix test\n--all' } },
      { type: 'tool_call', id: 'c2', name: 'read', args: { file_path: 'lib/a.ex' } },
    ];
    state.happened(event('message.added', { message: { role: 'assistant', parts } }));
    state.happened(event('tool.started', { call_id: 'c1', name: 'run' }));
    expect(state.card('s').preview).to.deep.equal({ kind: 'command', text: 'mix test', detail: 'run' });
    const output = { ...delta, kind: 'tool_output', call_id: 'c1' } as const;
    state.streamed({ ...output, text: 'one\n142 of 318 do' }, 0);
    state.streamed({ ...output, text: 'ne\n' }, 0);
    expect(state.card('s').preview).to.include({ text: 'mix test', detail: '142 of 318 done' });
    state.happened(event('tool.finished', { result: { call_id: 'c1' } }));
    state.happened(event('tool.started', { call_id: 'c2', name: 'read' }));
    expect(state.card('s').preview).to.deep.equal({ kind: 'tool', text: 'read', detail: 'lib/a.ex' });
  });

  it('has a line among the news when a budget will soon be used up', () => {
    const notes = new ActivityNotes();
    const who = { session_id: 's', agent_name: 'Atlas' };
    const told = { turn_id: 't', scope: 'day', subject: '2026-01-01', limit_usd: '10', spent_usd: '8.25' };
    expect(notes.add(who, event('budget.warning', told))).to.include({
      ...who,
      kind: 'budget',
      text: 'used 82 % of the budget for today: 8.25 of 10 USD',
    });
  });

  it('tells since when a turn runs, when it is tried again, and why it failed', () => {
    const state = new CardState(runs);
    state.happened(event('turn.started', { turn_id: 't', attempt: 1 }));
    expect(state.card('s')).to.include({ since: AT, retry: null });
    const error = { code: 'provider.rate_limited', message: 'Too many requests.' };
    state.happened(event('call.retrying', { attempt: 2, delay_ms: 38_000, error }));
    expect(state.card('s').retry).to.deep.equal({ at: '2026-01-01T00:00:38.000Z', attempt: 2, error });
    state.happened(event('call.started', {}));
    expect(state.card('s').retry).to.equal(null);
    state.happened(event('turn.failed', { error }));
    expect(state.card('s')).to.include({ since: null });
    expect(state.card('s').preview).to.deep.equal({ kind: 'error', text: 'Too many requests.', detail: null });
  });
});

describe('the activity of a session', () => {
  it('is counted in steps of 5 s and forgets what is older than 4 minutes', () => {
    const count = new ActivityCount();
    const start = 1_000 * ACTIVITY_STEP_MS;
    count.add(40, start);
    count.add(4, start + 4_999);
    count.add(20, start + 3 * ACTIVITY_STEP_MS);
    expect(count.read()).to.deep.equal({ at: start + 3 * ACTIVITY_STEP_MS, tokens: [11, 0, 0, 5] });
    expect(activitySteps(count.read(), start + 5 * ACTIVITY_STEP_MS).slice(-6)).to.deep.equal([11, 0, 0, 5, 0, 0]);
    count.add(8, start + 50 * ACTIVITY_STEP_MS);
    expect(count.read().tokens).to.deep.equal([5, ...new Array(46).fill(0), 2]);
    expect(activitySteps(count.read(), start + 200 * ACTIVITY_STEP_MS)).to.deep.equal(new Array(48).fill(0));
  });
});

describe('what waits for a person', () => {
  const approval = (id: string, minute: number, set: Partial<ApprovalResource> = {}): ApprovalResource =>
    ({
      id,
      root_session_id: 'top',
      session_id: 'below',
      state: 'open',
      created_at: `2026-01-01T00:0${minute}`,
      ...set,
    }) as ApprovalResource;

  it('shows at the session at the top, the oldest first', async () => {
    const open = new OpenApprovals({ list: async () => ({ items: [approval('b', 2), approval('a', 1)], next: null }) });
    await open.load();
    expect(open.of('top')?.id).to.equal('a');
    open.told(approval('a', 1, { state: 'allowed' }));
    expect(open.of('top')?.id).to.equal('b');
    open.forget('top');
    expect(open.of('top')).to.equal(null);
  });

  it('does not come back when it is answered while the list is read', async () => {
    const list = Promise.withResolvers<List<ApprovalResource>>();
    const open = new OpenApprovals({ list: () => list.promise });
    const loaded = open.load();
    open.told(approval('a', 1, { state: 'denied' }));
    list.resolve({ items: [approval('a', 1)], next: null });
    await loaded;
    expect(open.of('top')).to.equal(null);
  });

  it('is sent without texts that no card shows', () => {
    const open = new OpenApprovals({ list: async () => ({ items: [], next: null }) });
    open.told(approval('a', 1, { args: { list: ['x'.repeat(90_000)] } }));
    expect(JSON.stringify(open.of('top'))).to.have.length.below(25_000);
  });
});

describe('the cards of all sessions', () => {
  const session = (id: string, status: string): Session =>
    ({ session_id: id, conversation_id: `c-${id}`, agent_name: id, status, parent_session_id: null }) as Session;

  function cards() {
    const live = new MemoryLive(silentLog);
    const asked: (readonly string[])[] = [];
    let hear: (conversation: string, events: SessionEvent[]) => void = () => undefined;
    const made = new Cards({
      live,
      events: {
        subscribe: (fn: typeof hear) => {
          hear = fn;
          return () => undefined;
        },
      } as never,
      sessions: { onChange: () => () => undefined },
      approvals: { list: async () => ({ items: [], next: null }) },
      turns: {
        lastOf: async (ids) => {
          asked.push(ids);
          return ids.map((conversation_id) => ({
            conversation_id,
            state: 'calling',
            error: null,
            created_at: new Date(AT),
          }));
        },
      },
      registries: { tools: { find: () => undefined } },
      now: () => 0,
    });
    return { made, live, asked, hear: (id: string, ...events: SessionEvent[]) => hear(`c-${id}`, events) };
  }

  it('ask the database once, for those that worked before anybody listened', async () => {
    const { made, asked } = cards();
    const listed = await made.of([session('a', 'thinking'), session('b', 'tool'), session('c', 'idle')]);
    expect(asked).to.deep.equal([['c-a', 'c-b']]);
    expect(listed.map(({ card }) => card.since)).to.deep.equal([AT, AT, null]);
    await made.of(listed);
    expect(asked).to.have.length(1);
    await made.close();
  });

  it('tell all that changed in one message, and hear only those that run', async () => {
    const { made, live, hear } = cards();
    await made.of([session('a', 'thinking'), session('b', 'thinking')]);
    const told: object[] = [];
    made.onTold((one) => told.push(one));
    for (const id of ['a', 'b'])
      live.publish(deltaTopic(`c-${id}`), {
        message_id: id,
        part: 0,
        kind: 'text',
        offset: 0,
        text: 'It is done. And',
      });
    await until(() => told.length > 0);
    expect(told).to.have.length(1);
    expect(told[0]).to.have.nested.property('cards[1].preview.text', 'It is done.');
    hear('a', event('turn.completed', {}));
    live.publish(deltaTopic('c-a'), { message_id: 'a', part: 1, kind: 'text', offset: 0, text: 'Too late. Yes' });
    await until(() => told.length > 2);
    expect(told).to.have.nested.property('[1].note.text', 'finished');
    expect(told).to.have.nested.property('[2].cards[0].preview.text', 'It is done.');
    await made.close();
  });
});

describe('cards over REST', () => {
  let maestro: TestMaestro;
  const provider = new ScriptedProvider([
    [...think('Let me see.'), ...say('Halfway there. And'), hold('on'), call('act', { path: 'a.txt' })],
    [fail(new ProviderError('auth', 'The key was refused.'))],
  ]);
  before(async () => {
    const plugin = definePlugin({
      name: '@maestro-test/cards',
      activate(ctx) {
        ctx.providers.add(provider);
        ctx.tools.add(tool('act', async () => gives('ran')));
      },
    });
    const defaults = { provider: provider.id, model: 'scripted-1', approval: 'ask' };
    maestro = await startTestMaestro({ plugins: [{ plugin }], config: { defaults } });
  });
  after(() => maestro.close());

  const card = async () => (await maestro.request<List<ListedSession>>('/sessions')).items[0]!.card;

  it('follow a turn from its first words over a question to its failure', async () => {
    const { session_id } = await maestro.request<Session>('/sessions', {});
    expect(await card()).to.deep.include({ preview: null, since: null, approval: null });
    await maestro.request(`/sessions/${session_id}/messages`, { client_key: 'k', text: 'go' });
    await until(async () => (await card()).preview?.text === 'Halfway there.');
    const { since, activity } = await card();
    expect(since).to.be.a('string');
    expect(activity.tokens.at(-1)).to.be.greaterThan(5);
    provider.release('on');
    await until(async () => (await card()).approval !== null);
    const { approval } = await card();
    expect(approval).to.include({ session_id, tool: 'act' });
    await maestro.request(`/approvals/${approval!.id}`, { decision: 'allow' });
    await until(async () => (await card()).preview?.kind === 'error');
    expect(await card()).to.deep.include({ approval: null, since: null });
    expect((await card()).preview?.text).to.include('The key was refused.');
  });
});
