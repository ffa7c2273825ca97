import { createHash } from 'node:crypto';
import { type ModelMessage, type Part, type ToolDescription, text } from '@maestro/core';
import { expect } from 'chai';
import { Type } from 'typebox';
import { chatBody } from '../src/chat-request.js';
import type { BodyRequest } from '../src/history.js';
import { loadMedia } from '../src/media.js';
import { account } from '../src/profiles/account.js';
import { CHAT, RESPONSES, type ResponsesForm } from '../src/profiles/replies.js';
import { responsesBody } from '../src/responses-request.js';
import { user } from './support.js';

const reader = { provider: 'openai', model: 'gpt-5.5' };
const look: ToolDescription = { name: 'look', description: 'Looks.', parameters: Type.Object({ at: Type.String() }) };
const png = Buffer.from('png bytes');
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const blobs = new Map([png, Buffer.from('%PDF'), Buffer.from('notes')].map((bytes) => [digest(bytes), bytes]));
const blob = async (sha256: string) => {
  const bytes = blobs.get(sha256);
  if (!bytes) throw new Error('gone');
  return bytes;
};

const image: Part = { v: 1, type: 'image', media_type: 'image/png', blob: digest(png) };
const pdf: Part = {
  v: 1,
  type: 'file',
  name: 'a.pdf',
  media_type: 'application/pdf',
  blob: digest(Buffer.from('%PDF')),
};
const sound: Part = { v: 1, type: 'file', name: 's.mp3', media_type: 'audio/mpeg', blob: 'x' };

const assistant = (parts: Part[], by = reader): ModelMessage => ({ role: 'assistant', parts, ...by });
const call = (id: string, args: unknown = { at: 'x' }): Part => ({ v: 1, type: 'tool_call', id, name: 'look', args });
const result = (call_id: string, content: object[], is_error = false): ModelMessage => ({
  role: 'tool',
  parts: [
    {
      v: 1,
      type: 'tool_result',
      call_id,
      name: 'look',
      is_error,
      outcome: is_error ? 'failed' : 'succeeded',
      content,
      duration_ms: 1,
    } as Part,
  ],
  provider: null,
  model: null,
});
const thought: Part = {
  v: 1,
  type: 'thinking',
  text: 'Hm.',
  signature: '"id":"rs_1","encrypted_content":"gAAAA"',
};

const notices: [string, string][] = [];
const request = (messages: ModelMessage[], change: Partial<BodyRequest> = {}): BodyRequest => ({
  model: reader.model,
  system: 'Be brief.',
  messages,
  tools: [look],
  effort: null,
  conversationId: 'c-1',
  notice: (...given) => void notices.push(given),
  ...change,
});

interface Written {
  [key: string]: unknown;
  input: Record<string, unknown>[];
  messages: Record<string, unknown>[];
  tools: Record<string, unknown>[];
}

async function responses(
  messages: ModelMessage[],
  change: Partial<BodyRequest> = {},
  form: ResponsesForm = RESPONSES.prd,
): Promise<Written> {
  const given = request(messages, change);
  const media = await loadMedia({ messages, blob });
  return JSON.parse(responsesBody(given, media, form, reader).toString());
}

async function chat(messages: ModelMessage[], change: Partial<BodyRequest> = {}, form = CHAT.prd): Promise<Written> {
  const given = request(messages, change);
  const media = await loadMedia({ messages, blob });
  return JSON.parse(chatBody(given, media, form, reader).toString());
}

const forgetNotices = () => void notices.splice(0);

