import { setTimeout as pass } from 'node:timers/promises';
import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { PreparedRequest } from '../../src/extension/provider.js';
import type { EventBody, SessionEvent } from '../../src/protocol/events.js';
import type { Session } from '../../src/protocol/resources.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { call, fail, hold, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { chunks, gives, ListWire, Rig, tool, until } from './rig.js';

const prepare =
  (origin = 'https://busy.example') =>
  (): PreparedRequest => ({
    profile: { id: 'x/none/plain', method: 'POST', path: '/v1', headers: [] },
    origin,
    slots: {},
    body: Buffer.from('{}'),
  });

/** A wire that counts what is open at once, until the answer was read or given up. */
class CountingWire extends ListWire {
  open = 0;
  most = 0;
  constructor(private readonly takesMs: number) {
    super([]);
  }
  override send: ListWire['send'] = async () => {
    this.open += 1;
    this.most = Math.max(this.most, this.open);
    return { status: 200, headers: [], body: this.#body() };
  };
  async *#body(): AsyncGenerator<Buffer> {
    try {
      await pass(this.takesMs);
      yield* chunks('x');
    } finally {
      this.open -= 1;
    }
  }
}

type Of<T extends EventBody['type']> = Extract<SessionEvent, { type: T }>['data'];

describe('an engine at limits', () => {
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
  const all = async <T extends EventBody['type']>(session: Session, type: T): Promise<Of<T>[]> =>
    (await rig.log(session)).filter((event) => event.type === type).map(({ data }) => data as Of<T>);

  describe('with more calls than one server may get', () => {
    it('never has more open than it may, and every session is served', async () => {
      const wire = new CountingWire(30);
      const provider = new ScriptedProvider(
        ({ messages }) => (messages.length < 3 ? [call('look', {})] : [say('Done.')]),
        { prepare: prepare() },
      );
      rig = await Rig.open(db, provider, { wire, callsPerOrigin: 3, tools: [tool('look', async () => gives('seen'))] });
      const sessions = await Promise.all(Array.from({ length: 20 }, () => rig.session()));
      await Promise.all(sessions.map((session) => rig.send(session, 'Work')));
      const ends = await Promise.all(sessions.map((session) => rig.rest(session)));
      expect(new Set(ends.map(({ state }) => state))).to.deep.equal(new Set(['completed']));
      expect(wire.most).to.be.within(2, 3);
      expect(provider.requests).to.have.length(40);
      const told = await Promise.all(sessions.map((session) => all(session, 'call.queued')));
      expect(told.flat().length).to.be.greaterThan(16);
      for (const places of told) {
        // Two calls in a turn; of each the place is told a few times, falling.
        expect(places.length).to.be.at.most(2 * 6);
        expect(places.every(({ place, origin }) => place >= 1 && origin === 'https://busy.example')).to.equal(true);
      }
    });

    it('says its place before the call that follows, and is shown as queued meanwhile', async () => {
      const provider = new ScriptedProvider(() => [hold('go'), say('Hi.')], { prepare: prepare() });
      rig = await Rig.open(db, provider, { wire: new ListWire([]), callsPerOrigin: 1 });
      const [first, second, third] = await Promise.all([rig.session(), rig.session(), rig.session()]);
      await rig.send(first, 'Hi');
      await provider.held('go');
      await rig.send(second, 'Hi');
      await until(async () => (await rig.told(second)).includes('call.queued'));
      await rig.send(third, 'Hi');
      await until(async () => (await rig.told(third)).includes('call.queued'));
      expect(await rig.status(second)).to.equal('queued');
      provider.release('go');
      for (const session of [first, second, third]) await rig.rest(session);
      expect((await all(third, 'call.queued')).map(({ place }) => place)).to.deep.equal([2, 1]);
      const told = (await rig.told(second)).filter((type) => /^(call|turn)\./.test(type));
      expect(told).to.deep.equal([
        ...['turn.queued', 'call.queued', 'turn.started', 'call.started', 'call.finished', 'turn.completed'],
      ]);
      const [queued] = await all(second, 'call.queued');
      const [started] = await all(second, 'call.started');
      expect(queued?.message_id).to.equal(started?.message_id);
    });

    it('lets go of one that is stopped while it waits, and of its place', async () => {
      const provider = new ScriptedProvider(() => [hold('go'), say('Hi.')], { prepare: prepare() });
      rig = await Rig.open(db, provider, { wire: new ListWire([]), callsPerOrigin: 1 });
      const [first, second, third] = await Promise.all([rig.session(), rig.session(), rig.session()]);
      await rig.send(first, 'Hi');
      await provider.held('go');
      for (const session of [second, third]) {
        await rig.send(session, 'Hi');
        await until(async () => (await rig.told(session)).includes('call.queued'));
      }
      await rig.engine.stop(second.session_id);
      expect((await rig.turns.last(second.conversation_id))?.state).to.equal('cancelled');
      provider.release('go');
      expect((await rig.rest(third)).state).to.equal('completed');
      const { rows } = await db.query('select 1 from provider_calls where conversation_id = $1', [
        second.conversation_id,
      ]);
      expect(rows, 'nothing was sent').to.deep.equal([]);
    });

    it('makes room whatever becomes of a call', async () => {
      const provider = new ScriptedProvider(
        (_, index) => [say('x'), fail(index % 2 ? new Error('broken') : new ProviderError('bad_request', 'no'))],
        { prepare: prepare() },
      );
      const wire = new ListWire([new ProviderError('bad_request', 'down'), {}, {}]);
      rig = await Rig.open(db, provider, { wire, callsPerOrigin: 1 });
      for (let round = 0; round < 5; round += 1) {
        const session = await rig.session();
        await rig.send(session, 'Hi');
        expect((await rig.rest(session)).state).to.equal('failed');
      }
    });

    it('V6 keeps nobody waiting for a server that others wait for', async () => {
      const stuck = new ScriptedProvider(() => [hold('never'), say('late')], { prepare: prepare() });
      const free = new ScriptedProvider(() => [say('Hi.')], { id: 'free', prepare: prepare('https://free.example') });
      rig = await Rig.open(db, stuck, { wire: new ListWire([]), callsPerOrigin: 1 });
      rig.providers.add(free, 'test');
      const waiting = await Promise.all([rig.session(), rig.session()]);
      for (const session of waiting) await rig.send(session, 'Hi');
      await stuck.held('never');
      const session = await rig.session({ provider: 'free' });
      await rig.send(session, 'Hi');
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(await all(session, 'call.queued')).to.deep.equal([]);
      stuck.release('never');
      for (const one of waiting) await rig.rest(one);
    });
  });

  describe('with a chain of models to switch to', () => {
    const quota = fail(new ProviderError('quota', 'used up'));
    const open = async (first: ScriptedProvider, options: Parameters<typeof Rig.open>[2] = {}) => {
      rig = await Rig.open(db, first, {
        onLimit: 'switch',
        fallbacks: [
          { provider: 'gone', model: 'x' },
          { provider: 'keyless', model: 'x' },
          { provider: 'scripted', model: 'smaller' },
          { provider: 'second', model: 'second-1' },
        ],
        ...options,
      });
      const keyless = new ScriptedProvider([], { id: 'keyless', auth: ['key'] });
      const second = new ScriptedProvider(({ messages }) => [say(`Second, ${messages.length}.`)], { id: 'second' });
      for (const provider of [keyless, second]) rig.providers.add(provider, 'test');
      return second;
    };

    it('goes on with the next one that is there and has what it needs, for this turn', async () => {
      const provider = new ScriptedProvider(() => [quota]);
      await open(provider);
      const session = await rig.session();
      await rig.send(session, 'Hi');
      const turn = await rig.rest(session);
      expect(turn.state).to.equal('completed');
      expect(provider.requests.map(({ model }) => model)).to.deep.equal(['scripted-1', 'smaller']);
      const told = await all(session, 'call.retrying');
      expect(told.map(({ decision, to }) => [decision, to?.provider, to?.model])).to.deep.equal([
        ['switch', 'scripted', 'smaller'],
        ['switch', 'second', 'second-1'],
      ]);
      expect(turn.config).to.deep.include({ provider: 'second', model: 'second-1' });
      const [, reply] = await rig.history(session);
      expect(reply).to.deep.include({ provider: 'second', model: 'second-1' });
      const after = await rig.sessions.get(session.session_id);
      expect(after).to.deep.include({ provider: 'scripted', model: 'scripted-1' });
      expect((await all(session, 'notice')).map(({ code }) => code)).to.deep.equal(['turn.switched', 'turn.switched']);
      await rig.send(session, 'And now?');
      await rig.rest(session);
      expect(provider.requests.at(-2)?.model, 'the next turn begins where the session is').to.equal('scripted-1');
    });

    it('fails when the chain is at its end, each asked once', async () => {
      const provider = new ScriptedProvider(() => [quota]);
      await open(provider, { fallbacks: [{ provider: 'scripted', model: 'smaller' }] });
      const session = await rig.session();
      await rig.send(session, 'Hi');
      const turn = await rig.rest(session);
      expect([turn.state, turn.error?.code]).to.deep.equal(['failed', 'provider.quota']);
      expect(provider.requests).to.have.length(2);
    });

    it('goes on there after a crash that came right after the switch', async () => {
      const provider = new ScriptedProvider(() => [quota]);
      const second = await open(provider, { fallbacks: [{ provider: 'second', model: 'second-1' }] });
      second.stream = async function* () {
        yield* [{ type: 'start', part: 'text' } as const, { type: 'delta', text: 'Sec' } as const];
        await new Promise(() => undefined);
      };
      const session = await rig.session();
      await rig.send(session, 'Hi');
      await until(async () => (await rig.events.draft(session.conversation_id)) !== null);
      await rig.close();
      const again = new ScriptedProvider(() => [quota]);
      await open(again, { fallbacks: [{ provider: 'second', model: 'second-1' }] });
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(again.requests, 'nobody is asked again who was left').to.deep.equal([]);
      expect((await rig.spoken(session)).slice(1)).to.deep.equal([
        'assistant(interrupted): Sec',
        'assistant: Second, 1.',
      ]);
    });
  });
});
