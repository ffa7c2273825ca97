import { type ContentPart, type ModelMessage, orderedBody, type Part, text } from '@maestro/core';
import { expect } from 'chai';
import { Type } from 'typebox';
import { mediaOf } from '../src/media.js';
import { keySets, oauthSets } from '../src/profiles/by-name.js';
import { llxprtKey } from '../src/profiles/llxprt.js';
import { prdKey } from '../src/profiles/prd.js';
import type { MessagesSet } from '../src/profiles/profile-set.js';
import { messageFields, type Prompt, tellDropped } from '../src/request.js';
import { model, user } from './support.js';

const png = Buffer.from('a picture');

/** How many cache marks there are in it. */
const marks = (value: unknown): number => JSON.stringify(value).split('"cache_control"').length - 1;

/** Messages without marks, which alone make a block of what is otherwise bare text. */
const prefix = (messages: readonly { role: string; content: string | object[] }[]): string =>
  messages
    .map(({ role, content }) => {
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
      return blocks
        .map((block) => JSON.stringify({ role, ...block, ...unpacked(block), cache_control: undefined }))
        .join();
    })
    .join();

const unpacked = ({ content }: { content?: unknown }) =>
  typeof content === 'string' ? { content: [{ type: 'text', text: content }] } : {};

describe('the body of a request', () => {
  const notices: string[] = [];
  beforeEach(() => {
    notices.length = 0;
  });
  const notice = (code: string) => {
    notices.push(code);
  };
  const blob = async (name: string) => {
    if (name === 'gone') throw new Error('no such blob');
    return png;
  };
  const written = async (change: Partial<Prompt>, set: MessagesSet = prdKey): Promise<Buffer> => {
    const prompt = { model, system: '', messages: [user('hi')], tools: [], effort: null, ...change };
    const media = await mediaOf({ ...prompt, blob });
    tellDropped({ ...prompt, notice });
    const writing = { dialect: set.dialect, media, identity: 'someone/1.0', toolPrefix: 'my_' };
    return orderedBody(set.messages.body!, messageFields(prompt, writing));
  };
  const bodyOf = async (change: Partial<Prompt>, set?: MessagesSet) =>
    JSON.parse((await written(change, set)).toString());
  const reply = (parts: Part[], by: Partial<ModelMessage> = {}): ModelMessage => ({
    role: 'assistant',
    parts,
    provider: 'anthropic',
    model,
    ...by,
  });
  const call = (id: string): Part => ({ v: 1, type: 'tool_call', id, name: 'look', args: {} });
  const result = (call_id: string, content: ContentPart[], is_error = false): ModelMessage => ({
    role: 'tool',
    parts: [
      { v: 1, type: 'tool_result', call_id, name: 'look', is_error, outcome: 'succeeded', content, duration_ms: null },
    ],
    provider: null,
    model: null,
  });
  const cached = { cache_control: { type: 'ephemeral' } };

  it('has its keys in one order, the system and the last block marked for the cache', async () => {
    const parameters = Type.Object({ at: Type.String() });
    const body = await bodyOf({ system: 'Be brief.', tools: [{ name: 'look', description: 'Looks', parameters }] });
    expect(Object.keys(body)).to.deep.equal([
      'model',
      'messages',
      'max_tokens',
      'stream',
      'system',
      'tools',
      'thinking',
    ]);
    expect(body.system).to.deep.equal([{ type: 'text', text: 'Be brief.', ...cached }]);
    expect(body.messages).to.deep.equal([{ role: 'user', content: [{ type: 'text', text: 'hi', ...cached }] }]);
    expect(body.tools[0]).to.deep.equal({
      name: 'look',
      description: 'Looks',
      input_schema: { type: 'object', required: ['at'], properties: { at: { type: 'string' } } },
    });
    expect(body.thinking).to.deep.equal({ type: 'adaptive', display: 'summarized' });
  });

  it('is the same bytes for the same history, and leaves out what is empty', async () => {
    expect((await written({ system: ' ' })).equals(await written({ system: ' ' }))).to.equal(true);
    expect(Object.keys(await bodyOf({}))).to.deep.equal(['model', 'messages', 'max_tokens', 'stream', 'thinking']);
  });

  for (const [name, set] of [
    ['prd', prdKey],
    ['llxprt', llxprtKey],
    ['llxprt with an account', oauthSets.llxprt],
    ['llxprt-0.9', keySets['llxprt-0.9']],
  ] as const)
    it(`keeps every byte of a growing conversation but the moved mark, so that the cache is found: ${name}`, async () => {
      const image: ContentPart = { v: 1, type: 'image', media_type: 'image/png', blob: 'b' };
      const thought: Part = { v: 1, type: 'thinking', text: 'Hm', signature: 's' };
      const tools = ['b', 'a'].map((tool) => ({ name: tool, description: tool, parameters: Type.Object({}) }));
      const steps: ModelMessage[] = [
        user('one'),
        reply([thought, text('I look.'), call('a')]),
        result('a', [text('ok'), image]),
        reply([call('b'), call('c')]),
        { ...result('b', [text('1')]), parts: [...result('b', [text('1')]).parts, ...result('c', [text('2')]).parts] },
        reply([text('Done.')]),
        user('two'),
      ];
      const asked = steps.flatMap(({ role }, at) => (role === 'assistant' ? [] : [steps.slice(0, at + 1)]));
      const all = await Promise.all(asked.map((messages) => bodyOf({ system: 'Be brief.', tools, messages }, set)));
      for (const [at, body] of all.entries()) {
        const { messages, ...head } = body;
        expect(marks(messages.at(-1)), 'the mark at the end').to.equal(1);
        expect(JSON.stringify(head)).to.equal(JSON.stringify({ ...all[0], messages: undefined }));
        expect(marks(body), 'marks in all').to.equal(2);
        const before = all[at - 1];
        if (before) expect(prefix(messages)).to.satisfy((all: string) => all.startsWith(prefix(before.messages)));
      }
    });

  it('marks the last tool where no system prompt follows that could carry the mark', async () => {
    const tools = ['b', 'a'].map((name) => ({ name, description: name, parameters: Type.Object({}) }));
    for (const set of [prdKey, llxprtKey, oauthSets.llxprt]) {
      const body = await bodyOf({ tools }, set);
      expect(body.tools.map(marks)).to.deep.equal([0, 1]);
      expect(marks(body)).to.equal(2);
    }
  });

  it('thinks with a budget on older models, but not where the thinking of open calls was lost', async () => {
    const older = 'claude-haiku-4-5';
    const budget = { type: 'enabled', budget_tokens: 10_000 };
    expect((await bodyOf({ model: older })).thinking).to.deep.equal(budget);
    const open = (parts: Part[]) => [
      user('x'),
      reply([...parts, call('a')], { model: older }),
      result('a', [text('ok')]),
    ];
    expect((await bodyOf({ model: older, messages: open([]) })).thinking).to.equal(undefined);
    const thought: Part = { v: 1, type: 'thinking', text: 'Hm', signature: 's' };
    expect((await bodyOf({ model: older, messages: open([thought]) })).thinking).to.deep.equal(budget);
    const hidden: Part = { v: 1, type: 'thinking', text: '', redacted: 'r' };
    expect((await bodyOf({ model: older, messages: open([hidden]) })).thinking).to.deep.equal(budget);
    expect((await bodyOf({ model: 'claude-2-custom' })).thinking).to.equal(undefined);
  });

  it('knows models by the version in their name', async () => {
    const tokens = async (id: string) => (await bodyOf({ model: id })).max_tokens;
    expect(await tokens('claude-opus-7')).to.equal(64_000);
    expect(await tokens('claude-sonnet-4-6-20260101')).to.equal(64_000);
    expect(await tokens('claude-sonnet-4-5-20250929')).to.equal(64_000);
    expect(await tokens('claude-opus-4-20250514')).to.equal(32_000);
    expect(await tokens('my-model')).to.equal(8_000);
  });

  it('gives back signed thinking to its model, and drops what is foreign or unsigned', async () => {
    const parts: Part[] = [
      { v: 1, type: 'thinking', text: 'Hm', signature: 's' },
      { v: 1, type: 'thinking', text: '', redacted: 'r' },
      { v: 1, type: 'thinking', text: 'unsigned' },
      text('So.'),
    ];
    const types = async (by: Partial<ModelMessage>) => {
      const { messages } = await bodyOf({ messages: [user('x'), reply(parts, by), user('y')] });
      return messages[1].content.map(({ type }: Part) => type);
    };
    expect(await types({})).to.deep.equal(['thinking', 'redacted_thinking', 'text']);
    expect(notices).to.deep.equal([]);
    expect(await types({ model: null })).to.deep.equal(['text']);
    expect(await types({ provider: 'other' })).to.deep.equal(['text']);
    expect(notices).to.deep.equal(['thinking.dropped', 'thinking.dropped']);
  });

  it('leaves out a reply of which nothing remains, and joins its neighbours', async () => {
    const gone = reply([{ v: 1, type: 'thinking', text: 'x', signature: 's' }], { model: 'other' });
    const { messages } = await bodyOf({ messages: [user('a'), gone, user(' '), user('b')] });
    expect(messages).to.deep.equal([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b', ...cached },
        ],
      },
    ]);
  });

  it('translates ids that the API refuses, in call and result alike', async () => {
    const id = 'call|1:ü';
    const { messages } = await bodyOf({ messages: [user('x'), reply([call(id)]), result(id, [text('ok')])] });
    expect(messages[1].content[0].id).to.match(/^toolu_[0-9a-f]{24}$/);
    expect(messages[2].content[0].tool_use_id).to.equal(messages[1].content[0].id);
  });

  it('shows results as text: output and exit code, names of pictures, no diffs, failures marked', async () => {
    const read = async (content: ContentPart[], isError = false) => {
      const { messages } = await bodyOf({ messages: [user('x'), reply([call('a')]), result('a', content, isError)] });
      return messages[2].content[0];
    };
    const chunks = [
      { stream: 'stdout' as const, text: 'a\n' },
      { stream: 'stderr' as const, text: 'b' },
    ];
    const terminal = { v: 1 as const, type: 'terminal' as const, chunks };
    expect((await read([{ ...terminal, exit_code: 1 }])).content[0].text).to.equal('a\nb\n(exit code 1)');
    expect((await read([{ ...terminal, exit_code: null }])).content[0].text).to.equal('a\nb');
    expect((await read([text('Created x'), { v: 1, type: 'diff', path: 'x', hunks: [] }])).content[0].text).to.equal(
      'Created x',
    );
    expect((await read([{ v: 1, type: 'image', media_type: 'image/tiff', blob: 'b' }])).content[0].text).to.contain(
      'image/tiff',
    );
    expect((await read([])).content[0].text).to.equal('(no output)');
    expect((await read([])).is_error).to.equal(undefined);
    expect(await read([], true)).to.deep.include({ is_error: true });
    expect((await read([], true)).content[0].text).to.equal('failed without a message');
  });

  it('shows images and files, in messages and in results', async () => {
    const image: Part = { v: 1, type: 'image', media_type: 'image/png', blob: 'b' };
    const file = (name: string, media_type: string): Part => ({ v: 1, type: 'file', name, media_type, blob: name });
    const parts = [image, file('a.pdf', 'application/pdf'), text('see')];
    const data = png.toString('base64');
    const { messages } = await bodyOf({ messages: [{ ...user(''), parts }] });
    expect(messages[0].content).to.deep.equal([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data }, title: 'a.pdf' },
      { type: 'text', text: 'see', ...cached },
    ]);
    const shown = await bodyOf({ messages: [user('x'), reply([call('a')]), result('a', [text('here'), image])] });
    expect(shown.messages[2].content[0].content.map(({ type }: Part) => type)).to.deep.equal(['text', 'image']);
    const failed = await bodyOf({ messages: [user('x'), reply([call('a')]), result('a', [image], true)] });
    expect(failed.messages[2].content[0].content[0].text).to.contain('image/png');
    expect(notices).to.deep.equal([]);
  });

  it('names what cannot be shown', async () => {
    const parts: Part[] = [
      text('see'),
      { v: 1, type: 'file', name: 'a.zip', media_type: 'application/zip', blob: 'b' },
      { v: 1, type: 'image', media_type: 'image/png', blob: 'gone' },
      { v: 1, type: 'image', name: 'a.png', media_type: 'image/png', blob: 'gone' },
    ];
    const { messages } = await bodyOf({ messages: [{ ...user(''), parts }] });
    expect(messages[0].content.map((block: { text: string }) => block.text)).to.deep.equal([
      'see',
      '[the file "a.zip", not sent]',
      '[an image, image/png, not sent]',
      '[the image "a.png", not sent]',
    ]);
  });

  it('thinks as hard as the session says', async () => {
    expect((await bodyOf({ effort: 'low' })).output_config).to.deep.equal({ effort: 'low' });
    expect(await bodyOf({})).not.to.have.property('output_config');
    expect((await bodyOf({}, llxprtKey)).output_config).to.deep.equal({ effort: 'high' });
    const older = await bodyOf({ model: 'claude-haiku-4-5', effort: 'high' });
    expect(older.thinking).to.deep.equal({ type: 'enabled', budget_tokens: 24_000 });
    expect(older).not.to.have.property('output_config');
  });

  it('of the reference marks for an hour and sorts tools and their properties', async () => {
    const tool = (name: string) => ({
      name,
      description: name,
      parameters: Type.Object({ z: Type.Object({ d: Type.String(), c: Type.String() }), a: Type.String() }),
    });
    const given = { system: 'Be brief.', tools: [tool('b'), tool('a')] };
    const byKey = await bodyOf(given, llxprtKey);
    const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
    expect(byKey.system).to.deep.equal([{ type: 'text', text: 'Be brief.', ...mark }]);
    expect(byKey.messages).to.deep.equal([{ role: 'user', content: [{ type: 'text', text: 'hi', ...mark }] }]);
    expect(byKey.tools.map(({ name }: { name: string }) => name)).to.deep.equal(['a', 'b']);
    const { properties } = byKey.tools[0].input_schema;
    expect([Object.keys(properties), Object.keys(properties.z.properties)]).to.deep.equal([
      ['a', 'z'],
      ['c', 'd'],
    ]);
    expect(byKey.tools[0].input_schema).to.deep.equal(JSON.parse(JSON.stringify(given.tools[0]!.parameters)));
  });

  it('of the reference, with an account, opens with the instructions and lists tools under the prefix', async () => {
    const tools = [{ name: 'look', description: 'Looks', parameters: Type.Object({}) }];
    const messages = [user('hello'), reply([text('I look.'), call('a')]), result('a', [text('alpha')])];
    const body = await bodyOf({ system: 'Be brief.', tools, messages }, oauthSets.llxprt);
    const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
    expect(body.system).to.equal('someone/1.0');
    expect(body.tools[0].name).to.equal('my_look');
    expect(body.messages).to.deep.equal([
      { role: 'user', content: [{ type: 'text', text: '<system>\nBe brief.\n</system>', ...mark }] },
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'a', name: 'look', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'alpha', ...mark }] },
    ]);
  });

  it('of the reference asks for as long a reply as was recorded', async () => {
    const longest = async (id: string, set: MessagesSet) => (await bodyOf({ model: id }, set)).max_tokens;
    expect(await longest('claude-opus-5', llxprtKey)).to.equal(128_000);
    expect(await longest('claude-sonnet-4-5', llxprtKey)).to.equal(64_000);
    expect(await longest('claude-sonnet-4-5', keySets['llxprt-0.9'])).to.equal(40_000);
  });
});
