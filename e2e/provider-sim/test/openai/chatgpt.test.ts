import { expect } from 'chai';
import OpenAI from 'openai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';
import { writeFile } from './support.js';

describe('ChatGPT accounts of the simulator', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  afterEach(async () => sim.close());

  const path = '/backend-api/codex/responses';
  const model = 'gpt-5.6-sol';
  const ask = {
    model,
    instructions: 'Be brief.',
    input: [{ role: 'user' as const, content: 'write a.txt' }],
    tools: [writeFile],
    include: ['reasoning.encrypted_content' as const],
    store: false,
    stream: true as const,
  };
  const client = (account = 'account-1') =>
    new OpenAI({
      baseURL: `${sim.url}/backend-api/codex`,
      apiKey: 'token-1',
      maxRetries: 0,
      logLevel: 'off',
      defaultHeaders: { 'chatgpt-account-id': account },
    });

  async function post(change: object, headers: Record<string, string> = {}) {
    const response = await fetch(sim.url + path, {
      method: 'POST',
      headers: {
        authorization: 'Bearer token-1',
        'chatgpt-account-id': 'account-1',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ ...ask, ...change }),
    });
    const text = await response.text();
    return { status: response.status, text, json: () => JSON.parse(text) };
  }

  it('streams what the client of the platform reads, and takes its own reasoning back', async () => {
    const { output, usage } = await client().responses.stream(ask).finalResponse();
    expect(output.map(({ type }) => type)).to.deep.equal(['reasoning', 'message', 'function_call']);
    expect(usage!.output_tokens_details.reasoning_tokens).to.be.greaterThan(0);
    const [reasoning, , call] = output as [
      OpenAI.Responses.ResponseReasoningItem,
      unknown,
      OpenAI.Responses.ResponseFunctionToolCall,
    ];
    const { call_id, name, arguments: args } = call;
    const input = [
      ...ask.input,
      reasoning,
      { type: 'function_call' as const, call_id, name, arguments: args },
      { type: 'function_call_output' as const, call_id, output: 'ok' },
    ];
    const last = await client()
      .responses.stream({ ...ask, input })
      .finalResponse();
    expect(last.output_text).to.equal('Finished: 1 done. ok');
    const other = client('account-2')
      .responses.stream({ ...ask, input })
      .finalResponse();
    expect(await other.catch((cause: unknown) => cause)).to.include({ code: 'invalid_encrypted_content' });
  });

  const refused: [what: string, change: object, detail: string][] = [
    ['no instructions', { instructions: undefined }, 'Instructions are required'],
    ['an input that is a text', { input: 'hi' }, 'Input must be a list'],
    ['to store', { store: true }, 'Store must be set to false'],
    ['not to say whether to store', { store: undefined }, 'Store must be set to false'],
    ['no stream', { stream: false }, 'Stream must be set to true'],
    ['a limit', { max_output_tokens: 100 }, 'Unsupported parameter: max_output_tokens'],
    ['a temperature', { temperature: 1 }, 'Unsupported parameter: temperature'],
    ['to keep a cache', { prompt_cache_retention: '24h' }, 'Unsupported parameter: prompt_cache_retention'],
    [
      'an old model',
      { model: 'gpt-4o' },
      "The 'gpt-4o' model is not supported when using Codex with a ChatGPT account.",
    ],
  ];
  for (const [what, change, detail] of refused)
    it(`refuse ${what}`, async () => {
      const { status, json } = await post(change);
      expect([status, json()]).to.deep.equal([400, { detail }]);
      expect(sim.rejected.at(-1)?.refusal?.message).to.equal(detail);
    });

  it('keeps the rules of the Responses API, with its error bodies', async () => {
    const { status, json } = await post({ input: [{ type: 'function_call_output', call_id: 'c1', output: '' }] });
    expect([status, json().error.param]).to.deep.equal([400, 'input']);
  });

  it('refuses tokens that expired, and requests without an account', async () => {
    const expired = await post({}, { authorization: 'Bearer expired-1' });
    expect([expired.status, expired.json().error.code]).to.deep.equal([401, 'token_expired']);
    expect(await post({}, { 'chatgpt-account-id': '' })).to.include({ status: 401, text: '{"detail":"Unauthorized"}' });
  });

  it('tells that a plan is used up and when it comes back, or that it is overloaded', async () => {
    sim.fault({ type: 'status', status: 429, retry_after: '120' }, { path });
    const { json } = await post({});
    expect(json().error).to.include({ type: 'usage_limit_reached', plan_type: 'plus', resets_in_seconds: 120 });
    sim.fault({ type: 'status', status: 503 });
    expect((await post({})).json().error.code).to.equal('server_is_overloaded');
    sim.fault({ type: 'error_event', at: 2 });
    expect((await post({})).text).to.contain('event: error\n');
  });

  it('tells what is left of a plan, and knows no other paths', async () => {
    const headers = { authorization: 'Bearer token-1', 'chatgpt-account-id': 'account-1' };
    const usage = await fetch(`${sim.url}/backend-api/wham/usage`, { headers });
    expect(await usage.json()).to.have.property('plan_type', 'plus');
    expect((await fetch(`${sim.url}/backend-api/me`, { headers })).status).to.equal(404);
  });
});
