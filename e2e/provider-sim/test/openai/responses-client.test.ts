import { expect } from 'chai';
import OpenAI from 'openai';
import { contentOf, type ProviderSim, startProviderSim } from '../../src/index.js';
import { client, document, model, picture, user, writeFile } from './support.js';

type Input = OpenAI.Responses.ResponseInputItem;

describe("the Responses API of the simulator, judged by the vendor's client", () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  afterEach(async () => sim.close());

  const ask = (input: string | Input[], more: object = {}) => ({
    model,
    input,
    store: false,
    reasoning: { summary: 'auto' as const },
    include: ['reasoning.encrypted_content' as const],
    ...more,
  });

  it('searches where it may, and cites what it found', async () => {
    const tools = [{ type: 'web_search' as const }];
    const stream = client(sim).responses.stream(ask('weather', { tools }));
    const told: string[] = [];
    stream.on('event', ({ type }) => /web_search|annotation/.test(type) && told.push(type));
    const { output, output_text } = await stream.finalResponse();
    expect(output.map(({ type }) => type)).to.deep.equal(['web_search_call', 'message']);
    expect(output_text).to.equal('Found 2 pages on: weather');
    const [content] = (output[1] as OpenAI.Responses.ResponseOutputMessage).content;
    const cited = (content as OpenAI.Responses.ResponseOutputText).annotations;
    expect(cited.map(({ type }) => type)).to.deep.equal(['url_citation', 'url_citation']);
    const states = ['in_progress', 'searching', 'completed'].map((state) => `response.web_search_call.${state}`);
    expect(told).to.deep.equal([...states, ...Array(2).fill('response.output_text.annotation.added')]);
  });

  it('streams thinking, text and parallel calls that the client puts together', async () => {
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
    const stream = client(sim).responses.stream(ask('go', { tools: [writeFile] }));
    const texts: string[] = [];
    const numbers: number[] = [];
    stream.on('response.output_text.delta', ({ delta }) => texts.push(delta));
    stream.on('event', ({ sequence_number }) => numbers.push(sequence_number));
    const final = await stream.finalResponse();
    expect(final.output.map(({ type }) => type)).to.deep.equal([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
    expect(final.output_text).to.equal('I write both – ä😀 too.');
    expect(texts.join('')).to.equal(final.output_text);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index));
    expect(final.output[0]).to.have.nested.property('summary[0].text', 'Two files, so two calls.');
    expect(final.output[2]).to.include({ call_id: 'call_1', name: 'write_file' });
    expect(final.output[3]).to.have.property('arguments', '{"file_path":"b","content":"two"}');
    expect(final.usage).to.deep.equal({
      input_tokens: 44,
      input_tokens_details: { cached_tokens: 33, cache_write_tokens: 0 },
      output_tokens: 22,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 66,
    });
  });

  it('sends the events of an item in the order of the grammar', async () => {
    sim.play({
      steps: [
        { type: 'thinking', text: 'Hm' },
        { type: 'text', text: 'Yes' },
        { type: 'tool', name: 'look', input: {} },
      ],
    });
    const stream = await client(sim).responses.create({ ...ask('go'), stream: true });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type.replace('response.', ''));
    expect(types).to.deep.equal([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
  });

  it('gives the same response without a stream, and the same bytes for the same request', async () => {
    const openai = client(sim);
    const whole = await openai.responses.create(ask('good morning'));
    expect(whole).to.include({ object: 'response', status: 'completed', model });
    const streamed = await openai.responses.stream(ask('good morning')).finalResponse();
    expect(streamed.output_text).to.equal(whole.output_text);
    const twin = await startProviderSim({ seed: 'test' });
    const texts = await Promise.all(
      [sim, sim, twin].map(async (each) => JSON.stringify(await client(each).responses.create(ask('long 20')))),
    );
    await twin.close();
    expect(new Set(texts).size).to.equal(1);
  });

  it('writes the named files by its default script, takes its reasoning back, and reports the results', async () => {
    const openai = client(sim);
    const history: Input[] = [user('write a.txt b.txt')];
    const first = await openai.responses.create(ask(history, { tools: [writeFile] }));
    const calls = first.output.filter((item) => item.type === 'function_call');
    expect(calls.map((call) => JSON.parse(call.arguments))).to.deep.equal([
      { file_path: 'a.txt', content: contentOf('test', 'a.txt', 1) },
      { file_path: 'b.txt', content: contentOf('test', 'b.txt', 1) },
    ]);
    history.push(...(first.output as Input[]));
    const outputs = calls.map(({ call_id }, index) => ({
      type: 'function_call_output' as const,
      call_id,
      output: index === 1 ? 'Error: full' : 'ok',
    }));
    history.push(...outputs);
    const last = await openai.responses.create(ask(history, { tools: [writeFile] }));
    expect(last.output_text).to.match(/^Finished: 1 of 2 failed/);
    expect(sim.rejected).to.deep.equal([]);
  });

  it('ends early in the ways the API knows', async () => {
    const openai = client(sim);
    const ends = [
      ['max_tokens', 'incomplete', 'max_output_tokens'],
      ['content_filter', 'incomplete', 'content_filter'],
      ['failed', 'failed', undefined],
      ['end_turn', 'completed', undefined],
    ] as const;
    for (const [stop_reason, status, reason] of ends) {
      sim.play({ steps: [{ type: 'text', text: 'x' }], stop_reason });
      const events = [];
      for await (const event of await openai.responses.create({ ...ask('go'), stream: true })) events.push(event);
      const last = events.at(-1)! as OpenAI.Responses.ResponseCompletedEvent;
      expect(last.type).to.equal(`response.${status}`);
      expect(last.response.incomplete_details?.reason).to.equal(reason);
      expect(last.response.error?.code).to.equal(status === 'failed' ? 'server_error' : undefined);
    }
    sim.play({ steps: [{ type: 'text', text: 'I cannot.' }], stop_reason: 'refusal' });
    const { output } = await openai.responses.stream(ask('go')).finalResponse();
    expect(output[0]).to.have.deep.nested.property('content[0].refusal', 'I cannot.');
  });

  it('shows thinking only to who asked for it, and none of a model that does not reason', async () => {
    const steps = [
      { type: 'thinking' as const, text: 'Hm.' },
      { type: 'text' as const, text: 'Yes.' },
    ];
    sim.play({ reply: { steps }, times: 3 });
    const openai = client(sim);
    const plain = await openai.responses.create({ model, input: 'go' });
    expect(plain.output[0]).to.have.deep.property('summary', []);
    expect(plain.output[0]).not.to.have.property('encrypted_content');
    const other = await openai.responses.create({ model: 'gpt-4o-2024-11-20', input: 'go' });
    expect(other.output.map(({ type }) => type)).to.deep.equal(['message']);
    const calm = await openai.responses.create({ model: 'gpt-5.1', input: 'go' });
    expect(calm.output.map(({ type }) => type)).to.deep.equal(['message']);
  });

  it('reads pictures and documents, and counts what it reads', async () => {
    const content: OpenAI.Responses.ResponseInputMessageContentList = [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: picture, detail: 'auto' },
      { type: 'input_file', filename: 'a.pdf', file_data: document },
    ];
    const openai = client(sim);
    const input = [{ role: 'user' as const, content }];
    const { output_text, usage } = await openai.responses.create({ model, input });
    expect(output_text).to.equal('You said: What is this?');
    const counted = await openai.responses.inputTokens.count({ model, input });
    expect(counted).to.deep.equal({ object: 'response.input_tokens', input_tokens: usage!.input_tokens });
    expect(counted.input_tokens).to.be.greaterThan(1500).and.lessThan(1700);
  });

  it('tells inside a 200 that the input is too long, or by a 400 where no stream was asked for', async () => {
    const input = 'x'.repeat(1_700_000);
    const openai = client(sim);
    const read = async () => {
      for await (const _ of await openai.responses.create({ model, input, stream: true }));
    };
    const inside = await read().catch((cause: unknown) => cause);
    expect(inside)
      .to.be.instanceOf(OpenAI.APIError)
      .and.to.include({ code: 'context_length_exceeded', param: 'input' });
    const before = await openai.responses.create({ model, input }).catch((cause: unknown) => cause);
    expect(before).to.be.instanceOf(OpenAI.BadRequestError).and.to.include({ code: 'context_length_exceeded' });
    expect(sim.rejected.map(({ status }) => status)).to.deep.equal([200, 400]);
  });
});
