import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { MaestroError, ProviderError } from '../../src/errors.js';
import type { ModelRequest } from '../../src/extension/provider.js';
import { deltaTopic } from '../../src/live/port.js';
import type { Delta } from '../../src/protocol/events.js';
import { textOf } from '../../src/protocol/messages.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { call, fail, hold, ScriptedProvider, say, usage } from '../../src/testing/scripted-provider.js';
import { gate, gives, inFolder, Rig, tool, until } from './rig.js';

describe('the session engine', () => {
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

  describe('when a message is sent', () => {
    it('answers it and tells every step', async () => {
      rig = await Rig.open(db, new ScriptedProvider([[say('Hel', 'lo.'), usage(10, 2)]]));
      const session = await rig.session();
      const receipt = await rig.send(session, 'Hi');
      expect(receipt).to.deep.include({ queued: false });
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(await rig.spoken(session)).to.deep.equal(['user: Hi', 'assistant: Hello.']);
      expect(await rig.told(session)).to.deep.equal([
        ...['session.created', 'message.added', 'turn.queued', 'session.updated'],
        ...['turn.started', 'call.started', 'session.updated', 'session.updated'],
        ...['call.finished', 'message.added', 'turn.completed', 'session.updated'],
      ]);
      const after = await rig.sessions.get(session.session_id);
      expect(after).to.deep.include({ status: 'idle', preview: 'Hello.' });
      expect(after.totals).to.deep.include({ request_tokens: 10, response_tokens: 2 });
      expect(after.context.used_tokens).to.equal(12);
    });

    it('is taken once, whoever posts it a hundred times at once (C3)', async () => {
      rig = await Rig.open(db, new ScriptedProvider([[say('Once.')]]));
      const session = await rig.session();
      const posts = Array.from({ length: 100 }, () => rig.send(session, 'Hi', 'queue', 'the key'));
      const ids = new Set((await Promise.all(posts)).map(({ message_id }) => message_id));
      expect(ids.size).to.equal(1);
      await rig.rest(session);
      expect(await rig.spoken(session)).to.deep.equal(['user: Hi', 'assistant: Once.']);
      const again = await rig.send(session, 'Hi', 'queue', 'the key');
      expect(ids.has(again.message_id)).to.equal(true);
      expect(again.queued).to.equal(false);
    });

    it('is never taken into a conversation that was just left', async () => {
      rig = await Rig.open(db, new ScriptedProvider(Array.from({ length: 10 }, () => [say('Yes.')])));
      for (let round = 0; round < 10; round += 1) {
        const session = await rig.session();
        const [sent, begun] = await Promise.allSettled([
          rig.send(session, 'Hi'),
          rig.engine.startConversation(session.session_id),
        ]);
        if (begun.status === 'rejected') expect(begun.reason).to.have.property('code', 'session.busy');
        const current = await rig.sessions.get(session.session_id);
        expect(sent.status).to.equal('fulfilled');
        await rig.rest(current);
        expect(await rig.spoken(current)).to.deep.equal(['user: Hi', 'assistant: Yes.']);
      }
    });

    it('to a session that is not there is refused', async () => {
      rig = await Rig.open(db, new ScriptedProvider([]));
      const error = await rig.engine
        .submit({ session_id: 'none', client_key: 'k', text: 'Hi' })
        .catch((e: unknown) => e);
      expect(error).to.have.property('code', 'session.unknown');
    });

    it('reads the instructions of the working directory, at most so much of them', async () => {
      await inFolder(async (folder) => {
        await writeFile(path.join(folder, 'AGENTS.md'), `Use tabs.${'x'.repeat(100)}`);
        const provider = new ScriptedProvider([[say('Yes.')]]);
        rig = await Rig.open(db, provider, { prompt: { bytes: 9 } });
        const session = await rig.session({ working_directory: folder });
        await rig.send(session, 'Hi');
        await rig.rest(session);
        const { system } = provider.requests[0] as ModelRequest;
        expect(system).to.match(/\n\nBe brief\.\n\n[\s\S]*Use tabs\.\n\[\.\.\. the rest/);
      });
    });
  });

  describe('in a turn with tools', () => {
    it('runs them, and hands over what they gave', async () => {
      const provider = new ScriptedProvider([[call('greet', { n: 1 })], [say('Done.')]]);
      rig = await Rig.open(db, provider, { tools: [tool('greet', async () => gives('hello'))] });
      const session = await rig.session();
      await rig.send(session, 'Greet');
      await rig.rest(session);
      expect(await rig.spoken(session)).to.deep.equal([
        ...['user: Greet', 'assistant: greet()', 'tool: =succeeded', 'assistant: Done.'],
      ]);
      const told = (await rig.told(session)).filter((type) => type.startsWith('tool.'));
      expect(told).to.deep.equal(['tool.started', 'tool.finished']);
      expect(provider.requests[0]?.tools.map(({ name }) => name)).to.deep.equal(['greet']);
    });

    it('commits the start of a tool before it runs', async () => {
      let seen: unknown;
      const look = tool('look', async () => {
        const { rows } = await db.query('select state, attempts from tool_calls');
        seen = rows.at(-1);
        return gives('seen');
      });
      rig = await Rig.open(db, new ScriptedProvider([[call('look', {})], [say('Done.')]]), { tools: [look] });
      const session = await rig.session();
      await db.query('delete from tool_calls');
      await rig.send(session, 'Look');
      await rig.rest(session);
      expect(seen).to.deep.equal({ state: 'started', attempts: 1 });
    });

    it('does not run one that is switched off, for all or for the session, in the middle of a turn too', async () => {
      const ran: string[] = [];
      const spy = (id: string) =>
        tool(id, async () => {
          ran.push(id);
          return gives('ran');
        });
      const provider = new ScriptedProvider([
        [hold('off'), call('one', {}), call('two', {}), call('three', { n: 'x' }), call('four', {})],
        [say('Pity.')],
      ]);
      rig = await Rig.open(db, provider, { tools: [spy('one'), spy('two'), spy('three')] });
      const session = await rig.session({ tools: { two: false } });
      await rig.send(session, 'Try');
      await provider.held('off');
      await rig.switches.setEnabled('one', false);
      provider.release('off');
      await rig.rest(session);
      await rig.switches.setEnabled('one', true);
      expect(ran).to.deep.equal([]);
      const results = (await rig.history(session))[2]?.parts ?? [];
      const words = results.map((part) => (part.type === 'tool_result' ? textOf(part.content) : ''));
      expect(words[0]).to.contain('turned off');
      expect(words[1]).to.contain('turned off');
      expect(words[2]).to.contain('/n must be number');
      expect(words[3]).to.contain('no tool "four"');
      expect(provider.requests[0]?.tools.map(({ name }) => name)).to.deep.equal(['one', 'three']);
    });

    it('goes on when one throws', async () => {
      const bad = tool('bad', async () => {
        throw new MaestroError('file.missing', 'there is no such file');
      });
      rig = await Rig.open(db, new ScriptedProvider([[call('bad', {})], [say('I see.')]]), { tools: [bad] });
      const session = await rig.session();
      await rig.send(session, 'Try');
      expect((await rig.rest(session)).state).to.equal('completed');
      expect((await rig.history(session))[2]?.parts[0]).to.deep.include({ outcome: 'failed', is_error: true });
    });
  });

  describe('while it answers', () => {
    it('tells running text at once and keeps a draft', async () => {
      const provider = new ScriptedProvider([[say('Hel'), hold('mid'), { type: 'delta', text: 'lo.' }]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      const heard: Delta[] = [];
      rig.live.subscribe(deltaTopic(session.conversation_id), (message) => heard.push(message as Delta));
      await rig.send(session, 'Hi');
      await provider.held('mid');
      await until(() => heard.some(({ text }) => text === 'Hel'));
      expect((await rig.engine.draft(session.conversation_id))?.parts).to.deep.equal([
        { v: 1, type: 'text', text: 'Hel' },
      ]);
      await until(async () => (await rig.events.draft(session.conversation_id)) !== null);
      expect(await rig.status(session)).to.equal('streaming');
      provider.release('mid');
      await rig.rest(session);
      expect(heard.map(({ offset, text }) => [offset, text])).to.deep.equal([
        [0, ''],
        [0, 'Hel'],
        [3, 'lo.'],
      ]);
      expect(await rig.engine.draft(session.conversation_id)).to.equal(null);
    });

    it('lets messages wait, in the order they are put in, and answers them one by one', async () => {
      const provider = new ScriptedProvider([[say('1'), hold('first')], [say('2')], [say('3')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'one');
      await provider.held('first');
      const two = await rig.send(session, 'two', 'queue', 'k2');
      const three = await rig.send(session, 'three');
      const four = await rig.send(session, 'four');
      expect([two.queued, two.turn_id]).to.deep.equal([true, null]);
      expect(await rig.send(session, 'two', 'queue', 'k2')).to.deep.equal(two);
      await rig.engine.editQueued(session.session_id, three.message_id, { text: 'drei', ord: 1 });
      const left = await rig.engine.removeQueued(session.session_id, four.message_id);
      expect(left.map(({ text }) => text)).to.deep.equal(['drei', 'two']);
      provider.release('first');
      await rig.rest(session);
      expect(await rig.spoken(session)).to.deep.equal([
        ...['user: one', 'assistant: 1', 'user: drei', 'assistant: 2', 'user: two', 'assistant: 3'],
      ]);
      expect((await rig.history(session))[2]?.id).to.equal(three.message_id);
      const gone = await rig.engine
        .editQueued(session.session_id, three.message_id, { text: 'x' })
        .catch((e: unknown) => e);
      expect(gone).to.have.property('code', 'queue.unknown');
    });

    it('hands a steering message in with the next tool results', async () => {
      const provider = new ScriptedProvider([[call('work', {})], [say('As you wish.')]]);
      const inside = gate();
      const finish = gate();
      const work = tool('work', async () => {
        inside.resolve();
        await finish.promise;
        return gives('worked');
      });
      rig = await Rig.open(db, provider, { tools: [work] });
      const session = await rig.session();
      const first = await rig.send(session, 'Work');
      await inside.promise;
      const steered = await rig.send(session, 'Faster', 'steer');
      const later = await rig.send(session, 'And then?');
      expect([steered.queued, later.queued]).to.deep.equal([true, true]);
      await rig.engine.removeQueued(session.session_id, later.message_id);
      finish.resolve();
      await rig.rest(session);
      expect(await rig.spoken(session)).to.deep.equal([
        ...['user: Work', 'assistant: work()', 'tool: =succeeded', 'user: Faster', 'assistant: As you wish.'],
      ]);
      const taken = (await rig.history(session))[3];
      expect(taken).to.deep.include({ id: steered.message_id, turn_id: first.turn_id });
    });

    it('answers a steering message afterwards when no step came in between', async () => {
      const provider = new ScriptedProvider([[say('1'), hold('end')], [say('2')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'one');
      await provider.held('end');
      await rig.send(session, 'two', 'steer');
      provider.release('end');
      await rig.rest(session);
      expect(await rig.spoken(session)).to.deep.equal(['user: one', 'assistant: 1', 'user: two', 'assistant: 2']);
    });

    it('serves several sessions at once', async () => {
      const provider = new ScriptedProvider(() => [hold('all'), say('Done.')]);
      rig = await Rig.open(db, provider);
      const sessions = await Promise.all(Array.from({ length: 5 }, () => rig.session()));
      await Promise.all(sessions.map((session) => rig.send(session, 'Hi')));
      await until(() => provider.requests.length === 5);
      provider.release('all');
      for (const session of sessions) expect((await rig.rest(session)).state).to.equal('completed');
    });

    it('refuses a new conversation and a retry, and allows both after', async () => {
      const provider = new ScriptedProvider([[say('1'), hold('end')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'one');
      await provider.held('end');
      for (const command of [rig.engine.startConversation(session.session_id), rig.engine.retry(session.session_id)]) {
        expect(await command.catch((e: unknown) => e)).to.have.property('code', 'session.busy');
      }
      provider.release('end');
      await rig.rest(session);
      const renewed = await rig.engine.startConversation(session.session_id);
      expect(renewed.conversation_id).not.to.equal(session.conversation_id);
    });
  });

  describe('when it is stopped', () => {
    it('does nothing where nothing runs', async () => {
      rig = await Rig.open(db, new ScriptedProvider([]));
      const session = await rig.session();
      await rig.engine.stop(session.session_id);
      expect(await rig.told(session)).to.deep.equal(['session.created']);
    });

    it('while the model answers keeps the torn text and goes on with the next message', async () => {
      const provider = new ScriptedProvider([[say('Hal'), hold('mid')], [say('Again.')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'one');
      await provider.held('mid');
      await rig.engine.stop(session.session_id);
      expect((await rig.turns.last(session.conversation_id))?.state).to.equal('cancelled');
      expect(await rig.status(session)).to.equal('idle');
      await rig.send(session, 'two');
      await rig.rest(session);
      expect(await rig.spoken(session)).to.deep.equal([
        ...['user: one', 'assistant(interrupted): Hal', 'user: two', 'assistant: Again.'],
      ]);
      expect(provider.requests[1]?.messages.map(({ role }) => role)).to.deep.equal(['user', 'user']);
    });

    it('while a tool runs stops it and answers every call', async () => {
      const provider = new ScriptedProvider([[call('long', {}), call('never', {})], [say('Fine.')]]);
      const inside = gate();
      const long = tool('long', async (_, { signal }) => {
        inside.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        throw new Error('killed');
      });
      rig = await Rig.open(db, provider, { tools: [long, tool('never', async () => gives('no'))] });
      const session = await rig.session();
      await rig.send(session, 'Work');
      await inside.promise;
      expect(await rig.status(session)).to.equal('tool');
      await rig.engine.stop(session.session_id);
      expect(await rig.spoken(session)).to.deep.equal([
        ...['user: Work', 'assistant: long() never()', 'tool: =cancelled =skipped'],
      ]);
      await rig.send(session, 'Go on');
      expect((await rig.rest(session)).state).to.equal('completed');
    });

    it('leaves a tool behind that does not listen', async () => {
      const inside = gate();
      const deaf = tool('deaf', () => {
        inside.resolve();
        return new Promise(() => undefined);
      });
      rig = await Rig.open(db, new ScriptedProvider([[call('deaf', {})]]), {
        tools: [deaf],
        limits: { toolStopMs: 10 },
      });
      const session = await rig.session();
      await rig.send(session, 'Work');
      await inside.promise;
      await rig.engine.stop(session.session_id);
      expect((await rig.spoken(session))[2]).to.equal('tool: =cancelled');
    });

    it('records the success of a tool that was done all the same', async () => {
      const inside = gate();
      const calm = tool('calm', async (_, { signal }) => {
        inside.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return gives('written');
      });
      rig = await Rig.open(db, new ScriptedProvider([[call('calm', {})]]), { tools: [calm] });
      const session = await rig.session();
      await rig.send(session, 'Work');
      await inside.promise;
      await rig.engine.stop(session.session_id);
      expect((await rig.spoken(session))[2]).to.equal('tool: =succeeded');
    });

    it('starts what waits', async () => {
      const provider = new ScriptedProvider([[say('1'), hold('mid')], [say('2')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'one');
      await provider.held('mid');
      await rig.send(session, 'two');
      await rig.engine.stop(session.session_id);
      await rig.rest(session);
      expect((await rig.spoken(session)).slice(-2)).to.deep.equal(['user: two', 'assistant: 2']);
    });

    it('and removed, it is gone with all that waits', async () => {
      const provider = new ScriptedProvider([[say('1'), hold('mid')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'one');
      await provider.held('mid');
      await rig.send(session, 'two');
      await rig.engine.removeSession(session.session_id);
      expect(await rig.sessions.find(session.session_id)).to.equal(undefined);
      expect(provider.requests).to.have.length(1);
    });
  });

  describe('when a turn fails', () => {
    it('says why, and runs it again on demand with what is set now', async () => {
      const provider = new ScriptedProvider([[say('Hm'), fail(new ProviderError('auth', 'bad key'))], [say('Hello.')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'Hi');
      const failed = await rig.rest(session);
      expect([failed.state, failed.error]).to.deep.equal(['failed', { code: 'provider.auth', message: 'bad key' }]);
      expect(await rig.status(session)).to.equal('error');
      await rig.sessions.patch(session.session_id, { model: 'other' });
      const { turn_id } = await rig.engine.retry(session.session_id);
      expect(turn_id).to.equal(failed.id);
      const done = await rig.rest(session);
      expect([done.state, done.error, done.config.model]).to.deep.equal(['completed', null, 'other']);
      expect(provider.requests[1]?.model).to.equal('other');
      expect(await rig.spoken(session)).to.deep.equal(['user: Hi', 'assistant(error): Hm', 'assistant: Hello.']);
      const nothing = await rig.engine.retry(session.session_id).catch((e: unknown) => e);
      expect(nothing).to.have.property('code', 'turn.nothing_to_retry');
    });

    it('because of its provider, its key or its history, says so and ends', async () => {
      rig = await Rig.open(db, new ScriptedProvider([[say('never')]], { auth: ['key'] }));
      const needsKey = await rig.session();
      const strange = await rig.session({ provider: 'gone' });
      for (const [session, code] of [
        [needsKey, 'credential.missing'],
        [strange, 'contribution.unknown'],
      ] as const) {
        await rig.send(session, 'Hi');
        const { state, error } = await rig.rest(session);
        expect([state, error?.code]).to.deep.equal(['failed', code]);
      }
    });

    it('retries by itself what passes, and shows that it does', async () => {
      const provider = new ScriptedProvider([[fail(new ProviderError('overloaded', 'busy'))], [say('Hello.')]]);
      rig = await Rig.open(db, provider);
      const session = await rig.session();
      await rig.send(session, 'Hi');
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(await rig.told(session)).to.include('call.retrying');
    });
  });

  describe('with a credential', () => {
    it('hands the picked or the named one to the provider', async () => {
      const provider = new ScriptedProvider(() => [say('Hi.')], { auth: ['key'] });
      const made = (id: string) => ({ id, provider: 'scripted', method: 'key', kind: 'api_key' as const, secrets: {} });
      const credentials = { open: async (id: string) => made(id), pick: async () => made('picked') };
      rig = await Rig.open(db, provider, { credentials });
      for (const [credential_id, id] of [
        [null, 'picked'],
        ['named', 'named'],
      ]) {
        const session = await rig.session({ credential_id });
        await rig.send(session, 'Hi');
        await rig.rest(session);
        expect(provider.requests.at(-1)?.credential?.id).to.equal(id);
      }
    });
  });

  describe('when it closes', () => {
    it('takes nothing new, saves the draft, and the next process goes on', async () => {
      const provider = new ScriptedProvider([[say('Hal'), hold('mid')], [say('Hello.')]]);
      rig = await Rig.open(db, provider, { limits: { draftMs: 60_000 } });
      const session = await rig.session();
      await rig.send(session, 'Hi');
      await provider.held('mid');
      await until(async () => (await rig.engine.draft(session.conversation_id)) !== null);
      await rig.close();
      const refused = await rig.send(session, 'more').catch((e: unknown) => e);
      expect(refused).to.have.property('code', 'server.closing');
      expect((await rig.events.draft(session.conversation_id))?.parts).to.deep.equal([
        { v: 1, type: 'text', text: 'Hal' },
      ]);
      rig = await Rig.open(db, provider);
      expect((await rig.rest(session)).state).to.equal('completed');
      expect(await rig.spoken(session)).to.deep.equal(['user: Hi', 'assistant(interrupted): Hal', 'assistant: Hello.']);
    });

    it('tells tools to stop, records them, and the next process goes on', async () => {
      const provider = new ScriptedProvider([[call('long', {}), call('short', {})], [say('Done.')]]);
      const inside = gate();
      const long = tool('long', async (_, { signal }) => {
        inside.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        throw new Error('killed');
      });
      const tools = [long, tool('short', async () => gives('quick'))];
      rig = await Rig.open(db, provider, { tools });
      const session = await rig.session();
      await rig.send(session, 'Work');
      await inside.promise;
      await rig.close();
      const { rows } = await db.query('select state from tool_calls where conversation_id = $1 order by ord', [
        session.conversation_id,
      ]);
      expect(rows.map(({ state }) => state)).to.deep.equal(['cancelled', 'proposed']);
      rig = await Rig.open(db, provider, { tools });
      expect((await rig.rest(session)).state).to.equal('completed');
      expect((await rig.spoken(session))[2]).to.equal('tool: =cancelled =succeeded');
    });

    it('waits no longer than it is told to', async () => {
      const deaf = tool('deaf', () => new Promise(() => undefined));
      const options = { tools: [deaf], limits: { toolStopMs: 300 } };
      rig = await Rig.open(db, new ScriptedProvider([[call('deaf', {})], [say('Done.')]]), options);
      const session = await rig.session();
      await rig.send(session, 'Work');
      await until(async () => (await rig.told(session)).includes('tool.started'));
      await rig.engine.close(1);
      expect((await rig.turns.live(session.conversation_id))?.state).to.equal('tools');
      await until(async () => (await rig.told(session)).includes('tool.finished'));
      const provider = new ScriptedProvider([[say('Done.')]]);
      rig = await Rig.open(db, provider);
      await rig.rest(session);
    });
  });
});
