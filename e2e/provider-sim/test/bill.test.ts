import { expect } from 'chai';
import { type ProviderSim, type Reply, startProviderSim } from '../src/index.js';
import { control, headers } from './support.js';

describe('the bill of the simulator', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim();
  });
  afterEach(async () => sim.close());

  const usage = {
    input_tokens: 1000,
    output_tokens: 100,
    cache_read_input_tokens: 300,
    cache_creation_input_tokens: 20,
  };
  const reply: Reply = { steps: [{ type: 'text', text: 'x' }], usage };
  const key = { ...headers, authorization: 'Bearer sk-test', 'x-goog-api-key': 'key', 'chatgpt-account-id': 'a' };
  const { 'x-api-key': _, 'anthropic-version': __, ...bearer } = key;
  const messages = [{ role: 'user', content: 'hi' }];

  async function send(path: string, body: object, head: Record<string, string> = bearer): Promise<void> {
    const response = await fetch(sim.url + path, { method: 'POST', headers: head, body: JSON.stringify(body) });
    expect(response.status, await response.text()).to.equal(200);
  }

  it('charges each kind of token its price, whatever the format, streamed or not', async () => {
    sim.play({ reply, times: 0 });
    for (const stream of [true, false]) {
      await send('/v1/messages', { model: 'claude-opus-5', max_tokens: 100, messages, stream }, headers);
      await send('/v1/responses', { model: 'gpt-5.6-sol', input: 'hi', stream });
      await send('/v1/chat/completions', { model: 'gpt-4o-2024-11-20', messages, stream });
    }
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    await send('/v1beta/models/gemini-2.5-flash:generateContent', { contents });
    // In USD per million: 5, 0.5, 6.25 and 25; 4, 0.4, 5 and 20; 2.5, 1.25, 2.5 and 10; 0.3, 0.03, 0.3 and 2.5.
    const opus = 7_775_000_000n;
    const sol = 6_220_000_000n;
    const omni = 3_925_000_000n;
    const flash = 565_000_000n;
    const bill = sim.bill();
    expect(bill.requests.map(({ cost }) => cost)).to.deep.equal([opus, sol, omni, opus, sol, omni, flash]);
    expect(bill.total).to.equal(2n * (opus + sol + omni) + flash);
  });

  it('charges more from a length on, and says where it knows no price', async () => {
    sim.play({ steps: [], usage: { input_tokens: 271_999, output_tokens: 1 } });
    await send('/v1/responses', { model: 'gpt-5.5', input: 'hi' });
    sim.play({ steps: [], usage: { input_tokens: 272_000, output_tokens: 1 } });
    await send('/v1/responses', { model: 'gpt-5.5', input: 'hi' });
    await send('/v1/responses', { model: 'gpt-6.1-sol', input: 'hi' });
    const { requests, total } = sim.bill();
    const [short, long] = [271_999n * 5_000_000n + 30_000_000n, 272_000n * 10_000_000n + 45_000_000n];
    expect(requests.map(({ cost }) => cost)).to.deep.equal([short, long, null]);
    expect(total).to.equal(short + long);
  });

  it('charges nothing for refusals, errors and answers that were cut, and tells it over its control API', async () => {
    sim.fault({ type: 'status', status: 500 });
    const post = (body: object) =>
      fetch(`${sim.url}/v1/responses`, { method: 'POST', headers: bearer, body: JSON.stringify(body) });
    await post({ model: 'gpt-5', input: 'hi' });
    await post({ model: 'gpt-5' });
    sim.fault({ type: 'error_event', at: 2 });
    await (await post({ model: 'gpt-5', input: 'hi', stream: true })).text();
    expect(sim.bill()).to.deep.equal({ requests: [], total: 0n });
    sim.play(reply);
    await send('/v1/responses', { model: 'gpt-5', input: 'hi' });
    const { json } = await control(sim, 'GET', 'bill');
    expect(json).to.have.property('total', '2312500000');
    expect(json.items).to.have.deep.nested.property('[0].cost', '2312500000');
  });
});
