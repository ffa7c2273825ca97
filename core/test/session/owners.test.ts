import { expect } from 'chai';
import { MaestroError, ProviderError } from '../../src/errors.js';
import { MemoryLive } from '../../src/live/memory.js';
import { silentLog } from '../../src/log.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import type { Fence, Step } from '../../src/store/step.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { call, hold, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { Crash } from './crash.js';
import { chunks, gate, gives, ListWire, Rig, type RigOptions, tool, until } from './rig.js';

let db: Database & { drop(): Promise<void> };
const rigs: Rig[] = [];
const open = async (provider: ScriptedProvider, options?: RigOptions) => {
  const rig = await Rig.open(db, provider, options);
  rigs.push(rig);
  return rig;
};

describe('a conversation and its owners', () => {
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig.close();
  });

  it('who lost it stops in silence: nothing more is written, tools are told to stop', async () => {
    const inside = gate();
    let isStopped = false;
    const long = tool('long', async (_, { signal }) => {
      inside.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      isStopped = true;
      return gives('late');
    });
    const quick = tool('quick', async () => {
      await inside.promise;
      await db.query('update conversations set epoch = epoch + 1');
      return gives('quick');
    });
    const tools = [long, quick].map((one) => ({ ...one, effects: 'read' as const }));
    const rig = await open(new ScriptedProvider([[call('long', {}), call('quick', {})]]), { tools });
    const session = await rig.session();
    await rig.send(session, 'Work');
    await until(() => isStopped);
    await rig.engine.close(1_000);
    expect((await rig.turns.live(session.conversation_id))?.state).to.equal('tools');
    expect(await rig.told(session)).not.to.include('tool.finished');
    const next = await open(new ScriptedProvider([]), { tools });
    expect((await next.rest(session)).state).to.equal('interrupted');
    await next.isSound();
  });

  it('a message taken by one process is answered by the owner, and a stop finds it there', async () => {
    const live = new MemoryLive(silentLog);
    const provider = new ScriptedProvider([
      [say('1'), hold('mid')],
      [say('2'), hold('end')],
    ]);
    const owner = await open(provider, { live });
    const session = await owner.session();
    await owner.send(session, 'one');
    await provider.held('mid');
    const other = await open(new ScriptedProvider([]), { live, join: true });
    await other.send(session, 'two');
    await other.engine.stop(session.session_id);
    await provider.held('end');
    await other.engine.stop(session.session_id);
    await owner.rest(session);
    expect(await owner.spoken(session)).to.deep.equal([
      ...['user: one', 'assistant(interrupted): 1', 'user: two', 'assistant(interrupted): 2'],
    ]);
    await owner.isSound();
  });

  it('what a silent process leaves is taken up by the next sweep', async () => {
    const dead = '11111111-1111-4111-8111-111111111111';
    const rig = await open(new ScriptedProvider([[say('Hello.')]]), { limits: { sweepMs: 10 } });
    const { rows } = await db.query('select now() as then');
    await db.query(`insert into instances (id, host, pid, heartbeat_at) values ($1, 'there', 1, $2)`, [
      dead,
      rows[0]?.then,
    ]);
    const crash = await Crash.at(db, 'calling', dead);
    await crash.draft('Hal');
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect((await rig.turns.live(crash.session.conversation_id))?.state).to.equal('calling');
    await db.query(`update instances set heartbeat_at = now() - interval '11 seconds' where id = $1`, [dead]);
    expect((await rig.rest(crash.session)).state).to.equal('completed');
    expect(await rig.spoken(crash.session)).to.include('assistant(interrupted): Hal');
    await rig.isSound();
  });

  it('a turn that nobody runs can be stopped', async () => {
    const rig = await open(new ScriptedProvider([]));
    const crash = await Crash.at(db, 'tools');
    await crash.tool(0, 'started', 1);
    await rig.engine.stop(crash.session.session_id);
    expect((await rig.turns.last(crash.session.conversation_id))?.state).to.equal('cancelled');
    expect((await rig.spoken(crash.session))[2]).to.equal('tool: =unknown =skipped');
    await rig.isSound();
  });
});

/** An event log whose database goes away at chosen commits, before or after they were made. */
class Flaky extends EventLog {
  readonly faults: ('before' | 'after' | Error)[] = [];
  commits = 0;
  /** Faults begin at the first step of a turn. */
  override async commit(fence: Fence, step: Step) {
    const fault = fence.epoch === null ? undefined : this.faults.shift();
    this.commits += 1;
    if (fault instanceof Error) throw fault;
    if (fault === 'before') throw new Error('Connection terminated unexpectedly');
    const events = await super.commit(fence, step);
    if (fault === 'after') throw new Error('Connection terminated unexpectedly');
    return events;
  }
}

