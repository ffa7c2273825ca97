import { type ContentPart, type ModelMessage, type Part, text } from '@maestro/core';
import { expect } from 'chai';
import { Type } from 'typebox';
import { type BodyRequest, requestBody } from '../src/request.js';
import { model, user } from './support.js';

describe('the body of a request', () => {
  const notices: string[] = [];
  beforeEach(() => {
    notices.length = 0;
  });
  const bodyOf = (change: Partial<BodyRequest>) => {
    const request = {
      model,
      system: '',
      messages: [user('hi')],
      tools: [],
      notice: (code: string) => void notices.push(code),
      ...change,
    };
    return JSON.parse(requestBody(request, 'anthropic').toString());
  };
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

  it('has its keys in one order, the system and the last block marked for the cache', () => {
    const parameters = Type.Object({ at: Type.String() });
    const body = bodyOf({ system: 'Be brief.', tools: [{ name: 'look', description: 'Looks', parameters }] });
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

  it('is the same bytes for the same history, and leaves out what is empty', () => {
    const request = { model, system: ' ', messages: [user('hi')], tools: [], notice: () => undefined };
    expect(requestBody(request, 'anthropic').equals(requestBody(request, 'anthropic'))).to.equal(true);
    expect(Object.keys(bodyOf({}))).to.deep.equal(['model', 'messages', 'max_tokens', 'stream', 'thinking']);
  });

  it('thinks with a budget on older models, but not where the thinking of open calls was lost', () => {
    const older = 'claude-haiku-4-5';
    const budget = { type: 'enabled', budget_tokens: 10_000 };
    expect(bodyOf({ model: older }).thinking).to.deep.equal(budget);
    const open = (parts: Part[]) => [
      user('x'),
      reply([...parts, call('a')], { model: older }),
      result('a', [text('ok')]),
    ];
    expect(bodyOf({ model: older, messages: open([]) }).thinking).to.equal(undefined);
    const thought: Part = { v: 1, type: 'thinking', text: 'Hm', signature: 's' };
    expect(bodyOf({ model: older, messages: open([thought]) }).thinking).to.deep.equal(budget);
    const hidden: Part = { v: 1, type: 'thinking', text: '', redacted: 'r' };
    expect(bodyOf({ model: older, messages: open([hidden]) }).thinking).to.deep.equal(budget);
    expect(bodyOf({ model: 'claude-2-custom' }).thinking).to.equal(undefined);
  });

  it('knows models by the version in their name', () => {
    const tokens = (id: string) => bodyOf({ model: id }).max_tokens;
    expect(tokens('claude-opus-7')).to.equal(64_000);
    expect(tokens('claude-sonnet-4-6-20260101')).to.equal(64_000);
    expect(tokens('claude-sonnet-4-5-20250929')).to.equal(32_000);
    expect(tokens('claude-opus-4-20250514')).to.equal(32_000);
    expect(tokens('my-model')).to.equal(8_000);
  });

  it('gives back signed thinking to its model, and drops what is foreign or unsigned', () => {
    const parts: Part[] = [
      { v: 1, type: 'thinking', text: 'Hm', signature: 's' },
      { v: 1, type: 'thinking', text: '', redacted: 'r' },
      { v: 1, type: 'thinking', text: 'unsigned' },
      text('So.'),
    ];
    const types = (by: Partial<ModelMessage>) =>
      bodyOf({ messages: [user('x'), reply(parts, by), user('y')] }).messages[1].content.map(({ type }: Part) => type);
    expect(types({})).to.deep.equal(['thinking', 'redacted_thinking', 'text']);
    expect(notices).to.deep.equal([]);
    expect(types({ model: null })).to.deep.equal(['text']);
    expect(types({ provider: 'other' })).to.deep.equal(['text']);
    expect(notices).to.deep.equal(['thinking.dropped', 'thinking.dropped']);
  });

  it('leaves out a reply of which nothing remains, and joins its neighbours', () => {
    const gone = reply([{ v: 1, type: 'thinking', text: 'x', signature: 's' }], { model: 'other' });
    const { messages } = bodyOf({ messages: [user('a'), gone, user(' '), user('b')] });
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

  it('translates ids that the API refuses, in call and result alike', () => {
    const id = 'call|1:ü';
    const { messages } = bodyOf({ messages: [user('x'), reply([call(id)]), result(id, [text('ok')])] });
    expect(messages[1].content[0].id).to.match(/^toolu_[0-9a-f]{24}$/);
    expect(messages[2].content[0].tool_use_id).to.equal(messages[1].content[0].id);
  });

  it('shows results as text: output and exit code, names of pictures, no diffs, failures marked', () => {
    const read = (content: ContentPart[], isError = false) =>
      bodyOf({ messages: [user('x'), reply([call('a')]), result('a', content, isError)] }).messages[2].content[0];
    const chunks = [
      { stream: 'stdout' as const, text: 'a\n' },
      { stream: 'stderr' as const, text: 'b' },
    ];
    const terminal = { v: 1 as const, type: 'terminal' as const, chunks };
    expect(read([{ ...terminal, exit_code: 1 }]).content[0].text).to.equal('a\nb\n(exit code 1)');
    expect(read([{ ...terminal, exit_code: null }]).content[0].text).to.equal('a\nb');
    expect(read([text('Created x'), { v: 1, type: 'diff', path: 'x', hunks: [] }]).content[0].text).to.equal(
      'Created x',
    );
    expect(read([{ v: 1, type: 'image', media_type: 'image/png', blob: 'b' }]).content[0].text).to.contain('image/png');
    expect(read([]).content[0].text).to.equal('(no output)');
    expect(read([]).is_error).to.equal(undefined);
    expect(read([], true)).to.deep.include({ is_error: true });
    expect(read([], true).content[0].text).to.equal('failed without a message');
  });

  it('names attached images and files, and says that they are not sent', () => {
    const parts: Part[] = [
      text('see'),
      { v: 1, type: 'file', name: 'a.pdf', media_type: 'application/pdf', blob: 'b' },
    ];
    const { messages } = bodyOf({ messages: [{ ...user(''), parts }] });
    expect(messages[0].content[1].text).to.contain('a.pdf');
    expect(notices).to.deep.equal(['attachment.dropped']);
  });
});
