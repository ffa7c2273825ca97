import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { ModelRequest } from '../../src/extension/provider.js';
import type { CompactionResource } from '../../src/protocol/compactions.js';
import { text, textOf } from '../../src/protocol/messages.js';
import type { Session } from '../../src/protocol/resources.js';
import { assertWellFormed } from '../../src/session/context.js';
import type { Estimator } from '../../src/session/pricing.js';
import { Compactions } from '../../src/store/compactions.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { call, fail, hold, type Reply, ScriptedProvider, say, usage } from '../../src/testing/scripted-provider.js';
import { Mortal } from './mortal.js';
import { agentTool, gives, Rig, type RigOptions, tool, until } from './rig.js';

/** A token for four characters: quick, and the same for whoever judges. */
const quarters: Estimator = {
  request: ({ system, messages, tools }) =>
    Math.ceil((system.length + JSON.stringify([messages.map(({ parts }) => parts), tools]).length) / 4),
  response: (words) => Math.ceil(words.length / 4),
};
const window = 4_000;
const sizes = async () => ({ contextTokens: window, outputTokens: 500 });
const sums = (request: ModelRequest) => request.system.startsWith('You keep the notes');
const words = (request: ModelRequest) => request.messages.map(({ parts }) => textOf(parts)).join('\n');

