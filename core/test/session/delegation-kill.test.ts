import { expect } from 'chai';
import type { SessionEvent } from '../../src/protocol/events.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import type { Fence, Step } from '../../src/store/step.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { call, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { type Fate, Mortal } from './mortal.js';
import { agentTool, Rig, until } from './rig.js';

const agent = agentTool();

/** The session of the person calls an agent, which calls another. */
function provider(): ScriptedProvider {
  return new ScriptedProvider(({ messages }) => {
    const last = messages.at(-1)!;
    const words = messages[0]!.parts.flatMap((part) => ('text' in part ? [part.text] : [])).join('');
    if (last.role === 'tool') return [say(`${words} answered`)];
    return words === 'bottom'
      ? [say('bottom answered')]
      : [call('agent', { prompt: words === 'top' ? 'middle' : 'bottom' })];
  });
}

describe('S-A an agent at work while its server dies', () => {
  let db: Database & TestDatabase;
  before(async () => {
    db = await openTestDatabase();
  });
  afterEach(() => db.query('truncate sessions cascade'));
  after(() => db.drop());

  /** How many commits the whole takes. */
  async function commits(): Promise<number> {
    let counted = 0;
    class Counting extends EventLog {
      override commit(fence: Fence, step: Step): Promise<SessionEvent[]> {
        counted += 1;
        return super.commit(fence, step);
      }
    }
    const rig = await Rig.open(db, provider(), { tools: [agent], events: (on) => new Counting(on) });
    const session = await rig.session();
    await rig.send(session, 'top');
    await rig.rest(session);
    await rig.close();
    await db.query('truncate sessions cascade');
    return counted;
  }

  for (const fate of ['killed before', 'killed after', 'closed at'] as const) {
    it(`gives its caller exactly one answer, ${fate} each commit`, async () => {
      const all = await commits();
      expect(all).to.be.greaterThan(15);
      for (let at = 1; at <= all; at += 1) await lives(at, fate);
    }).timeout(180_000);
  }

  async function lives(at: number, fate: Fate): Promise<void> {
    const log = new Mortal(db, at, fate);
    const first = await Rig.open(db, provider(), { tools: [agent], events: () => log });
    const session = await first.session();
    first.send(session, 'top').catch(() => undefined);
    await log.over.promise;
    // What the last commit set going gets a moment to go wrong.
    if (fate === 'killed after') await new Promise((resolve) => setTimeout(resolve, 20));
    await first.close(fate === 'closed at' ? 5_000 : 0);
    if (fate !== 'closed at') await db.query('update conversations set epoch = epoch + 1, owner = null');
    const second = await Rig.open(db, provider(), { tools: [agent] });
    try {
      const where = `${fate} commit ${at}`;
      if (await isLost(session.conversation_id)) return;
      const end = await second.rest(session);
      expect(end.state, where).to.equal('completed');
      expect(await second.spoken(session), where).to.deep.equal([
        'user: top',
        'assistant: agent()',
        'tool: =succeeded',
        'assistant: top answered',
      ]);
      const sessions = (await second.sessions.list({ parent: 'all' })).items;
      expect(sessions.map(({ depth }) => depth).sort(), where).to.deep.equal([0, 1, 2]);
      const told = (await second.told(session)).filter((type) => type.startsWith('subagent.'));
      expect(told, where).to.deep.equal(['subagent.started', 'subagent.finished']);
      await until(async () =>
        (await second.sessions.list({ parent: 'all' })).items.every(({ status }) => status === 'idle'),
      );
      await second.isSound();
    } finally {
      await second.close();
      await db.query('truncate sessions cascade');
    }
  }

  /** The first commit is the message itself: not made, there is nothing to answer. */
  async function isLost(conversationId: string): Promise<boolean> {
    const { rows } = await db.query('select 1 from messages where conversation_id = $1', [conversationId]);
    return rows.length === 0;
  }
});
