import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../src/index.js';
import { headers } from './support.js';

describe('a window of so many tokens', () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim();
  });
  after(() => sim.close());

  const long = 'word '.repeat(400);
  const said = [{ role: 'user', content: long }];
  const bearer = { authorization: 'Bearer sk-test', 'content-type': 'application/json' };
  const cases = [
    {
      what: 'Anthropic Messages',
      path: '/v1/messages',
      headers,
      body: { model: 'claude-opus-5-5', max_tokens: 50, messages: said },
      says: /^prompt is too long: 4\d\d tokens > 300 maximum$/,
    },
    {
      what: 'OpenAI Chat Completions',
      path: '/v1/chat/completions',
      headers: bearer,
      body: { model: 'gpt-5.2', messages: said },
      says: /^This model's maximum context length is 300 tokens\. However, your messages resulted in 4\d\d tokens\./,
    },
    {
      what: 'OpenAI Responses',
      path: '/v1/responses',
      headers: bearer,
      body: { model: 'gpt-5.2', input: said },
      says: /^Your input exceeds the context window of this model/,
    },
    {
      what: 'Gemini',
      path: '/v1beta/models/gemini-2.5-pro:generateContent?key=k',
      headers: { 'content-type': 'application/json' },
      body: { contents: [{ role: 'user', parts: [{ text: long }] }] },
      says: /^The input token count \(4\d\d\) exceeds the maximum number of tokens allowed \(300\)\.$/,
    },
  ] as const;
  for (const { what, path, body, says, ...given } of cases) {
    it(`is kept by ${what}, with the words of the vendor`, async () => {
      const ask = () => fetch(sim.url + path, { method: 'POST', headers: given.headers, body: JSON.stringify(body) });
      sim.window = { tokens: 600 };
      expect((await ask()).status).to.equal(200);
      sim.window = { tokens: 300 };
      const refused = await ask();
      const { error } = (await refused.json()) as { error: { message: string } };
      expect(refused.status).to.equal(400);
      expect(error.message).to.match(says);
    });
  }

  it('holds the reply as well, where the vendor checks that', async () => {
    sim.window = { tokens: 600, holdsReply: true };
    const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 500, messages: said });
    const refused = await fetch(`${sim.url}/v1/messages`, { method: 'POST', headers, body });
    const { error } = (await refused.json()) as { error: { message: string } };
    expect(error.message).to.match(/^input length and `max_tokens` exceed context limit: 4\d\d \+ 500 > 600, /);
  });

  it('is told of by true counts', async () => {
    sim.window = { tokens: 600 };
    const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 50, messages: said });
    const answer = await fetch(`${sim.url}/v1/messages`, { method: 'POST', headers, body });
    const { usage } = (await answer.json()) as { usage: { input_tokens: number } };
    expect(usage.input_tokens).to.equal(sim.tokens.of(Buffer.from(body)));
  });
});
