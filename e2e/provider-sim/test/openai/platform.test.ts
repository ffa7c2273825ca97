import { expect } from 'chai';
import OpenAI from 'openai';
import { type Fault, type ProviderSim, startProviderSim } from '../../src/index.js';
import { client, model, post, user } from './support.js';

describe('keys, headers and errors of the OpenAI formats of the simulator', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ refusedBetas: ['assistants v2'] });
  });
  afterEach(async () => sim.close());

  const ask = { model, input: 'hi' };
  const failed = (reading: PromiseLike<unknown>) => Promise.resolve(reading).catch((cause: unknown) => cause);
  const responses = (openai = client(sim)) => failed(openai.responses.create(ask));
  const chat = (openai = client(sim)) => failed(openai.chat.completions.create({ model, messages: [user('hi')] }));

  it('refuses requests without a right key, of an unknown organization, of a beta that is turned off', async () => {
    const wrong: [headers: Record<string, string>, status: number, code: string | null, message: RegExp][] = [
      [{ authorization: '' }, 401, null, /^You didn't provide an API key/],
      [{ authorization: 'Basic abc' }, 401, null, /^You didn't provide an API key/],
      [
        { authorization: 'Bearer invalid-key-0123' },
        401,
        'invalid_api_key',
        /^Incorrect API key provided: invalid-\*+0123\./,
      ],
      [{ 'openai-organization': 'invalid-org' }, 401, 'invalid_organization', /^No such organization: invalid-org/],
      [{ 'openai-beta': 'assistants v2' }, 400, 'invalid_beta', /^Unknown beta requested: 'assistants v2'/],
      [{ 'content-type': 'text/plain' }, 400, 'unsupported_content_type', /^Unsupported content type: 'text\/plain'/],
    ];
    for (const [headers, status, code, message] of wrong) {
      const answer = await post(sim, ask, { headers });
      expect([answer.status, answer.json.error.code]).to.deep.equal([status, code]);
      expect(answer.json.error.message).to.match(message);
    }
    expect((await post(sim, ask, { headers: { 'openai-beta': 'other' } })).status).to.equal(200);
    const strict = await startProviderSim({ apiKeys: ['sk-right'] });
    expect(await responses(client(strict))).to.be.instanceOf(OpenAI.AuthenticationError);
    expect(await responses(client(strict, 'sk-right'))).to.have.property('object', 'response');
    await strict.close();
  });

  it('says whose request it was, how long it took, and what is left', async () => {
    const { headers } = await post(sim, ask, {
      headers: { 'openai-organization': 'org-1', 'openai-project': 'proj-1' },
    });
    expect(Object.fromEntries(headers)).to.include({
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'openai-version': '2020-10-01',
      'openai-processing-ms': '42',
      'x-ratelimit-remaining-requests': '9999',
    });
    expect(headers.get('x-request-id')).to.match(/^req_/);
  });

  it('speaks errors the client knows, over both APIs', async () => {
    const kinds = [
      [400, OpenAI.BadRequestError, null],
      [401, OpenAI.AuthenticationError, 'invalid_api_key'],
      [403, OpenAI.PermissionDeniedError, 'missing_scope'],
      [404, OpenAI.NotFoundError, null],
      [429, OpenAI.RateLimitError, 'rate_limit_exceeded'],
      [500, OpenAI.InternalServerError, null],
      [503, OpenAI.InternalServerError, 'server_is_overloaded'],
    ] as const;
    for (const [status, kind, code] of kinds)
      for (const act of [responses, chat]) {
        sim.fault({ type: 'status', status, retry_after: '7' });
        const error = await act();
        expect(error, `${status}`).to.be.instanceOf(kind).and.to.include({ code });
        expect(error).to.have.property('requestID').that.matches(/^req_/);
        expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).to.equal('7');
      }
    expect(await responses()).to.have.property('object', 'response');
  });

  it('tells limits apart: to wait for, used up, and what a test says', async () => {
    sim.fault({ type: 'status', status: 429, retry_after: '2' });
    expect(await chat())
      .to.have.property('message')
      .that.contains('Please try again in 2s.');
    sim.fault({ type: 'status', status: 429, error_type: 'insufficient_quota' });
    expect(await chat()).to.include({ code: 'insufficient_quota', type: 'insufficient_quota' });
    const details = { param: 'reasoning.summary', code: 'unsupported_value' };
    sim.fault({ type: 'status', status: 400, message: 'Your organization must be verified.', details });
    expect(await responses()).to.include(details);
  });

  it('breaks a good answer with an error event, as the real one does', async () => {
    const fault: Fault = { type: 'error_event', at: 3 };
    sim.fault(fault);
    const read = client(sim).responses.stream({ model, input: 'long 100' }).finalResponse();
    expect(await failed(read))
      .to.be.instanceOf(OpenAI.APIError)
      .and.to.include({ code: 'server_is_overloaded' });
    sim.fault({ ...fault, error_type: 'server_error', message: 'Broken', details: { code: null } });
    const other = client(sim)
      .chat.completions.stream({ model, messages: [user('long 100')] })
      .finalChatCompletion();
    expect(await failed(other))
      .to.be.instanceOf(OpenAI.APIError)
      .and.to.include({ type: 'server_error', code: null });
  });

  it('knows no other paths, and keeps its list of models apart from that of others', async () => {
    const get = async (path: string, headers: Record<string, string>) =>
      (await fetch(sim.url + path, { headers })).json() as Promise<Record<string, unknown>>;
    const key = { authorization: 'Bearer sk-test' };
    const { error } = await get('/v1/chat/completions', key);
    expect(error).to.have.property('message', 'Invalid URL (GET /v1/chat/completions)');
    expect(await get('/v1/models', key)).to.have.property('object', 'list');
    expect(await get('/v1/models', { ...key, 'anthropic-version': '2023-06-01' })).to.have.property('has_more');
  });
});