describe('when the database goes away in mid-turn', () => {
  let log: Flaky;
  const flaky = { events: (database: Database) => (log = new Flaky(database)) };
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    for (const rig of rigs.splice(0)) {
      await rig.close();
      await rig.isSound();
    }
  });

  it('a step is committed again once it is back', async () => {
    const rig = await open(new ScriptedProvider([[say('Hello.')]]), flaky);
    const session = await rig.session();
    log.faults.push('before', 'before');
    await rig.send(session, 'Hi');
    expect((await rig.rest(session)).state).to.equal('completed');
    expect(await rig.told(session)).to.include('turn.completed');
  });

  it('a step of which nobody knows whether it was committed is read from the tables', async () => {
    const ran: number[] = [];
    const once = tool('once', async () => {
      ran.push(1);
      return gives('ran');
    });
    const provider = new ScriptedProvider((request) =>
      request.messages.some(({ role }) => role === 'tool') ? [say('Done.')] : [call('once', {})],
    );
    const rig = await open(provider, { ...flaky, tools: [once] });
    const session = await rig.session();
    // Commits of this turn: begin, streaming, reply, reply again, start of the tool, results, results again.
    log.faults.push(...(['', '', 'after', '', '', 'after', ''] as 'after'[]));
    await rig.send(session, 'Hi');
    expect((await rig.rest(session)).state).to.equal('completed');
    expect(ran).to.deep.equal([1]);
    expect(await rig.spoken(session)).to.deep.equal([
      ...['user: Hi', 'assistant: once()', 'tool: =succeeded', 'assistant: Done.'],
    ]);
  });

  it('a tool whose start is in doubt does not run', async () => {
    const ran: number[] = [];
    const once = tool('once', async () => {
      ran.push(1);
      return gives('ran');
    });
    const rig = await open(new ScriptedProvider([[call('once', {})]]), { ...flaky, tools: [once] });
    const session = await rig.session();
    log.faults.push(...(['', '', '', 'after'] as 'after'[]));
    await rig.send(session, 'Hi');
    expect((await rig.rest(session)).state).to.equal('interrupted');
    expect([ran, (await rig.spoken(session))[2]]).to.deep.equal([[], 'tool: =unknown']);
  });

  it('and stays away, the turn waits in the tables and goes on by itself later', async () => {
    const options = { ...flaky, limits: { commitMs: 1, sweepMs: 10 } };
    const rig = await open(new ScriptedProvider(() => [say('Hello.')]), options);
    const session = await rig.session();
    log.faults.push('before', 'before', 'before', 'before');
    await rig.send(session, 'Hi');
    await until(() => log.faults.length === 0);
    const { state } = await rig.rest(session);
    expect(['completed', 'interrupted']).to.include(state);
  });

  it('a fault that is none of the database fails the turn and says so', async () => {
    const rig = await open(new ScriptedProvider([[say('Hello.')]]), flaky);
    const session = await rig.session();
    log.faults.push(new MaestroError('odd.fault', 'something is odd'));
    await rig.send(session, 'Hi');
    const turn = await rig.rest(session);
    expect([turn.state, turn.error?.code]).to.deep.equal(['failed', 'odd.fault']);
  });
});

describe('a provider with a wire', () => {
  const prepare = ({ messages }: { messages: readonly unknown[] }) => ({
    profile: { id: 'x/y/z', method: 'POST' as const, path: '/v1', headers: [] },
    origin: 'https://example.com',
    slots: {},
    body: Buffer.from(JSON.stringify(messages)),
  });
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    for (const rig of rigs.splice(0)) {
      await rig.close();
      await rig.isSound();
    }
  });
  const callsOf = async (conversationId: string) => {
    const { rows } = await db.query(
      'select attempt, state, status, req_bytes, resp_bytes, error from provider_calls where conversation_id = $1 order by ord',
      [conversationId],
    );
    return rows;
  };

  it('has its exact request on record before a byte leaves, and its answer after', async () => {
    const sent: string[] = [];
    const wire = new ListWire([{}]);
    const send = wire.send;
    wire.send = async (rendered, options) => {
      sent.push(...(await callsOf(session.conversation_id)).map(({ state }) => state));
      return send(rendered, options);
    };
    const rig = await open(new ScriptedProvider([[say('Hello.')]], { prepare }), { wire });
    const session = await rig.session();
    await rig.send(session, 'Hi');
    await rig.rest(session);
    expect(sent).to.deep.equal(['sent']);
    const [row] = await callsOf(session.conversation_id);
    expect(row).to.deep.include({ attempt: 1, state: 'done', status: 200, resp_bytes: 6 });
    expect(row?.req_bytes).to.equal(Buffer.byteLength(wire.sent[0] ?? ''));
    const [, reply] = await rig.history(session);
    expect(reply?.raw_request).to.deep.include({ v: 1, method: 'POST', url: 'https://example.com/v1' });
    expect(reply?.call_id).to.be.a('string');
  });

  it('has a row for each attempt', async () => {
    const wire = new ListWire([{ status: 529, body: chunks('busy') }, new ProviderError('network', 'down'), {}]);
    const rig = await open(new ScriptedProvider(() => [say('Hello.')], { prepare }), { wire });
    const session = await rig.session();
    await rig.send(session, 'Hi');
    expect((await rig.rest(session)).state).to.equal('completed');
    const rows = await callsOf(session.conversation_id);
    expect(rows.map(({ attempt, state, status }) => [attempt, state, status])).to.deep.equal([
      [1, 'failed', 529],
      [2, 'failed', null],
      [3, 'done', 200],
    ]);
    expect(rows[1]?.error).to.deep.equal({ code: 'provider.network', message: 'down' });
  });

  it('is cut when the turn is stopped, and the call says so', async () => {
    const provider = new ScriptedProvider([[say('Hal'), hold('mid')]], { prepare });
    const rig = await open(provider, { wire: new ListWire([{}]) });
    const session = await rig.session();
    await rig.send(session, 'Hi');
    await provider.held('mid');
    await rig.engine.stop(session.session_id);
    const [row] = await callsOf(session.conversation_id);
    expect(row).to.have.property('state', 'interrupted');
    expect(row?.error).to.have.property('code', 'turn.cancelled');
  });
});
