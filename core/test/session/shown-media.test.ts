import { expect } from 'chai';
import type { ModelMessage } from '../../src/extension/provider.js';
import type { Attachment, Part } from '../../src/protocol/messages.js';
import { text } from '../../src/protocol/messages.js';
import { fewer, type Showing, shownMedia } from '../../src/session/shown-media.js';

const limits = {
  images: ['image/png'],
  files: ['application/pdf'],
  imageBytes: 1_000,
  fileBytes: 2_000,
  totalBytes: 2_500,
  imageCount: 2,
  imagePixels: 100,
};
const image = (blob: string): Attachment => ({
  v: 1,
  type: 'image',
  name: `${blob}.png`,
  media_type: 'image/png',
  blob,
});
const file = (name: string, media_type: string): Attachment => ({ v: 1, type: 'file', name, media_type, blob: name });
const user = (...parts: Part[]): ModelMessage => ({ role: 'user', parts, provider: null, model: null });
const reply = (words: string, model = 'm'): ModelMessage => ({
  role: 'assistant',
  parts: [text(words)],
  provider: 'p',
  model,
});
const result = (...content: Attachment[]): ModelMessage => ({
  ...user(),
  role: 'tool',
  parts: [
    {
      v: 1,
      type: 'tool_result',
      call_id: 'c',
      name: 'look',
      is_error: false,
      outcome: 'succeeded',
      content,
      duration_ms: 1,
    },
  ],
});

