import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { MaestroError, ProviderError } from '../../src/errors.js';
import { text } from '../../src/protocol/messages.js';
import { assertWellFormed, toModelMessages } from '../../src/session/context.js';
import type { Database } from '../../src/store/database.js';
import { checkInvariants } from '../../src/store/invariants.js';
import { openTestDatabase } from '../../src/testing/database.js';
import {
  call,
  cut,
  done,
  fail,
  type Play,
  ScriptedProvider,
  say,
  think,
  usage,
} from '../../src/testing/scripted-provider.js';
import { gives, Rig, tool, until } from './rig.js';

type Act =
  | { act: 'send' | 'steer'; text: string }
  | { act: 'stop' | 'retry' | 'restart' | 'edit' | 'remove' }
  | { act: 'wait'; ms: number };

const words = fc.string({ unit: 'binary', maxLength: 12 });
const errors = fc.constantFrom('network' as const, 'auth' as const, 'overloaded' as const, 'bad_request' as const);
const parts: fc.Arbitrary<Play[]> = fc.oneof(
  { weight: 4, arbitrary: fc.array(words, { maxLength: 3 }).map((pieces) => say(...pieces)) },
  { weight: 1, arbitrary: words.map((text) => think(text, 'sig')) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('read', 'write', 'throw', 'slow', 'missing'),
        fc.constantFrom('{}', '{"n":1}', '{"n":"x"}', '{', ''),
        fc.uuid(),
      )
      .map(([name, args, id]) => call(name, args, id)),
  },
);
const ends = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Play[]>([usage(3, 4)]) },
  { weight: 1, arbitrary: fc.constant<Play[]>([cut]) },
  { weight: 1, arbitrary: fc.constant<Play[]>([done('length')]) },
  { weight: 1, arbitrary: errors.map((kind): Play[] => [fail(new ProviderError(kind, kind))]) },
  { weight: 1, arbitrary: fc.constant<Play[]>([fail(new TypeError('a bug'))]) },
);
const replies = fc.array(
  fc.tuple(fc.array(parts, { maxLength: 4 }), ends).map(([some, end]): Play[] => [...some.flat(), ...end]),
  { maxLength: 12 },
);
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ act: fc.constantFrom('send', 'steer'), text: words }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.nat(15) }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('stop', 'retry', 'restart', 'edit', 'remove') }) },
  ) as fc.Arbitrary<Act>,
  { minLength: 1, maxLength: 10 },
);

const tools = [
  tool('read', async () => gives('read'), { effects: 'read', retry: 'safe' }),
  tool('write', async () => gives('written\0\ud800')),
  tool('throw', () => Promise.reject(new Error('no'))),
  tool('slow', async (_, { signal }) => {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
      signal.addEventListener('abort', resolve, { once: true });
    });
    return gives('at last');
  }),
];

describe('whatever models, tools and people do', () => {
  let db: Database & { drop(): Promise<void> };
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());

  it('every acknowledged message is there once and the history is well formed', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(replies, acts, async (script, todo) => {
        const left = [...script];
        const provider = new ScriptedProvider(() => left.shift() ?? [say('The end.')]);
        let rig = await Rig.open(db, provider, { tools });
        const session = await rig.session();
        const kept = new Set<string>();
        for (const act of todo) {
          if (act.act === 'restart') {
            await rig.close();
            rig = await Rig.open(db, provider, { tools });
          } else await perform(rig, session.session_id, act, kept);
        }
        await until(async () => (await rig.turns.live(session.conversation_id)) === undefined);
        await rig.close();
        const history = await rig.history(session);
        const waiting = await rig.queue.list(session.conversation_id);
        const ids = [...history.filter(({ role }) => role === 'user'), ...waiting].map(({ id }) => id);
        expect(ids.sort()).to.deep.equal([...kept].sort());
        const asked = { role: 'user' as const, parts: [text('?')], provider: null, model: null };
        assertWellFormed([...toModelMessages(history), asked]);
        expect(await checkInvariants(db)).to.deep.equal([]);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

/** Does one thing; adds to `kept` what was acknowledged. */
async function perform(rig: Rig, session_id: string, act: Act, kept: Set<string>): Promise<void> {
  const { engine } = rig;
  const refused = (error: unknown) => {
    if (!(error instanceof MaestroError)) throw error;
  };
  if (act.act === 'wait') await new Promise((resolve) => setTimeout(resolve, act.ms));
  if (act.act === 'stop') await engine.stop(session_id);
  if (act.act === 'retry') await engine.retry(session_id).catch(refused);
  if (act.act === 'send' || act.act === 'steer') {
    const mode = act.act === 'send' ? 'queue' : 'steer';
    const client_key = randomUUID();
    kept.add((await engine.submit({ session_id, client_key, text: act.text, mode })).message_id);
  }
  if (act.act !== 'edit' && act.act !== 'remove') return;
  const { conversation_id } = await rig.sessions.get(session_id);
  const [first] = await rig.queue.list(conversation_id);
  if (!first) return;
  if (act.act === 'edit') await engine.editQueued(session_id, first.id, { text: 'edited', ord: 2 }).catch(refused);
  else await engine.removeQueued(session_id, first.id).then(() => kept.delete(first.id), refused);
}