describe('a conversation that outgrows its window', () => {
  let db: Database & TestDatabase;
  const rigs: Rig[] = [];
  before(async () => {
    db = await openTestDatabase();
  });
  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig.close(200);
  });
  after(() => db.drop());

  const open = async (provider: ScriptedProvider, options: RigOptions = {}): Promise<Rig> => {
    const rig = await Rig.open(db, provider, { estimate: quarters, sizes, ...options });
    rigs.push(rig);
    return rig;
  };
  const summed = (session: Session): Promise<CompactionResource[]> => new Compactions(db).list(session.conversation_id);
  const long = (n: number) => `Message ${n}: ${`word${n} `.repeat(300)}`;
  const talk = async (rig: Rig, session: Session, from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1) {
      await rig.send(session, long(n));
      await rig.rest(session);
    }
  };
  const over = (rig: Rig, turn_id: string) => until(async () => (await rig.turns.get(turn_id))?.state === 'completed');
  const answers = (request: ModelRequest): Reply => [say(sums(request) ? 'SUMMARY' : 'Yes.')];

  it('is summed up before it is full, and goes on with the newest messages', async () => {
    const provider = new ScriptedProvider(answers);
    const rig = await open(provider);
    const session = await rig.session();
    await talk(rig, session, 1, 14);
    const asked = provider.requests.filter((request) => !sums(request));
    expect(asked).to.have.length(14);
    for (const request of asked) {
      assertWellFormed(request.messages);
      expect(quarters.request(request)).to.be.at.most(0.8 * window);
    }
    const last = asked.at(-1)!;
    expect(textOf(last.messages[0]!.parts)).to.include('SUMMARY').and.include('Message 1: word1');
    expect(words(last)).to.include(long(14)).and.not.include(long(5));
    expect(await rig.history(session)).to.have.length(28);
    const told = (await rig.log(session)).filter(({ type }) => type === 'compaction.finished');
    const made = await summed(session);
    expect(told.map(({ data }) => data)).to.deep.equal(
      made.map(({ id, turn_id, cause, method, upto_pos, ...rest }) => {
        const { messages_before, messages_after, tokens_before, tokens_after } = rest;
        const counts = { messages_before, messages_after, tokens_before, tokens_after };
        return { compaction_id: id, turn_id, cause, method, upto_pos, ...counts };
      }),
    );
    expect(made.length).to.be.greaterThan(0);
    expect(made[0]).to.include({ cause: 'window', method: 'summary', provider: 'scripted', model: 'scripted-1' });
    await rig.isSound();
  });

  it('is told alike by another process', async () => {
    const first = new ScriptedProvider(answers);
    const rig = await open(first);
    const session = await rig.session();
    await talk(rig, session, 1, 8);
    expect(await summed(session)).to.have.length(1);
    await rig.close();
    const second = new ScriptedProvider([[say('Here.')]]);
    const next = await open(second);
    await next.send(session, 'Go on');
    await next.rest(session);
    const before = first.requests.at(-1)!.messages;
    expect(JSON.stringify(second.requests[0]!.messages.slice(0, before.length))).to.equal(JSON.stringify(before));
  });

  it('is cut in the middle of a turn, long results first, and no call loses its result', async () => {
    const reads = tool('reads', async ({ n }) => gives(`Result ${n}: ${'x'.repeat(12_000)}`), { effects: 'read' });
    const provider = new ScriptedProvider((request) => {
      if (sums(request)) return [say('SUMMARY')];
      const done = provider.requests.filter((each) => !sums(each)).length;
      return done < 40 ? [call('reads', { n: done, file_path: `src/file${done}.ts` }, `c${done}`)] : [say('Read.')];
    });
    const large = 20_000;
    const rig = await open(provider, {
      tools: [reads],
      sizes: async () => ({ contextTokens: large, outputTokens: 500 }),
    });
    const session = await rig.session();
    await rig.send(session, 'Read them all, and mind the GOAL');
    expect((await rig.rest(session)).state).to.equal('completed');
    const asked = provider.requests.filter((request) => !sums(request));
    expect(asked).to.have.length(41);
    for (const request of asked) {
      assertWellFormed(request.messages);
      expect(quarters.request(request)).to.be.at.most(0.8 * large);
      expect(words(request)).to.include('GOAL');
    }
    const methods = (await summed(session)).map(({ method }) => method);
    expect(new Set(methods)).to.deep.equal(new Set(['cut', 'summary']));
    expect(methods[0]).to.equal('cut');
    expect(textOf(asked.at(-1)!.messages[0]!.parts)).to.match(/- src\/file\d+\.ts/);
    const results = (await rig.history(session)).filter(({ role }) => role === 'tool');
    expect(results.every(({ parts }) => JSON.stringify(parts).includes('x'.repeat(12_000)))).to.equal(true);
    await rig.isSound();
  });

  it('is compacted in the session of an agent as well, which answers its caller', async () => {
    const reads = tool('reads', async ({ n }) => gives(`Result ${n}: ${'x'.repeat(3_000)}`), { effects: 'read' });
    let done = 0;
    const provider = new ScriptedProvider((request) => {
      if (sums(request)) return [say('SUMMARY')];
      if (!request.system.includes('Help.')) {
        return request.messages.length === 1 ? [call('agent', { prompt: 'Read them' })] : [say('Told.')];
      }
      done += 1;
      return done < 12 ? [call('reads', { n: done }, `c${done}`)] : [say('All read.')];
    });
    const rig = await open(provider, { tools: [agentTool(), reads] });
    const session = await rig.session();
    await rig.send(session, 'Have them read');
    expect((await rig.rest(session)).state).to.equal('completed');
    const { items } = await rig.sessions.list({ parent: session.session_id });
    expect((await summed(items[0]!)).length).to.be.greaterThan(0);
    expect(await summed(session)).to.have.length(0);
    const result = (await rig.history(session)).find(({ role }) => role === 'tool')?.parts[0];
    expect(result).to.deep.include({ outcome: 'succeeded', content: [text('All read.')] });
    for (const request of provider.requests) expect(quarters.request(request)).to.be.at.most(0.8 * window);
    await rig.isSound();
  });

  it('keeps in mind what tools say of it', async () => {
    const todo = { ...tool('todo', async () => gives('')), reminder: async () => 'Your to-dos: 1. paint the fence' };
    const broken = { ...tool('broken', async () => gives('')), reminder: () => Promise.reject(new Error('no')) };
    const provider = new ScriptedProvider(answers);
    const rig = await open(provider, { tools: [todo, broken] });
    const session = await rig.session();
    await talk(rig, session, 1, 9);
    expect(textOf(provider.requests.at(-1)!.messages[0]!.parts)).to.include('paint the fence');
  });

  it('is compacted once where a provider finds it too long after all, then asked again', async () => {
    const tooLong = () => fail(new ProviderError('too_long', 'prompt is too long', { status: 400 }));
    let refused = 0;
    const provider = new ScriptedProvider((request) => {
      if (sums(request)) return [say('SUMMARY')];
      if (words(request).includes('now') && refused < 1) {
        refused += 1;
        return [tooLong()];
      }
      return [say('Yes.')];
    });
    const rig = await open(provider, { sizes: async () => ({ contextTokens: null, outputTokens: null }) });
    const session = await rig.session();
    await talk(rig, session, 1, 4);
    await rig.send(session, 'And now?');
    expect((await rig.rest(session)).state).to.equal('completed');
    expect(await summed(session)).to.have.length(1);
    expect((await summed(session))[0]).to.include({ cause: 'too_long', method: 'summary' });
    const retrying = (await rig.log(session)).find(({ type }) => type === 'call.retrying');
    expect(retrying?.data).to.include({ decision: 'compact', delay_ms: 0 });
  });

  it('fails the turn where it is too long a second time', async () => {
    const tooLong = () => fail(new ProviderError('too_long', 'prompt is too long', { status: 400 }));
    const provider = new ScriptedProvider((request) => [
      sums(request) ? say('SUMMARY') : words(request).includes('now') ? tooLong() : say('Yes.'),
    ]);
    const rig = await open(provider);
    const session = await rig.session();
    await talk(rig, session, 1, 4);
    await rig.send(session, 'And now?');
    const { state, error } = await rig.rest(session);
    expect({ state, code: error?.code }).to.deep.equal({ state: 'failed', code: 'provider.too_long' });
    expect(provider.requests.filter((request) => words(request).endsWith('And now?'))).to.have.length(2);
  });

  it('goes on without a summary where nobody can sum up, and says so', async () => {
    const provider = new ScriptedProvider((request) => [
      sums(request) ? fail(new ProviderError('bad_request', 'no summaries here', { status: 400 })) : say('Yes.'),
    ]);
    const rig = await open(provider);
    const session = await rig.session();
    await talk(rig, session, 1, 9);
    expect((await rig.rest(session)).state).to.equal('completed');
    expect((await summed(session))[0]).to.include({ method: 'drop', provider: null });
    const notices = (await rig.log(session)).flatMap((event) => (event.type === 'notice' ? [event.data.code] : []));
    expect(notices).to.include('compaction.no_summary');
    expect(textOf(provider.requests.at(-1)!.messages[0]!.parts)).to.include('Message 1: word1');
  });

  it('says clearly where nothing helps', async () => {
    const rig = await open(new ScriptedProvider(answers));
    const session = await rig.session();
    await rig.send(session, 'x'.repeat(20_000));
    const { state, error } = await rig.rest(session);
    expect({ state, code: error?.code }).to.deep.equal({ state: 'failed', code: 'context.full' });
    expect(error?.message).to.match(/the last message alone comes to about \d+ tokens/);
    await rig.send(session, 'Shorter, then');
    expect((await rig.rest(session)).state).to.equal('completed');
    await rig.isSound();
  });

  it('is summed up by the model of the configuration, piece by piece where its window is small', async () => {
    const other = new ScriptedProvider(({ messages }) => [say(`SUM ${textOf(messages[0]!.parts).length}`)], {
      id: 'other',
    });
    const provider = new ScriptedProvider(answers);
    const rig = await open(provider, {
      compaction: { model: { provider: 'other', model: 'small' } },
      sizes: async (id) => ({ contextTokens: id === 'other' ? 1_600 : window, outputTokens: 400 }),
    });
    rig.providers.add(other, 'test');
    const session = await rig.session();
    await talk(rig, session, 1, 9);
    expect(provider.requests.some(sums)).to.equal(false);
    expect(other.requests.length).to.be.greaterThan(1);
    for (const request of other.requests) expect(quarters.request(request)).to.be.at.most(1_200);
    expect(words(other.requests[1]!)).to.include('<summary_so_far>\nSUM ');
    expect((await summed(session))[0]).to.include({ provider: 'other', model: 'small' });
  });

  it('is compacted for a model with a smaller window, once that is asked', async () => {
    const provider = new ScriptedProvider(answers);
    const rig = await open(provider, {
      sizes: async (_, model) => ({ contextTokens: model === 'small' ? 2_000 : 100_000, outputTokens: 400 }),
    });
    const session = await rig.session();
    await talk(rig, session, 1, 9);
    expect(await summed(session)).to.have.length(0);
    await rig.sessions.patch(session.session_id, { model: 'small' });
    await rig.send(session, 'Hello, small one');
    await rig.rest(session);
    expect(await summed(session)).to.have.length(1);
    expect(quarters.request(provider.requests.at(-1)!)).to.be.at.most(0.8 * 2_000);
  });

  it('learns from a provider that counts more than we do', async () => {
    const provider = new ScriptedProvider((request) =>
      sums(request) ? [say('SUMMARY')] : [say('Yes.'), usage(2 * quarters.request(request), 1)],
    );
    const big = 20_000;
    const rig = await open(provider, { sizes: async () => ({ contextTokens: big, outputTokens: 500 }) });
    const session = await rig.session();
    for (let n = 1; n <= 14; n += 1) {
      await rig.send(session, long(n).repeat(4));
      await rig.rest(session);
    }
    const most = Math.max(...provider.requests.map((request) => 2 * quarters.request(request)));
    expect(most).to.be.at.most(0.8 * big);
    expect(await summed(session)).not.to.have.length(0);
  });

  describe('as a person asks for it', () => {
    it('is summed up with what the person wants to keep, and a turn that failed before can be tried again', async () => {
      let isDown = false;
      const provider = new ScriptedProvider((request) => {
        if (sums(request)) return [say('SUMMARY')];
        return [isDown ? fail(new ProviderError('refused', 'not now')) : say('Yes.')];
      });
      const rig = await open(provider);
      const session = await rig.session();
      await talk(rig, session, 1, 2);
      isDown = true;
      await talk(rig, session, 3, 3);
      isDown = false;
      const { turn_id } = await rig.engine.compact(session.session_id, 'the colour of the fence');
      await over(rig, turn_id);
      const side = provider.requests.find(sums)!;
      expect(words(side)).to.include('the colour of the fence').and.include('word1');
      const [made] = await summed(session);
      expect(made).to.include({ turn_id, cause: 'manual', instructions: 'the colour of the fence' });
      expect(made!.tokens_after).to.be.lessThan(made!.tokens_before);
      expect(await rig.status(session)).to.equal('idle');
      const { turn_id: tried } = await rig.engine.retry(session.session_id);
      await over(rig, tried);
      expect((await rig.spoken(session)).at(-1)).to.equal('assistant: Yes.');
      expect(words(provider.requests.at(-1)!))
        .to.include('SUMMARY')
        .and.include(long(3));
      await rig.isSound();
    });

    it('stays as it is where the model cannot sum up, or there is nothing to sum up', async () => {
      const provider = new ScriptedProvider((request) => [
        sums(request) ? fail(new ProviderError('refused', 'I would rather not')) : say('Yes.'),
      ]);
      const rig = await open(provider);
      const session = await rig.session();
      const early = await rig.engine.compact(session.session_id, null).catch((error: unknown) => error);
      expect(early).to.include({ code: 'compaction.nothing' });
      await talk(rig, session, 1, 3);
      const { turn_id } = await rig.engine.compact(session.session_id, null);
      const turn = await rig.rest(session);
      expect(turn).to.include({ id: turn_id, state: 'failed' });
      expect(turn.error?.message).to.include('I would rather not');
      expect(await summed(session)).to.have.length(0);
    });

    it('waits for nobody: a session that answers is busy', async () => {
      const provider = new ScriptedProvider([[say('a')], [hold('here'), say('b')]]);
      const rig = await open(provider);
      const session = await rig.session();
      await talk(rig, session, 1, 1);
      await rig.send(session, 'Wait');
      await provider.held('here');
      const refused = await rig.engine.compact(session.session_id, null).catch((error: unknown) => error);
      expect(refused).to.include({ code: 'session.busy' });
      provider.release('here');
      await rig.rest(session);
    });

    it('is undone: the model reads all of it again, as far as that fits', async () => {
      const provider = new ScriptedProvider(answers);
      let contextTokens = window;
      const rig = await open(provider, { sizes: async () => ({ contextTokens, outputTokens: 500 }) });
      const session = await rig.session();
      await talk(rig, session, 1, 9);
      const made = await summed(session);
      const undo = () => rig.engine.revertCompaction(session.session_id, made[0]!.id);
      const refused = await undo().catch((error: unknown) => error);
      expect(refused).to.include({ code: 'compaction.too_long' });
      contextTokens = 50_000;
      await undo();
      expect((await summed(session)).every(({ reverted_at }) => reverted_at !== null)).to.equal(true);
      await rig.send(session, 'All of it?');
      await rig.rest(session);
      expect(provider.requests.at(-1)!.messages[0]!.parts).to.deep.equal([text(long(1))]);
      expect(provider.requests.at(-1)!.messages).to.have.length(19);
      const again = await undo().catch((error: unknown) => error);
      expect(again).to.include({ code: 'compaction.unknown' });
      expect(await rig.told(session)).to.include('compaction.reverted');
    });

    it('is stopped, and nothing has changed', async () => {
      const provider = new ScriptedProvider((request) =>
        sums(request) ? [hold('sum'), say('SUMMARY')] : [say('Yes.')],
      );
      const rig = await open(provider);
      const session = await rig.session();
      await talk(rig, session, 1, 3);
      await rig.engine.compact(session.session_id, null);
      await provider.held('sum');
      await rig.engine.stop(session.session_id);
      expect((await rig.rest(session)).state).to.equal('cancelled');
      expect(await summed(session)).to.have.length(0);
    });
  });

  for (const fate of ['killed before', 'killed after'] as const) {
    it(`is whole whichever of its commits the server is ${fate}`, async () => {
      let mortal: Mortal | undefined;
      for (let commits = 1; ; commits += 1) {
        const first = await open(new ScriptedProvider(answers));
        const session = await first.session();
        await talk(first, session, 1, 5);
        await first.close();
        const dying = await open(new ScriptedProvider(answers), {
          events: (on) => {
            mortal = new Mortal(on, commits, fate);
            return mortal;
          },
        });
        const { over: died } = mortal!;
        // What nobody acknowledges is not awaited here.
        void dying.send(session, long(6).repeat(2)).catch(() => undefined);
        const ended = until(async () => (await dying.history(session)).length === 12);
        const end = await Promise.race([died.promise.then(() => 'died'), ended.then(() => 'lived')]);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await db.query('update conversations set epoch = epoch + 1, owner = null');
        await dying.close(0);
        const provider = new ScriptedProvider(answers);
        const next = await open(provider);
        await next.send(session, 'And on');
        await next.rest(session);
        // A message that was never committed was never acknowledged either.
        const isThere = fate === 'killed after' || commits > 1;
        expect((await summed(session)).length, `after ${commits} commits`).to.be.within(isThere ? 1 : 0, 2);
        for (const request of provider.requests) assertWellFormed(request.messages);
        await next.isSound();
        await next.close();
        if (end === 'lived') return expect(commits).to.be.greaterThan(4);
      }
    });
  }

  for (const what of ['of its own accord', 'as a person asked'] as const) {
    it(`is compacted anew where the server died while it was, ${what}`, async () => {
      const dying = new ScriptedProvider((request) => (sums(request) ? [hold('sum'), say('LOST')] : [say('Yes.')]));
      const rig = await open(dying);
      const session = await rig.session();
      await talk(rig, session, 1, 5);
      if (what === 'as a person asked') await rig.engine.compact(session.session_id, null);
      else await rig.send(session, long(6).repeat(2));
      await dying.held('sum');
      await db.query('update conversations set epoch = epoch + 1, owner = null');
      await rig.close(0);
      expect(await summed(session)).to.have.length(0);
      const provider = new ScriptedProvider(answers);
      const next = await open(provider);
      await until(async () => (await summed(session)).length > 0);
      const { state } = await next.rest(session);
      expect(state).to.equal('completed');
      const [made, ...more] = await summed(session);
      expect(made!.head).to.include('SUMMARY');
      expect(more).to.have.length(0);
      await next.isSound();
    });
  }
});
