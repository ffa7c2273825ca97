import { expect } from 'chai';
import type { Credential } from '../../src/extension/provider.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { call, hold, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { gate, gives, Rig, tool } from './rig.js';

describe('a session that is set to another model', () => {
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

  it('while it answers keeps to the old one, for messages that steer too, and asks the new one at the next', async () => {
    const first = new ScriptedProvider([[call('work', {})], [say('As you wish.')]]);
    const [inside, finish] = [gate(), gate()];
    const work = tool('work', async () => {
      inside.resolve();
      await finish.promise;
      return gives('worked');
    });
    rig = await Rig.open(db, first, { tools: [work] });
    const second = new ScriptedProvider(() => [say('I am new here.')], { id: 'second' });
    rig.providers.add(second, 'test');
    const session = await rig.session();
    await rig.send(session, 'Work');
    await inside.promise;
    await rig.sessions.patch(session.session_id, { provider: 'second', model: 'second-1' });
    await rig.send(session, 'Faster', 'steer');
    finish.resolve();
    await rig.rest(session);
    expect(first.requests.map(({ model, messages }) => [model, messages.length])).to.deep.equal([
      ['scripted-1', 1],
      ['scripted-1', 4],
    ]);
    expect(second.requests).to.deep.equal([]);
    await rig.send(session, 'And you?');
    await rig.rest(session);
    expect(second.requests.map(({ model, messages }) => [model, messages.length])).to.deep.equal([['second-1', 6]]);
    const asked = second.requests[0]?.messages.map(({ role, provider }) => [role, provider]);
    expect(asked, 'who said what goes along').to.deep.equal([
      ['user', null],
      ['assistant', 'scripted'],
      ['tool', null],
      ['user', null],
      ['assistant', 'scripted'],
      ['user', null],
    ]);
    expect((await rig.told(session)).filter((type) => type === 'config.changed')).to.have.length(1);
  });

  it('with a message that waits has the new one answer that', async () => {
    const first = new ScriptedProvider([[say('One.'), hold('end')]]);
    rig = await Rig.open(db, first);
    rig.providers.add(new ScriptedProvider(() => [say('Two.')], { id: 'second' }), 'test');
    const session = await rig.session();
    await rig.send(session, 'one');
    await first.held('end');
    await rig.send(session, 'two');
    await rig.sessions.patch(session.session_id, { provider: 'second', model: 'second-1' });
    first.release('end');
    await rig.rest(session);
    expect((await rig.history(session)).map(({ provider }) => provider)).to.deep.equal([
      ...[null, 'scripted', null, 'second'],
    ]);
  });

  it('or another credential uses it from the next message on', async () => {
    const provider = new ScriptedProvider(() => [say('Hi.')], { auth: ['key'] });
    const open = async (id: string): Promise<Credential> => {
      return { id, provider: 'scripted', method: 'key', kind: 'api_key', secrets: {} };
    };
    rig = await Rig.open(db, provider, { credentials: { open } });
    const session = await rig.session({ credential_id: 'one' });
    for (const credential_id of ['one', 'two']) {
      await rig.sessions.patch(session.session_id, { credential_id, auth_type: 'api_key' });
      await rig.send(session, 'Hi');
      await rig.rest(session);
    }
    expect(provider.requests.map(({ credential }) => credential?.id)).to.deep.equal(['one', 'two']);
  });
});
