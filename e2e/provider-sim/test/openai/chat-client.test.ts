import { expect } from 'chai';
import OpenAI from 'openai';
import { contentOf, OPENAI_MODELS, type ProviderSim, startProviderSim } from '../../src/index.js';
import { chatWriteFile, client, document, model, picture, user } from './support.js';

type Message = OpenAI.ChatCompletionMessageParam;

describe("Chat Completions of the simulator, judged by the vendor's client", () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  afterEach(async () => sim.close());

  const ask = (messages: Message[], more: object = {}) => ({ model, messages, ...more });
  const withUsage = { stream_options: { include_usage: true } };

  it('streams text and parallel calls in pieces that the client puts together', async () => {
    sim.play({
      steps: [
        { type: 'thinking', text: 'Two files, so two calls.' },
        { type: 'text', text: 'I write both – ä😀 too.', chunk: 3 },
        { type: 'ping' },
        { type: 'tool', name: 'write_file', id: 'call_1', input: { file_path: 'a', content: 'one' } },
        { type: 'tool', name: 'write_file', input: { file_path: 'b', content: 'two' } },
      ],
      usage: { input_tokens: 11, output_tokens: 22, cache_read_input_tokens: 33, reasoning_tokens: 5 },
    });
    const stream = client(sim).chat.completions.stream(ask([user('go')], { tools: [chatWriteFile], ...withUsage }));
    const texts: string[] = [];
    stream.on('content', (delta) => texts.push(delta));
    const { choices, usage } = await stream.finalChatCompletion();
    const { message, finish_reason } = choices[0]!;
    expect([finish_reason, message.content]).to.deep.equal(['tool_calls', 'I write both – ä😀 too.']);
    expect(texts.join('')).to.equal(message.content);
    expect(message.tool_calls).to.have.length(2);
    expect(message.tool_calls![0]).to.have.property('id', 'call_1');
    expect(message.tool_calls![1]).to.have.nested.property('function.arguments', '{"file_path":"b","content":"two"}');
    expect(usage).to.deep.include({ prompt_tokens: 44, completion_tokens: 22, total_tokens: 66 });
    expect(usage).to.have.nested.property('prompt_tokens_details.cached_tokens', 33);
    expect(usage).to.have.nested.property('completion_tokens_details.reasoning_tokens', 5);
  });

  it('sends a chunk with the role, then pieces, the reason of the end, and usage where it was asked for', async () => {
    sim.play({ reply: { steps: [{ type: 'text', text: 'Yes' }] }, times: 2 });
    const openai = client(sim);
    const chunks = async (more: object) => {
      const all: OpenAI.ChatCompletionChunk[] = [];
      const stream = await openai.chat.completions.create({ ...ask([user('go')]), ...more, stream: true });
      for await (const chunk of stream) all.push(chunk);
      return all;
    };
    const told = await chunks(withUsage);
    expect(told.map(({ choices }) => choices[0]?.delta ?? null)).to.deep.equal([
      { role: 'assistant', content: '', refusal: null },
      { content: 'Yes' },
      {},
      null,
    ]);
    expect(told.map(({ usage }) => usage?.total_tokens !== undefined)).to.deep.equal([false, false, false, true]);
    expect(told[2]!.choices[0]!.finish_reason).to.equal('stop');
    const untold = await chunks({});
    expect(untold).to.have.length(3);
    expect(untold[0]).not.to.have.property('usage');
  });

  it('gives the same message without a stream', async () => {
    const openai = client(sim);
    const whole = await openai.chat.completions.create(ask([user('good morning')]));
    const streamed = await openai.chat.completions.stream(ask([user('good morning')])).finalChatCompletion();
    expect(whole.object).to.equal('chat.completion');
    expect(streamed.choices[0]!.message.content).to.equal(whole.choices[0]!.message.content);
    for (const [stop_reason, finish] of [
      ['max_tokens', 'length'],
      ['content_filter', 'content_filter'],
      ['refusal', 'stop'],
    ] as const) {
      sim.play({ steps: [{ type: 'text', text: 'x' }], stop_reason });
      const { choices } = await openai.chat.completions.create(ask([user('go')]));
      expect(choices[0]!.finish_reason).to.equal(finish);
      expect(choices[0]!.message.refusal).to.equal(stop_reason === 'refusal' ? 'x' : null);
    }
  });

  it('writes the named files by its default script, and reports the results', async () => {
    const openai = client(sim);
    const history: Message[] = [{ role: 'system', content: 'Be brief.' }, user('write a.txt b.txt')];
    const more = { tools: [chatWriteFile] };
    const { choices } = await openai.chat.completions.create(ask(history, more));
    const { message } = choices[0]!;
    const calls = message.tool_calls!.filter((call) => call.type === 'function');
    expect(calls.map((call) => JSON.parse(call.function.arguments))).to.deep.equal([
      { file_path: 'a.txt', content: contentOf('test', 'a.txt', 2) },
      { file_path: 'b.txt', content: contentOf('test', 'b.txt', 2) },
    ]);
    history.push(message);
    for (const [index, { id }] of calls.entries())
      history.push({ role: 'tool', tool_call_id: id, content: index === 1 ? 'Error: full' : 'ok' });
    const last = await openai.chat.completions.create(ask(history, more));
    expect(last.choices[0]!.message.content).to.match(/^Finished: 1 of 2 failed/);
    expect(sim.rejected).to.deep.equal([]);
  });

  it('shows the thinking of models of other vendors', async () => {
    sim.play({
      reply: {
        steps: [
          { type: 'thinking', text: 'Hm.' },
          { type: 'text', text: 'Yes.' },
        ],
      },
      times: 2,
    });
    const openai = client(sim);
    const deltas: unknown[] = [];
    const stream = await openai.chat.completions.create({
      model: 'deepseek-reasoner',
      messages: [user('?')],
      stream: true,
    });
    for await (const { choices } of stream) deltas.push(choices[0]!.delta);
    expect(deltas).to.deep.include({ reasoning_content: 'Hm.' });
    const own = await openai.chat.completions.create(ask([user('?')]));
    expect(own.choices[0]!.message).not.to.have.property('reasoning_content');
  });

  it('reads pictures and documents', async () => {
    const content: OpenAI.ChatCompletionContentPart[] = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: picture } },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: document } },
    ];
    const { choices } = await client(sim).chat.completions.create(ask([{ role: 'user', content }]));
    expect(choices[0]!.message.content).to.equal('You said: What is this?');
  });

  it('lists its models', async () => {
    const openai = client(sim);
    const ids: string[] = [];
    for await (const { id } of openai.models.list()) ids.push(id);
    expect(ids).to.deep.equal(OPENAI_MODELS.map(({ id }) => id));
    expect(await openai.models.retrieve('gpt-5')).to.deep.equal({
      id: 'gpt-5',
      object: 'model',
      created: 1_754_524_800,
      owned_by: 'system',
    });
    const unknown = await openai.models.retrieve('gpt-0').catch((cause: unknown) => cause);
    expect(unknown).to.be.instanceOf(OpenAI.NotFoundError).and.to.include({ code: 'model_not_found' });
  });
});
