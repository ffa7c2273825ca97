import { ApiError, type Content, type GenerateContentResponse, type Part } from '@google/genai';
import { expect } from 'chai';
import { contentOf, type ProviderSim, startProviderSim } from '../../src/index.js';
import { client, model, newModel, user, writeFile } from './support.js';

describe("the Gemini API of the simulator, judged by the vendor's client", () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  afterEach(async () => sim.close());

  const tools = [{ functionDeclarations: [writeFile] }];
  const thinkingConfig = { includeThoughts: true };

  async function stream(contents: Content[], config: object = {}, id = newModel) {
    const pieces: GenerateContentResponse[] = [];
    const answers = await client(sim).models.generateContentStream({ model: id, contents, config });
    for await (const piece of answers) pieces.push(piece);
    const parts = pieces.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    return { pieces, parts, last: pieces.at(-1)! };
  }
  const textOf = (parts: readonly Part[], thought: boolean) =>
    parts.flatMap((part) => ((part.thought ?? false) === thought && part.text ? [part.text] : [])).join('');
  const failure = (promise: Promise<unknown>) => promise.catch((cause: unknown) => cause as ApiError);

  it('streams thoughts, text and parallel calls that the client puts together, and counts its tokens', async () => {
    sim.play({
      steps: [
        { type: 'thinking', text: 'Two files, so two calls.' },
        { type: 'text', text: 'I write both – ä😀 too.', chunk: 3 },
        { type: 'event', name: 'later', data: { fromTheFuture: true } },
        { type: 'tool', name: 'write_file', id: 'one', input: { file_path: 'a', content: 'one' } },
        { type: 'tool', name: 'write_file', id: 'two', input: { file_path: 'b', content: 'two' } },
      ],
      usage: { input_tokens: 11, output_tokens: 40, cache_read_input_tokens: 33 },
    });
    const { pieces, parts, last } = await stream([user('go')], { tools, thinkingConfig });
    expect(textOf(parts, true)).to.equal('Two files, so two calls.');
    expect(textOf(parts, false)).to.equal('I write both – ä😀 too.');
    expect(pieces.length).to.be.greaterThan(8);
    expect(parts.flatMap(({ functionCall }) => functionCall ?? [])).to.deep.equal([
      { name: 'write_file', args: { file_path: 'a', content: 'one' }, id: 'one' },
      { name: 'write_file', args: { file_path: 'b', content: 'two' }, id: 'two' },
    ]);
    expect(parts.filter(({ thoughtSignature }) => thoughtSignature)).to.have.length(1);
    expect(last.candidates?.[0]?.finishReason).to.equal('STOP');
    const used = last.usageMetadata!;
    expect(used).to.include({ promptTokenCount: 44, cachedContentTokenCount: 33, totalTokenCount: 84 });
    expect(used.candidatesTokenCount! + used.thoughtsTokenCount!).to.equal(40);
    expect(last).to.include({ modelVersion: newModel });
  });

  it('searches where it may, and says with the last piece what the text rests on', async () => {
    const { parts, last } = await stream([user('weather')], { tools: [{ googleSearch: {} }] });
    expect(textOf(parts, false)).to.equal('Found 2 pages on: weather');
    const grounding = last.candidates?.[0]?.groundingMetadata;
    expect(grounding?.webSearchQueries).to.deep.equal(['weather']);
    expect(grounding?.groundingChunks?.map(({ web }) => web?.title)).to.have.length(2);
    expect(grounding?.groundingSupports?.[0]?.groundingChunkIndices).to.deep.equal([0, 1]);
    const both = await failure(stream([user('x')], { tools: [{ googleSearch: {} }, ...tools] }));
    expect(both).to.have.property('message').that.contains('unsupported');
  });

  it('keeps thoughts to itself unless asked for them, and gives no ids to calls of older models', async () => {
    sim.play({
      steps: [
        { type: 'thinking', text: 'Hm.' },
        { type: 'tool', name: 'write_file', id: 'one', input: {} },
      ],
    });
    const { parts } = await stream([user('go')], { tools }, model);
    expect(textOf(parts, true)).to.equal('');
    expect(parts[0]?.functionCall).to.deep.equal({ name: 'write_file', args: {} });
    expect(parts[0]?.thoughtSignature).to.be.a('string');
  });

  it('gives the same reply without a stream, and as a list where no events are asked for', async () => {
    const reply = { steps: [{ type: 'text' as const, text: 'Hello you' }], stop_reason: 'max_tokens' };
    sim.play({ reply, times: 0 });
    const whole = await client(sim).models.generateContent({ model, contents: [user('hi')] });
    expect(whole.text).to.equal('Hello you');
    expect(whole.candidates?.[0]?.finishReason).to.equal('MAX_TOKENS');
    const response = await fetch(`${sim.url}/v1beta/models/${model}:streamGenerateContent?key=k`, {
      method: 'POST',
      body: JSON.stringify({ contents: user('hi') }),
    });
    expect(response.headers.get('content-type')).to.equal('application/json; charset=UTF-8');
    const list = (await response.json()) as GenerateContentResponse[];
    const parts = list.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    expect(textOf(parts, false)).to.equal('Hello you');
  });

  it('writes the named files by its default script, takes its own signatures back, and reports the results', async () => {
    const history: Content[] = [user('write a.txt b.txt')];
    const { parts } = await stream(history, { tools, thinkingConfig });
    const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
    expect(calls.map(({ args }) => args)).to.deep.equal([
      { file_path: 'a.txt', content: contentOf('test', 'a.txt', 1) },
      { file_path: 'b.txt', content: contentOf('test', 'b.txt', 1) },
    ]);
    const responses = calls.map(({ id, name }, index) => ({
      functionResponse: { id: id!, name: name!, response: index === 1 ? { error: 'no' } : { output: 'ok' } },
    }));
    history.push({ role: 'model', parts }, { role: 'user', parts: responses });
    const { parts: said } = await stream(history, { tools });
    expect(textOf(said, false)).to.match(/^Finished: 1 of 2 failed\. ok \| no/);
    expect(sim.rejected).to.deep.equal([]);
  });

  it('answers the same request with the same bytes, in another process of the same seed too', async () => {
    const twin = await startProviderSim({ seed: 'test' });
    const texts = await Promise.all(
      [sim, sim, twin].map(async (each) => {
        const url = `${each.url}/v1beta/models/${newModel}:streamGenerateContent?alt=sse&key=k`;
        const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ contents: [user('long 50')] }) });
        return answer.text();
      }),
    );
    await twin.close();
    expect(new Set(texts).size).to.equal(1);
    expect(texts[0]).to.match(/^data: \{.*\}\r\n\r\ndata: /);
  });

  it('ends as real answers do: blocked, refused, with a malformed call, or without a reason', async () => {
    sim.play(
      { steps: [], stop_reason: 'blocked' },
      { steps: [{ type: 'text', text: 'No' }], stop_reason: 'refusal' },
      { steps: [{ type: 'tool', name: 'write_file', raw: '{"a' }] },
      { steps: [{ type: 'text', text: 'Bye' }], stop_reason: 'none' },
    );
    const blocked = await stream([user('?')]);
    expect(blocked.last.promptFeedback?.blockReason).to.equal('PROHIBITED_CONTENT');
    expect(blocked.last.candidates).to.equal(undefined);
    const reasons: unknown[] = [];
    for (let index = 0; index < 3; index += 1)
      reasons.push((await stream([user('?')])).last.candidates?.[0]?.finishReason);
    expect(reasons).to.deep.equal(['SAFETY', 'MALFORMED_FUNCTION_CALL', undefined]);
  });

  it('lists its models page by page, and counts tokens', async () => {
    const ids: string[] = [];
    for await (const each of await client(sim).models.list({ config: { pageSize: 3 } })) ids.push(each.name!);
    expect(ids).to.include(`models/${model}`).and.to.have.length.greaterThan(9);
    const one = await client(sim).models.get({ model: newModel });
    expect(one).to.include({ name: `models/${newModel}`, inputTokenLimit: 1_048_576, outputTokenLimit: 65_536 });
    expect(one.supportedActions).to.include('generateContent');
    const counted = await client(sim).models.countTokens({ model, contents: [user('hello there')] });
    expect(counted.totalTokens).to.equal(3);
  });

  it('speaks errors the client knows', async () => {
    const kinds = [
      [401, 'UNAUTHENTICATED'],
      [403, 'PERMISSION_DENIED'],
      [404, 'NOT_FOUND'],
      [429, 'RESOURCE_EXHAUSTED'],
      [500, 'INTERNAL'],
      [503, 'UNAVAILABLE'],
      [504, 'DEADLINE_EXCEEDED'],
    ] as const;
    for (const [status, name] of kinds) {
      sim.fault({ type: 'status', status });
      const error = await failure(client(sim).models.generateContent({ model, contents: [user('hi')] }));
      expect(error, `${status}`).to.be.instanceOf(ApiError);
      expect(error).to.have.property('status', status);
      expect(JSON.parse((error as ApiError).message).error).to.include({ code: status, status: name });
    }
    const wrongKey = await failure(client(sim, 'invalid').models.generateContent({ model, contents: [user('hi')] }));
    expect(wrongKey).to.have.property('status', 400);
    expect((wrongKey as ApiError).message).to.contain('API_KEY_INVALID');
  });

  it('breaks a good answer with an error, as the real one does', async () => {
    sim.fault({ type: 'error_event', at: 4 });
    const error = await failure(stream([user('long 100')]));
    expect(error).to.be.instanceOf(ApiError);
    expect((error as ApiError).message).to.contain('UNAVAILABLE');
  });
});
