import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import { text } from '../../src/protocol/messages.js';
import { SESSION_LIMITS } from '../../src/session/limits.js';
import { decideCall, decideDraft, decideStart, decideTool } from '../../src/session/recovery.js';
import type { Database } from '../../src/store/database.js';
import { Instances } from '../../src/store/ownership.js';
import type { ToolState } from '../../src/store/step.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { fail, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { Crash } from './crash.js';
import { gives, Rig, type RigOptions, tool, until } from './rig.js';
import { worked } from './support.js';

describe('recovery decides', () => {
  it('that torn text is never complete', () => expect(decideDraft()).to.equal('interrupted'));

  it('that a call is made again while attempts are left', () => {
    const decide = (attempts: number) => decideCall({ state: 'calling', attempts }, SESSION_LIMITS);
    expect([0, 1, 2, 3].map(decide)).to.deep.equal(['again', 'again', 'again', 'fail']);
    expect(decideCall({ state: 'tools', attempts: 9 }, SESSION_LIMITS)).to.equal('again');
  });

  it('about each tool by what is known of it', () => {
    const decide = (state: ToolState, retry: 'safe' | 'never', attempts: number) =>
      decideTool({ state, retry, attempts }, SESSION_LIMITS);
    expect(decide('proposed', 'never', 0)).to.equal('run');
    expect(decide('started', 'safe', 1)).to.equal('again');
    expect(decide('started', 'safe', 2)).to.equal('unknown');
    expect(decide('started', 'never', 1)).to.equal('unknown');
    for (const state of ['succeeded', 'failed', 'cancelled', 'unknown', 'skipped'] as const) {
      expect(decide(state, 'never', 1)).to.equal('ended');
    }
  });

  it('to park what takes the server down each time', () => {
    expect([1, 2, 3, 4].map((starts) => decideStart(starts, SESSION_LIMITS))).to.deep.equal([
      'go',
      'go',
      'park',
      'park',
    ]);
  });
});

