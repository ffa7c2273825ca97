import Anthropic from '@anthropic-ai/sdk';
import { expect } from 'chai';
import { contentOf, type ProviderSim, startProviderSim } from '../src/index.js';
import { client, model, user, writeFile } from './support.js';

describe("the provider simulator, judged by the vendor's client", () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  afterEach(async () => sim.close());

  const ask = (messages: Anthropic.MessageParam[], more: object = {}) => ({
    model,
    max_tokens: 1000,
    messages,
    ...more,
  });

  it('streams text, thinking and parallel tool calls that the client puts together', async () => {
    sim.play({
      steps: [
        { type: 'thinking', text: 'Two files, so two calls.' },
        { type: 'text', text: 'I write both – ä😀 too.', chunk: 3 },
        { type: 'event', name: 'from_the_future', data: { type: 'from_the_future' } },
        { type: 'tool', name: 'write_file', id: 'toolu_1', input: { file_path: 'a', content: 'one' } },
        { type: 'ping' },
        { type: 'tool', name: 'write_file', id: 'toolu_2', input: { file_path: 'b', content: 'two' } },
      ],
      usage: { input_tokens: 11, output_tokens: 22, cache_read_input_tokens: 33 },
    });
    const stream = client(sim).messages.stream(ask([user('go')], { tools: [writeFile] }));
    const texts: string[] = [];
    stream.on('text', (delta) => texts.push(delta));
    const final = await stream.finalMessage();
    expect(final.content.map(({ type }) => type)).to.deep.equal(['thinking', 'text', 'tool_use', 'tool_use']);
    expect(texts.join('')).to.equal('I write both – ä😀 too.');
    expect(texts.length).to.be.greaterThan(5);
    expect(final.content[3]).to.include({ id: 'toolu_2', name: 'write_file' });
    expect(final.content[3]).to.have.deep.property('input', { file_path: 'b', content: 'two' });
    expect(final.stop_reason).to.equal('tool_use');
    expect(final.usage).to.include({ input_tokens: 11, output_tokens: 22, cache_read_input_tokens: 33 });
  });

  it('searches where it may, in the blocks the client knows, and cites what it found', async () => {
    const tools = [{ type: 'web_search_20250305' as const, name: 'web_search' as const, max_uses: 5 }];
    const final = await client(sim)
      .messages.stream(ask([user('weather')], { tools }))
      .finalMessage();
    expect(final.content.map(({ type }) => type)).to.deep.equal(['server_tool_use', 'web_search_tool_result', 'text']);
    expect(final.content[0]).to.have.deep.property('input', { query: 'weather' });
    const text = final.content[2] as Anthropic.TextBlock;
    expect(text.text).to.equal('Found 2 pages on: weather');
    expect(text.citations?.map(({ type }) => type)).to.deep.equal(Array(2).fill('web_search_result_location'));
    const whole = await client(sim).messages.create(ask([user('weather')], { tools }));
    expect(whole.content.map(({ type }) => type)).to.deep.equal(final.content.map(({ type }) => type));
    const wrong = ask([user('x')], { tools: [{ ...tools[0], name: 'search' }] });
    expect(await client(sim).messages.create(wrong).catch(String)).to.match(/should be 'web_search'/);
  });

  it('gives the same reply without a stream', async () => {
    sim.play({ steps: [{ type: 'redacted_thinking' }, { type: 'text', text: 'Hello' }], stop_reason: 'max_tokens' });
    const message = await client(sim).messages.create(ask([user('hi')]));
    expect(message).to.include({ type: 'message', role: 'assistant', model, stop_reason: 'max_tokens' });
    expect(message.content.map(({ type }) => type)).to.deep.equal(['redacted_thinking', 'text']);
  });

  it('writes the named files by its default script, and reports the results', async () => {
    const anthropic = client(sim);
    const history: Anthropic.MessageParam[] = [user('write a.txt b.txt')];
    const first = await anthropic.messages.stream(ask(history, { tools: [writeFile] })).finalMessage();
    const calls = first.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ input }) => input)).to.deep.equal([
      { file_path: 'a.txt', content: contentOf('test', 'a.txt', 1) },
      { file_path: 'b.txt', content: contentOf('test', 'b.txt', 1) },
    ]);
    const results = calls.map(({ id }, index) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: 'ok',
      is_error: index === 1,
    }));
    history.push({ role: 'assistant', content: first.content }, { role: 'user', content: results });
    const last = await anthropic.messages.stream(ask(history, { tools: [writeFile] })).finalMessage();
    expect(last.content[0])
      .to.have.property('text')
      .that.matches(/^Finished: 1 of 2 failed/);
    expect(sim.rejected).to.deep.equal([]);
  });

  it('answers the same request with the same bytes, in another process of the same seed too', async () => {
    const twin = await startProviderSim({ seed: 'test' });
    const texts = await Promise.all(
      [sim, sim, twin].map(async (each) => {
        const response = await client(each).messages.create(ask([user('long 50')]));
        return JSON.stringify(response);
      }),
    );
    await twin.close();
    expect(new Set(texts).size).to.equal(1);
  });

  it('has other verbs in its default script, and echoes what it does not know', async () => {
    const tool = (name: string, parameter: string): Anthropic.Tool => ({
      name,
      input_schema: { type: 'object', properties: { [parameter]: { type: 'string' } } },
    });
    const tools = [tool('read_file', 'absolute_path'), tool('list_directory', 'path')];
    const say = async (text: string) =>
      (await client(sim).messages.create(ask([user(text)], { tools }))).content.at(-1)!;
    expect(await say('read a.txt')).to.deep.include({ name: 'read_file', input: { absolute_path: 'a.txt' } });
    expect(await say('list')).to.deep.include({ name: 'list_directory', input: { path: '.' } });
    expect(await say('long 3'))
      .to.have.property('text')
      .that.matches(/^\w{5} \w{5} \w{5}$/);
    expect(await say('good morning')).to.have.property('text', 'You said: good morning');
    expect(await say('constructor')).to.have.property('text', 'You said: constructor');
    expect(await say('write x'))
      .to.have.property('text')
      .that.contains('no tool write_file');
  });

  it('takes back its own signed thinking and refuses any other', async () => {
    sim.play({
      steps: [{ type: 'thinking', text: 'Hm.' }, { type: 'redacted_thinking' }, { type: 'text', text: 'Yes.' }],
    });
    const anthropic = client(sim);
    const { content } = await anthropic.messages.create(ask([user('?')]));
    const again = [user('?'), { role: 'assistant' as const, content }, user('sure?')];
    await anthropic.messages.create(ask(again));
    const forged = structuredClone(again);
    Object.assign((forged[1]!.content as Anthropic.ContentBlock[])[0]!, { thinking: 'Hm!' });
    const error = await anthropic.messages.create(ask(forged)).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(Anthropic.BadRequestError);
    expect((error as Error).message).to.contain('Invalid `signature` in `thinking` block');
    const elsewhere = { ...ask(again), model: 'claude-sonnet-5-5' };
    expect(await anthropic.messages.create(elsewhere).catch((cause: unknown) => cause)).to.be.instanceOf(Error);
    expect(sim.rejected).to.have.length(2);
  });

  it('lists its models page by page, and counts tokens', async () => {
    const anthropic = client(sim);
    const ids: string[] = [];
    for await (const each of anthropic.models.list({ limit: 2 })) ids.push(each.id);
    expect(ids).to.include(model).and.to.have.length.greaterThan(4);
    expect(await anthropic.models.retrieve(model)).to.include({ id: model, max_input_tokens: 1_000_000 });
    const { input_tokens } = await anthropic.messages.countTokens({ model, messages: [user('hello')] });
    expect(input_tokens).to.be.greaterThan(5);
  });

  it('speaks errors the client knows', async () => {
    const kinds = [
      [401, Anthropic.AuthenticationError],
      [403, Anthropic.PermissionDeniedError],
      [404, Anthropic.NotFoundError],
      [429, Anthropic.RateLimitError],
      [500, Anthropic.InternalServerError],
      [529, Anthropic.InternalServerError],
    ] as const;
    for (const [status, kind] of kinds) {
      sim.fault({ type: 'status', status, retry_after: '7' });
      const error = await client(sim)
        .messages.create(ask([user('hi')]))
        .catch((cause: unknown) => cause);
      expect(error, `${status}`).to.be.instanceOf(kind);
      expect(error).to.have.property('requestID').that.matches(/^req_/);
      expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).to.equal('7');
    }
    const unknown = await client(sim, 'invalid')
      .messages.create(ask([user('hi')]))
      .catch((cause: unknown) => cause);
    expect(unknown).to.be.instanceOf(Anthropic.AuthenticationError);
  });

  it('breaks a good answer with an error event, as the real one does', async () => {
    sim.fault({ type: 'error_event', at: 4 });
    const reading = client(sim)
      .messages.stream(ask([user('long 100')]))
      .finalMessage();
    const error = await reading.catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(Anthropic.APIError);
    expect((error as Error).message).to.contain('overloaded_error');
  });
});