describe('a request to the Responses API', () => {
  beforeEach(forgetNotices);

  it('asks for thinking that can be sent back, and leaves nothing on the server', async () => {
    const body = await responses([user('hello')], { effort: 'low' });
    expect(Object.keys(body)).to.deep.equal([
      'model',
      'input',
      'stream',
      'instructions',
      'tools',
      'tool_choice',
      'parallel_tool_calls',
      'reasoning',
      'include',
      'store',
      'prompt_cache_key',
    ]);
    expect(body).to.deep.include({
      input: [{ role: 'user', content: 'hello' }],
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      store: false,
      prompt_cache_key: 'c-1',
    });
    expect(body.tools[0]).to.deep.include({ type: 'function', name: 'look', strict: false });
  });

  it('says nothing of thinking to a model without, nor of tools where there are none', async () => {
    const body = await responses([user('hello')], { model: 'gpt-4.1', effort: 'high', tools: [], system: ' ' });
    expect(Object.keys(body)).to.deep.equal(['model', 'input', 'stream', 'store', 'prompt_cache_key']);
  });

  it('gives thinking back to the model that thought it, before its calls', async () => {
    const body = await responses([
      user('hello'),
      assistant([thought, text('I look.'), call('call_1'), call('call_2', { at: 'ü' })]),
      result('call_1', [text('one')]),
      result('call_2', [text('two')], true),
    ]);
    expect(body.input.slice(1)).to.deep.equal([
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'gAAAA',
      },
      { role: 'assistant', content: 'I look.' },
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"at":"x"}' },
      { type: 'function_call', call_id: 'call_2', name: 'look', arguments: '{"at":"ü"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'one' },
      { type: 'function_call_output', call_id: 'call_2', output: 'Error: two' },
    ]);
    expect(notices).to.deep.equal([]);
  });

  for (const other of [
    { provider: 'anthropic', model: 'claude-opus-5-5' },
    { provider: 'openai', model: 'gpt-5.4' },
  ])
    it(`does not show it thinking of ${other.provider}/${other.model}, and says so`, async () => {
      const body = await responses([user('hello'), assistant([thought, text('x')], other), user('again')]);
      expect(body.input).to.have.length(3);
      expect(notices).to.have.length(1);
      expect(notices[0]![0]).to.equal('thinking.dropped');
    });

  it('leaves thinking out whose signature is none of this API', async () => {
    for (const signature of ['c2ln', '', '"id":1', '"id":"rs_1"'])
      expect((await responses([assistant([{ ...thought, signature }]), user('x')])).input).to.have.length(1);
  });

  it('makes ids of other providers legal, the same in call and result', async () => {
    const id = `toolu/with:odd letters${'x'.repeat(80)}`;
    const body = await responses([assistant([call(id)]), result(id, [text('x')])]);
    expect(body.input[0]!.call_id).to.match(/^call_[0-9a-f]{24}$/);
    expect(body.input[1]!.call_id).to.equal(body.input[0]!.call_id);
  });

  it('carries images and PDFs of a person, and names what it cannot carry', async () => {
    const parts = [text('See.'), image, pdf, sound] as Part[];
    const body = await responses([{ ...user(''), parts }]);
    expect(body.input).to.deep.equal([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'See.' },
          { type: 'input_image', image_url: `data:image/png;base64,${png.toString('base64')}`, detail: 'auto' },
          {
            type: 'input_file',
            filename: 'a.pdf',
            file_data: `data:application/pdf;base64,${Buffer.from('%PDF').toString('base64')}`,
          },
          { type: 'input_text', text: '[the file "s.mp3", not sent]' },
        ],
      },
    ]);
  });

  it('carries images of tools, and goes on without bytes that are gone', async () => {
    const body = await responses([assistant([call('a')]), result('a', [text('one'), image])]);
    expect(body.input[1]!.output).to.deep.equal([
      { type: 'input_text', text: 'one' },
      { type: 'input_image', image_url: `data:image/png;base64,${png.toString('base64')}`, detail: 'auto' },
    ]);
    const gone = await responses([assistant([call('a')]), result('a', [{ ...image, blob: 'gone' }])]);
    expect(gone.input[1]!.output).to.equal('[an image, image/png, not sent]');
  });

  it('tells results without text, of terminals, and that failed without a word', async () => {
    const terminal = { v: 1, type: 'terminal', chunks: [{ stream: 'stdout', text: 'out' }], exit_code: 2 };
    const output = async (content: object[], isError = false) =>
      (await responses([assistant([call('a')]), result('a', content, isError)])).input[1]!.output;
    expect(await output([terminal])).to.equal('out\n(exit code 2)');
    expect(await output([])).to.equal('(no output)');
    expect(await output([], true)).to.equal('Error: failed without a message');
  });

  it('has the form of the reference where that is wanted', async () => {
    const messages = [user('hello'), assistant([call('a')]), result('a', [text('alpha file')])];
    const body = await responses(messages, {}, RESPONSES.llxprt);
    expect(body.input.at(-1)).to.deep.equal({
      type: 'function_call_output',
      call_id: 'a',
      output: '{"output":"alpha file"}',
    });
    expect(body.tools[0]!.strict).to.equal(null);
    expect(body).to.not.have.any.keys('store', 'reasoning');
    const asked = await responses(messages, { effort: 'high' }, RESPONSES.llxprt);
    expect(asked).to.deep.include({ reasoning: { effort: 'high' }, max_output_tokens: 128_000 });
    const plan = await responses(messages, { effort: 'high' }, account);
    expect(plan).to.deep.include({ reasoning: { effort: 'high', summary: 'auto' }, store: false });
    expect(plan).to.not.have.any.keys('max_output_tokens', 'prompt_cache_retention');
    expect(await responses(messages, { system: '' }, account)).to.include({ instructions: '' });
  });
});

