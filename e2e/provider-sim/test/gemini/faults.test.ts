import { expect } from 'chai';
import { type ProviderSim, type Reply, startProviderSim } from '../../src/index.js';
import { type GoogleErrorBody, newModel, post, user } from './support.js';

describe('faults and holds of the Gemini API of the simulator', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim();
  });
  afterEach(async () => sim.close());

  const reply: Reply = {
    steps: [
      { type: 'text', text: 'one two', chunk: 4 },
      { type: 'hold', name: 'middle' },
      { type: 'tool', name: 'look', input: {} },
    ],
  };
  const open = () =>
    fetch(`${sim.url}/v1beta/models/${newModel}:streamGenerateContent?alt=sse&key=k`, {
      method: 'POST',
      body: JSON.stringify({ contents: [user('hi')] }),
    });

  it('waits at the points that answers of all formats have', async () => {
    const points = ['start', 'delta:2', 'middle', 'tool', 'stop', 'end'];
    sim.play(reply);
    for (const point of points) sim.holds.arm(point);
    const text = open().then((response) => response.text());
    for (const point of points) {
      await sim.holds.reached(point);
      expect(sim.holds.waiting()).to.deep.equal([point]);
      sim.holds.release(point);
    }
    expect(await text).to.match(/"finishReason":"STOP".*\r\n\r\n$/);
  });

  it('cuts at a byte, and spoils the JSON of an event', async () => {
    sim.play({ reply: { steps: [{ type: 'text', text: 'one two three' }] }, times: 0 });
    const whole = await (await open()).text();
    sim.fault({ type: 'cut', at: 100 });
    const cut = await open();
    let got = '';
    const failed = await (async () => {
      for await (const chunk of cut.body!) got += Buffer.from(chunk).toString();
    })().then(
      () => false,
      () => true,
    );
    expect([failed, got]).to.deep.equal([true, whole.slice(0, 100)]);
    sim.fault({ type: 'malformed', at: 0 });
    expect(await (await open()).text()).to.match(/^data: \{\{/);
  });

  it('says in the body how long to wait, as the real one does', async () => {
    sim.fault({ type: 'status', status: 429, retry_after: '2' });
    const { status, headers, json } = await post(sim, { contents: [user('hi')] });
    expect([status, headers.get('retry-after')]).to.deep.equal([429, '2']);
    const details = (json as GoogleErrorBody).error.details!;
    expect(details.find((each) => each['@type'].endsWith('RetryInfo'))).to.have.property('retryDelay', '2s');
    expect(JSON.stringify(details)).to.contain('PerMinute');
  });

  it('tells an overload in the middle of an answer', async () => {
    sim.fault({ type: 'error_event', at: 1 });
    const events = (await (await open()).text()).split('\r\n\r\n').filter(Boolean);
    expect(events).to.have.length(2);
    expect(JSON.parse(events[1]!.slice('data: '.length)).error).to.include({ code: 503, status: 'UNAVAILABLE' });
  });

  it('counts what its scripts say of thoughts and of tools of its own', async () => {
    const usage = { input_tokens: 10, output_tokens: 9, reasoning_tokens: 4, tool_input_tokens: 3 };
    sim.play({ steps: [{ type: 'text', text: 'x' }], usage });
    const { json } = await post(sim, { contents: [user('hi')] });
    expect((json as unknown as { usageMetadata: object }).usageMetadata).to.include({
      promptTokenCount: 10,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 4,
      toolUsePromptTokenCount: 3,
      totalTokenCount: 22,
    });
  });
});