describe('after a crash', () => {
  let db: Database & { drop(): Promise<void> };
  let rig: Rig;
  let ran: string[];
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    await rig.close();
    await rig.isSound();
  });

  const restart = async (provider = new ScriptedProvider([[say('Hello.')]]), options: RigOptions = {}) => {
    ran = [];
    const spy = (id: string, retry: 'safe' | 'never') =>
      tool(
        id,
        async () => {
          ran.push(id);
          return gives('ran');
        },
        { retry, effects: 'read' },
      );
    rig = await Rig.open(db, provider, { tools: [spy('safe', 'safe'), spy('never', 'never')], ...options });
    return provider;
  };

  it('a turn that had not begun is run', async () => {
    const { session } = await Crash.at(db);
    await restart();
    expect((await rig.rest(session)).state).to.equal('completed');
    expect(await rig.spoken(session)).to.deep.equal(['user: Hi', 'assistant: Hello.']);
  });

  it('torn text is kept with a mark, not sent, and the call is made again', async () => {
    const crash = await Crash.at(db, 'calling');
    const callId = await crash.sent();
    await crash.draft('Hal');
    const provider = await restart();
    expect((await rig.rest(crash.session)).state).to.equal('completed');
    expect(await rig.spoken(crash.session)).to.deep.equal([
      'user: Hi',
      'assistant(interrupted): Hal',
      'assistant: Hello.',
    ]);
    expect((await rig.history(crash.session))[1]?.id).to.equal(crash.replyId);
    expect(provider.requests[0]?.messages.map(({ role }) => role)).to.deep.equal(['user']);
    const { rows } = await db.query('select state, error from provider_calls where id = $1', [callId]);
    expect(rows[0]).to.have.property('state', 'interrupted');
  });

  it('an empty draft leaves nothing', async () => {
    const crash = await Crash.at(db, 'calling');
    await crash.draft('');
    await restart();
    await rig.rest(crash.session);
    expect(await rig.spoken(crash.session)).to.deep.equal(['user: Hi', 'assistant: Hello.']);
  });

  it('a call that was cut three times fails the turn, and a retry begins anew', async () => {
    const crash = await Crash.at(db, 'calling');
    await crash.sets('calling', true);
    await crash.sets('calling', true);
    await crash.sent();
    await restart();
    const turn = await rig.rest(crash.session);
    expect([turn.state, turn.error?.code]).to.deep.equal(['failed', 'turn.attempts']);
    expect(await rig.status(crash.session)).to.equal('error');
    await rig.engine.retry(crash.session.session_id);
    expect((await rig.rest(crash.session)).state).to.equal('completed');
  });

  it('a turn that waited for its next attempt waits the rest, however many it had made', async () => {
    const crash = await Crash.at(db, 'calling');
    for (let attempt = 2; attempt <= 4; attempt += 1) await crash.sets('calling', true);
    await crash.retrying({ attempt: 4, delay_ms: 200_000, decision: 'wait' });
    await db.query(`update events set at = at - interval '80 seconds' where type = 'call.retrying'`);
    const slept: number[] = [];
    const clock = { now: () => performance.now(), sleep: async (ms: number) => void slept.push(ms) };
    const busy = fail(new ProviderError('rate_limit', 'later'));
    await restart(new ScriptedProvider([[say('Hal'), busy], [say('never')]]), { clock });
    const turn = await rig.rest(crash.session);
    expect([turn.state, turn.error?.code], 'the fifth was the last').to.deep.equal(['failed', 'provider.rate_limit']);
    expect(slept).to.have.length(1);
    expect(slept[0]).to.be.within(110_000, 120_000);
    const started = (await rig.log(crash.session)).filter(({ type }) => type === 'call.started');
    expect(started.map(({ data }) => 'attempt' in data && data.attempt)).to.deep.equal([5]);
  });

  it('a wait that is over by now is not waited again', async () => {
    const crash = await Crash.at(db, 'calling');
    await crash.retrying({ attempt: 1, delay_ms: 20_000, decision: 'retry' });
    await db.query(`update events set at = at - interval '1 hour' where type = 'call.retrying'`);
    await restart();
    expect((await rig.rest(crash.session)).state).to.equal('completed');
  });

  it('a turn that waited can be stopped', async () => {
    const crash = await Crash.at(db, 'calling');
    await crash.retrying({ attempt: 1, delay_ms: 200_000, decision: 'wait' });
    const provider = await restart();
    await rig.engine.stop(crash.session.session_id);
    expect((await rig.rest(crash.session)).state).to.equal('cancelled');
    expect(provider.requests).to.deep.equal([]);
  });

  it('a turn that stood in line at a busy server stands there again', async () => {
    const crash = await Crash.at(db, 'calling');
    for (let attempt = 2; attempt <= 4; attempt += 1) await crash.sets('calling', true);
    const data = { turn_id: crash.turnId, message_id: crash.replyId, origin: 'https://busy.example', place: 3 };
    await crash.step({ writes: [], events: [{ type: 'call.queued', data }] });
    await restart();
    expect((await rig.rest(crash.session)).state).to.equal('completed');
  });

  it('a person who has a turn run again waits for nothing that was said before', async () => {
    const crash = await Crash.at(db, 'calling');
    await crash.retrying({ attempt: 1, delay_ms: 200_000, decision: 'wait' });
    await restart();
    await rig.engine.stop(crash.session.session_id);
    await db.query(`update turns set state = 'failed' where id = $1`, [crash.turnId]);
    await rig.engine.retry(crash.session.session_id);
    expect((await rig.rest(crash.session)).state).to.equal('completed');
  });

  it('tools that had not started are run, and the answers of those that had ended are kept', async () => {
    const crash = await Crash.at(db, 'tools');
    await restart();
    await rig.rest(crash.session);
    expect(ran).to.have.members(['safe', 'never']);
    expect(await rig.spoken(crash.session)).to.deep.equal([
      ...['user: Hi', 'assistant: safe() never()', 'tool: =succeeded =succeeded', 'assistant: Hello.'],
    ]);
  });

  it('a started tool that is safe to repeat runs again, once', async () => {
    const crash = await Crash.at(db, 'tools');
    await crash.tool(0, 'started', 1);
    await restart();
    expect((await rig.rest(crash.session)).state).to.equal('completed');
    expect(ran).to.have.members(['safe', 'never']);
    const { rows } = await db.query('select attempts from tool_calls where message_id = $1 order by ord', [
      crash.replyId,
    ]);
    expect(rows.map(({ attempts }) => attempts)).to.deep.equal([2, 1]);
  });

  it('a started tool of any other kind is unknown: it is not repeated, and the turn waits for a person', async () => {
    const crash = await Crash.at(db, 'tools');
    await crash.tool(0, 'started', 2);
    await crash.tool(1, 'started', 1);
    const provider = await restart();
    const turn = await rig.rest(crash.session);
    expect([turn.state, turn.error?.code]).to.deep.equal(['interrupted', 'turn.interrupted']);
    expect(await rig.status(crash.session)).to.equal('interrupted');
    expect([ran, provider.requests]).to.deep.equal([[], []]);
    expect(await rig.told(crash.session)).to.include.members(['tool.outcome_unknown', 'turn.interrupted']);
    const [, , results] = await rig.history(crash.session);
    const result = results?.parts[1];
    expect(result?.type === 'tool_result' && result.content).to.deep.equal([
      text('The server stopped while this ran. It may have taken effect, wholly or partly. Check before repeating.'),
    ]);
    await rig.engine.retry(crash.session.session_id);
    expect((await rig.rest(crash.session)).state).to.equal('completed');
    expect(ran).to.deep.equal([]);
    expect((await rig.spoken(crash.session)).slice(2)).to.deep.equal(['tool: =unknown =unknown', 'assistant: Hello.']);
  });

  it('calls behind an unknown one are skipped, so that every call has its result', async () => {
    const crash = await Crash.at(db, 'tools');
    await crash.tool(0, 'started', 2);
    await restart();
    await rig.rest(crash.session);
    expect((await rig.spoken(crash.session))[2]).to.equal('tool: =unknown =skipped');
  });

  it('results that were all there are handed over', async () => {
    const crash = await Crash.at(db, 'tools');
    const { rows } = await db.query<{ id: string; name: string }>(
      'select id, name from tool_calls where message_id = $1',
      [crash.replyId],
    );
    for (const { id, name } of rows) {
      const result = { call_id: name, name, ...worked('done') };
      const from = ['proposed'] as const;
      await crash.step({
        writes: [{ write: 'tool.set', tool_call_id: id, from, state: 'succeeded', result }],
        events: [],
      });
    }
    await restart();
    await rig.rest(crash.session);
    expect(ran).to.deep.equal([]);
    expect((await rig.spoken(crash.session)).slice(2)).to.deep.equal([
      'tool: =succeeded =succeeded',
      'assistant: Hello.',
    ]);
  });

  it('a turn whose results were handed over calls again', async () => {
    const crash = await Crash.at(db, 'tools');
    await crash.tool(0, 'started', 2);
    await restart();
    await rig.rest(crash.session);
    await rig.close();
    await db.query(`update turns set state = 'calling', error = null where id = $1`, [crash.turnId]);
    const provider = await restart();
    expect((await rig.rest(crash.session)).state).to.equal('completed');
    expect(provider.requests[0]?.messages.map(({ role }) => role)).to.deep.equal(['user', 'assistant', 'tool']);
  });

  it('a conversation that was live at three starts without progress is parked', async () => {
    const crash = await Crash.at(db, 'tools');
    await db.query('update conversations set live_starts = 2 where id = $1', [crash.session.conversation_id]);
    const provider = await restart();
    const turn = await rig.rest(crash.session);
    expect([turn.state, turn.error?.code]).to.deep.equal(['interrupted', 'turn.parked']);
    expect((await rig.spoken(crash.session))[2]).to.equal('tool: =skipped =skipped');
    expect(provider.requests).to.deep.equal([]);
    const { rows } = await db.query('select live_starts from conversations where id = $1', [
      crash.session.conversation_id,
    ]);
    expect(rows[0]).to.deep.equal({ live_starts: 0 });
    await rig.engine.retry(crash.session.session_id);
    expect((await rig.rest(crash.session)).state).to.equal('completed');
  });

  it('messages that wait behind an ended turn are taken up', async () => {
    const crash = await Crash.at(db);
    await restart();
    await rig.rest(crash.session);
    await rig.close();
    const queued = { id: randomUUID(), client_key: 'k', mode: 'queue' as const, text: 'And?' };
    await crash.step({ writes: [{ write: 'queue.add', queued }], events: [] });
    await restart(new ScriptedProvider([[say('Nothing.')]]));
    await rig.rest(crash.session);
    expect((await rig.spoken(crash.session)).slice(2)).to.deep.equal(['user: And?', 'assistant: Nothing.']);
  });

  it('messages behind a turn that waits for a person wait too, until the person goes on', async () => {
    const crash = await Crash.at(db, 'tools');
    await crash.tool(1, 'started', 1);
    const queued = { id: randomUUID(), client_key: 'k', mode: 'queue' as const, text: 'And?' };
    await crash.step({ writes: [{ write: 'queue.add', queued }], events: [] });
    const provider = await restart(new ScriptedProvider([[say('One.')], [say('Two.')]]));
    expect((await rig.rest(crash.session)).state).to.equal('interrupted');
    expect(provider.requests).to.deep.equal([]);
    await rig.send(crash.session, 'Go on.');
    await until(async () => (await rig.spoken(crash.session)).length === 7);
    expect((await rig.spoken(crash.session)).slice(3)).to.deep.equal([
      ...['user: And?', 'assistant: One.', 'user: Go on.', 'assistant: Two.'],
    ]);
  });

  it('one conversation that cannot be recovered does not keep the others waiting', async () => {
    const [bad, good] = [await Crash.at(db), await Crash.at(db)];
    const own = Instances.prototype.own;
    Instances.prototype.own = function (id) {
      if (id === bad.session.conversation_id) return Promise.reject(new Error('odd'));
      return own.call(this, id);
    };
    await restart(new ScriptedProvider(() => [say('Hello.')])).finally(() => {
      Instances.prototype.own = own;
    });
    expect((await rig.rest(good.session)).state).to.equal('completed');
    expect((await rig.turns.last(bad.session.conversation_id))?.state).to.equal('queued');
    await rig.close();
    await restart();
    await rig.rest(bad.session);
  });

  it('an acknowledged message is there exactly once, and its key is still known', async () => {
    const crash = await Crash.at(db);
    await db.query(`update messages set client_key = 'mine' where id = $1`, [crash.messageId]);
    await restart();
    const again = await rig.send(crash.session, 'Hi', 'queue', 'mine');
    expect(again).to.deep.equal({ message_id: crash.messageId, turn_id: crash.turnId, queued: false });
    await rig.rest(crash.session);
  });
});