describe('a request to Chat Completions', () => {
  beforeEach(forgetNotices);

  it('asks for a stream with its counts, keys in their order', async () => {
    const body = await chat([user('hello')], { effort: 'medium' });
    expect(Object.keys(body)).to.deep.equal([
      'model',
      'messages',
      'stream',
      'tools',
      'tool_choice',
      'stream_options',
      'reasoning_effort',
      'prompt_cache_key',
    ]);
    expect(body.messages).to.deep.equal([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ]);
    expect(body.stream_options).to.deep.equal({ include_usage: true });
  });

  it('carries calls in parallel with their results, each a message, failures marked in words', async () => {
    const body = await chat([
      user('hello'),
      assistant([thought, text('I look.'), call('call_1'), call('call_2')]),
      {
        ...result('call_1', []),
        parts: [...result('call_1', [text('one')]).parts, ...result('call_2', [], true).parts],
      },
    ]);
    expect(body.messages.slice(2)).to.deep.equal([
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } },
          { id: 'call_2', type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } },
        ],
      },
      { role: 'tool', content: 'one', tool_call_id: 'call_1' },
      { role: 'tool', content: 'Error: failed without a message', tool_call_id: 'call_2' },
    ]);
  });

  it('carries images and PDFs of a person, and those of tools in a message after their results', async () => {
    const body = await chat([{ ...user(''), parts: [text('See.'), image, pdf] as Part[] }]);
    expect(body.messages[1]!.content).to.deep.equal([
      { type: 'text', text: 'See.' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
      {
        type: 'file',
        file: {
          filename: 'a.pdf',
          file_data: `data:application/pdf;base64,${Buffer.from('%PDF').toString('base64')}`,
        },
      },
    ]);
    expect(notices).to.deep.equal([]);
    const tool = await chat([assistant([call('a')]), result('a', [text('one'), image])]);
    const [told, shown] = tool.messages.slice(-2);
    expect(told).to.include({ role: 'tool', content: 'one\n[shown below]' });
    expect(shown).to.deep.equal({
      role: 'user',
      content: [
        { type: 'text', text: 'look shows:' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
      ],
    });
    const gone = await chat([assistant([call('a')]), result('a', [{ ...image, blob: 'gone' }])]);
    expect(gone.messages.at(-1)).to.include({ role: 'tool', content: '[an image, image/png, not sent]' });
  });

  it('drops messages that would say nothing', async () => {
    const body = await chat([user('  '), assistant([thought]), user('hello')]);
    expect(body.messages.map(({ role }) => role)).to.deep.equal(['system', 'user']);
  });

  it('has the form of the reference where that is wanted', async () => {
    const messages = [user('hello'), assistant([call('a')]), result('a', [text('alpha file')])];
    const body = await chat(messages, {}, CHAT.llxprt);
    expect(body.messages.at(-1)!.content).to.equal(
      'status:\nsuccess\n\ntoolName:\nlook\n\nerror:\n\n\noutput:\nalpha file',
    );
    expect(body).to.not.have.property('prompt_cache_key');
    const vercel = await chat(messages, {}, CHAT['llxprt-vercel']);
    expect((vercel.tools[0]!.function as { strict: unknown }).strict).to.equal(false);
  });
});