describe('images and files of a request', () => {
  const notices: string[] = [];
  beforeEach(() => void notices.splice(0));
  let sizes: Record<string, Buffer> = {};
  const show = (messages: ModelMessage[], change: Partial<Showing> = {}) =>
    shownMedia({
      ...{ messages, limits, capabilities: undefined, shows: 'all', textBytes: 100, provider: 'p', model: 'm' },
      blob: async (name) => sizes[name] ?? Promise.reject(new Error('gone')),
      notice: (code, words) => void notices.push(`${code}: ${words}`),
      ...change,
    });
  /** Names of what is shown, and the words that stand in place of the rest. */
  const seen = async (messages: ModelMessage[], change?: Partial<Showing>) =>
    (await show(messages, change)).messages.flatMap(({ parts }) =>
      parts
        .flatMap((part): Part[] => (part.type === 'tool_result' ? (part.content as Part[]) : [part]))
        .map((part) => (part.type === 'text' ? part.text : 'name' in part ? part.name : part.type)),
    );

  it('stay as they are where there is room, those of tools as well, and their bytes are read once', async () => {
    sizes = { a: Buffer.alloc(400), b: Buffer.alloc(400) };
    let reads = 0;
    const messages = [user(image('a'), text('see')), result(image('b'))];
    const blob = async (name: string) => {
      reads += 1;
      return sizes[name]!;
    };
    const shown = await show(messages, { blob });
    expect(shown.messages).to.deep.equal(messages);
    expect((await shown.blob('a')).length + (await shown.blob('b')).length).to.equal(800);
    expect(reads).to.equal(2);
    expect(notices).to.deep.equal([]);
  });

  it('are named where the model or the provider does not take them, and it is said once', async () => {
    sizes = { a: Buffer.alloc(4), 'a.zip': Buffer.alloc(4) };
    const messages = [user(image('a'), file('a.zip', 'application/zip'))];
    expect(await seen(messages, { capabilities: { images: false } })).to.deep.equal([
      '[the image "a.png" is not shown: m does not take images]',
      '[the file "a.zip" is not shown: m does not take application/zip]',
    ]);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/^attachment\.dropped: .*"a\.png".*"a\.zip"|"a\.zip".*"a\.png"/);
    await seen([...messages, reply('ok'), user(text('and?'))], { capabilities: { images: false } });
    expect(notices).to.have.length(1);
    await seen([...messages, reply('ok', 'other'), user(text('and?'))], { capabilities: { images: false } });
    expect(notices).to.have.length(2);
  });

  it('give way to newer ones, the oldest first, however often one is shown', async () => {
    sizes = { a: Buffer.alloc(10), b: Buffer.alloc(10), c: Buffer.alloc(10), 'x.pdf': Buffer.alloc(2_000) };
    const pdf = file('x.pdf', 'application/pdf');
    expect(await seen([user(image('a')), reply('1'), user(image('b')), reply('2'), user(image('c'))])).to.deep.equal([
      '[the image "a.png" is not shown: 2 newer images are]',
      '1',
      'b.png',
      '2',
      'c.png',
    ]);
    expect(notices).to.have.length(1);
    expect(await seen([user({ ...pdf }), user(pdf)])).to.deep.equal([
      '[the file "x.pdf" is not shown: newer ones take the room there is]',
      'x.pdf',
    ]);
  });

  it('are no more than a few as long as one of them is long, where the provider says so', async () => {
    const long = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x02', 'latin1');
    sizes = { a: Buffer.alloc(9), b: Buffer.alloc(9), c: Buffer.alloc(9), long };
    const many = { limits: { ...limits, imageCount: 9, manyImages: { over: 2, pixels: 50 } } };
    const shown = async (...names: string[]) =>
      (await seen([user(...names.map(image))], many)).map((words) => words!.length < 10);
    expect(await shown('a', 'b', 'c')).to.deep.equal([true, true, true]);
    expect(await shown('long', 'b', 'c')).to.deep.equal([false, true, true]);
    expect(await shown('a', 'b', 'long')).to.deep.equal([false, true, true]);
    expect(await shown('a', 'long')).to.deep.equal([true, true]);
  });

  it('that are too large for a provider which came later are named, and do not end the conversation', async () => {
    const wide = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x02', 'latin1');
    sizes = { a: Buffer.alloc(1_001), wide };
    expect(await seen([user(image('a'), image('wide'), image('gone'))])).to.deep.equal([
      '[the image "a.png" is not shown: it has 1 kB, and 1 kB is the most this provider takes]',
      '[the image "wide.png" is not shown: it is 256 pixels long, and 100 is the most this provider takes]',
      '[the image "gone.png" is not shown: its bytes are gone]',
    ]);
  });

  it('of text become words in a fence that nothing in them closes, within bounds', async () => {
    sizes = { 'a.md': Buffer.from('# A\n```js\n1\n```'), 'b.txt': Buffer.from('\u00fc'.repeat(100)) };
    const [a, b] = await seen([user(file('a.md', 'text/plain'), file('b.txt', 'text/csv'))], { textBytes: 99 });
    expect(a).to.equal('The file "a.md":\n````\n# A\n```js\n1\n```\n````');
    expect(b).to.equal(`The file "b.txt", the first 99 bytes of 200 bytes:\n\`\`\`\n${'\u00fc'.repeat(49)}\n\`\`\``);
  });

  it('are left out step by step where the provider refuses them: first the old, then all', async () => {
    sizes = { a: Buffer.alloc(10), b: Buffer.alloc(10) };
    const messages = [user(image('a')), reply('1'), user(image('b'))];
    expect(fewer(messages, 'all')).to.equal('new');
    expect(fewer(messages, 'new')).to.equal('none');
    expect(fewer(messages, 'none')).to.equal(undefined);
    expect(fewer([user(text('a'))], 'all')).to.equal(undefined);
    expect(fewer([user(image('a'))], 'all')).to.equal('none');
    expect(await seen(messages, { shows: 'new' })).to.deep.equal([
      '[the image "a.png" is not shown: the provider refused a request with it]',
      '1',
      'b.png',
    ]);
    expect((await seen(messages, { shows: 'none' }))[2]).to.contain('refused');
  });

  it('are left to a provider that says nothing of them', async () => {
    const messages = [user(image('gone'), file('a.zip', 'application/zip'))];
    expect((await show(messages, { limits: undefined })).messages).to.deep.equal(messages);
    expect(notices).to.deep.equal([]);
  });
});
