import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { MediaLimits } from '../../src/protocol/media-limits.js';
import type { Session } from '../../src/protocol/resources.js';
import { Blobs } from '../../src/store/blobs.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { call, fail, hold, type Reply, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { gives, Rig, tool } from './rig.js';

const media: MediaLimits = {
  images: ['image/png'],
  files: ['application/pdf'],
  imageBytes: 100,
  fileBytes: 150,
  totalBytes: 160,
  imageCount: 2,
};

describe('attachments of messages', () => {
  let db: Database & { drop(): Promise<void> };
  let rig: Rig;
  let provider: ScriptedProvider;
  let session: Session;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    await rig.close();
    await rig.isSound();
  });
  const open = async (replies: Reply[]) => {
    provider = Object.assign(new ScriptedProvider(replies), { media });
    rig = await Rig.open(db, provider, { tools: [tool('look', async () => gives('seen'))] });
    session = await rig.session();
  };
  const put = (letters: string) => new Blobs(db).put(Buffer.from(letters, 'latin1'));
  const image = async (name: string, length = 0) => ({
    name,
    blob: await put(`\x89PNG\r\n\x1a\n${name.padEnd(length)}`),
  });
  type Given = Awaited<ReturnType<typeof image>>;
  const send = (attachments: Given[], more: { mode?: 'queue' | 'steer'; client_key?: string } = {}) =>
    rig.engine.submit({
      session_id: session.session_id,
      client_key: crypto.randomUUID(),
      text: 'See',
      attachments,
      ...more,
    });
  const names = (at: number) =>
    provider.requests[at]?.messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'image' || part.type === 'file' ? [part.name] : [])),
    );
  const refusal = fail(new ProviderError('bad_request', 'the image cannot be processed', { status: 400 }));
  const codeAndWords = async (sent: Promise<unknown>) => {
    const error = await sent.then(
      () => undefined,
      (cause: { code: string; message: string }) => cause,
    );
    return `${error?.code}: ${error?.message}`;
  };

  it('go along with messages that wait and that steer, and once however often they are sent', async () => {
    await open([[hold('one'), call('look', {})], [say('a')], [say('b')]]);
    await send([await image('first')]);
    await provider.held('one');
    const steers = { mode: 'steer' as const, client_key: 'steers' };
    const waiting = await send([await image('steers')], steers);
    expect(await send([await image('steers')], steers)).to.deep.equal(waiting);
    await send([await image('waits')]);
    provider.release('one');
    await rig.rest(session);
    // There is room for two.
    expect([0, 1, 2].map(names)).to.deep.equal([['first'], ['first', 'steers'], ['steers', 'waits']]);
    const said = (await rig.history(session)).filter(({ role }) => role === 'user').map(({ parts }) => parts[0]);
    expect(said.map((part) => part && 'name' in part && part.name)).to.deep.equal(['first', 'steers', 'waits']);
  });

  it('that a provider refuses are left out, the old ones first, and the turn goes on', async () => {
    await open([[say('1')], [refusal], [refusal], [say('2')]]);
    await send([await image('old')]);
    await rig.rest(session);
    await send([await image('new')]);
    expect((await rig.rest(session)).state).to.equal('completed');
    expect([0, 1, 2, 3].map(names)).to.deep.equal([['old'], ['old', 'new'], ['new'], []]);
    const told = await rig.log(session);
    expect(told.flatMap(({ type, data }) => (type === 'call.retrying' ? [data.decision] : []))).to.deep.equal([
      'fallback',
      'fallback',
    ]);
    expect(told.flatMap(({ type, data }) => (type === 'notice' ? [data.code] : []))).to.deep.equal([
      'attachment.dropped',
    ]);
  });

  it('do not turn a refusal for another reason into more than two more calls', async () => {
    await open([[refusal], [refusal]]);
    await send([await image('only')]);
    expect((await rig.rest(session)).state).to.equal('failed');
    expect([0, 1].map(names)).to.deep.equal([['only'], []]);
    expect(provider.requests).to.have.length(2);
  });

  it('are refused by name where they can never be shown', async () => {
    await open([]);
    expect(await codeAndWords(send([await image('large.png', 93)]))).to.match(
      /^attachment\.too_large: "large\.png" has 101 bytes, and 100 bytes is the most/,
    );
    const three = await Promise.all(['a.png', 'b.png', 'c.png'].map((name) => image(name)));
    expect(await codeAndWords(send(three))).to.match(/^attachment\.too_many: "c\.png" is one too many/);
    const pdf = { name: 'd.pdf', blob: await put('%PDF-'.padEnd(120)) };
    expect(await codeAndWords(send([await image('e.png', 60), pdf]))).to.match(
      /^attachment\.too_large: "e\.png", "d\.pdf" have 188 bytes together/,
    );
    expect(await codeAndWords(send([{ name: 'x', blob: 'f'.repeat(64) }]))).to.match(/^blob\.unknown/);
    expect(await rig.history(session)).to.deep.equal([]);
  });
});
