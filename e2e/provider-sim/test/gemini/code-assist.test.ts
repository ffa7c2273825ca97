import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';
import { control } from '../support.js';
import { type GoogleErrorBody, model, newModel, user } from './support.js';

const metadata = { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' };

interface Loaded {
  currentTier?: { id: string };
  allowedTiers: { id: string; isDefault?: boolean }[];
  ineligibleTiers?: { reasonCode: string; reasonMessage: string; tierId: string }[];
  cloudaicompanionProject?: string;
}

interface Operation {
  name: string;
  done?: boolean;
  response?: { cloudaicompanionProject?: { id: string } };
}

describe('Code Assist of the simulator', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  afterEach(async () => sim.close());

  async function call<T>(method: string, body?: unknown, token: string | null = 'ya29.test') {
    const isPost = body !== undefined;
    const response = await fetch(`${sim.url}/v1internal${method}`, {
      method: isPost ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(isPost && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, json: (await response.json()) as T };
  }
  const wrapped = (change: object = {}) => ({
    model,
    project: 'sim-project-1',
    user_prompt_id: 'prompt-1',
    request: { contents: [user('hi')], session_id: 'session-1' },
    ...change,
  });

  it('wraps what the Gemini API answers, as events and whole', async () => {
    const response = await fetch(`${sim.url}/v1internal:streamGenerateContent?alt=sse`, {
      method: 'POST',
      headers: { authorization: 'Bearer t' },
      body: JSON.stringify(wrapped()),
    });
    const events = (await response.text()).split('\r\n\r\n').filter(Boolean);
    const pieces = events.map((event) => JSON.parse(event.slice('data: '.length)));
    const texts = pieces.map((piece) => piece.response.candidates[0].content.parts[0].text);
    expect(texts.join('')).to.equal('You said: hi');
    expect(pieces.at(-1).response.candidates[0].finishReason).to.equal('STOP');
    expect(pieces.at(-1)).to.have.property('traceId').that.is.a('string');
    const whole = await call<{ response: { candidates: object[] } }>(':generateContent', wrapped({ model: newModel }));
    expect(whole.json.response.candidates).to.have.length(1);
    const list = await call<{ response: object }[]>(':streamGenerateContent', wrapped());
    expect(list.json[0]).to.have.property('response');
    expect(sim.rejected).to.deep.equal([]);
  });

  it('counts tokens of contents in a request of its own', async () => {
    const request = { model: `models/${model}`, contents: [user('hello there')] };
    expect((await call(':countTokens', { request })).json).to.deep.equal({ totalTokens: 3 });
    const unknown = await call<GoogleErrorBody>(':countTokens', { request: { ...request, model: 'models/x' } });
    expect(unknown.json.error).to.include({ code: 404, message: 'Requested entity was not found.' });
  });

  it('loads the tier and project of an account, its quota and its experiments', async () => {
    const { json } = await call<Loaded>(':loadCodeAssist', { metadata });
    expect(json.currentTier?.id).to.equal('free-tier');
    expect(json.cloudaicompanionProject).to.equal('sim-project-1');
    const quota = await call<{ buckets: { modelId: string; remainingFraction: number }[] }>(':retrieveUserQuota', {
      project: 'sim-project-1',
    });
    expect(quota.json.buckets.map(({ modelId }) => modelId)).to.include(model);
    const experiments = await call(':listExperiments', { project: 'sim-project-1', metadata });
    expect(experiments.json).to.deep.equal({ experimentIds: [], flags: [] });
    expect((await call(':recordCodeAssistMetrics', { project: 'sim-project-1', metrics: [{}] })).json).to.deep.equal(
      {},
    );
  });

  it('onboards a new account by an operation that is not done at first', async () => {
    Object.assign(sim.google, { tier: null, onboardingLooks: 2 });
    const { json } = await call<Loaded>(':loadCodeAssist', { metadata });
    expect(json).not.to.have.property('currentTier');
    expect(json.allowedTiers.find(({ isDefault }) => isDefault)?.id).to.equal('free-tier');
    expect((await call(':generateContent', wrapped())).status).to.equal(403);
    const started = await call<Operation>(':onboardUser', { tierId: 'free-tier', metadata });
    expect(started.json).to.have.all.keys('name');
    const first = await call<Operation>(`/${started.json.name}`);
    expect(first.json.done).to.equal(undefined);
    const second = await call<Operation>(`/${started.json.name}`);
    expect(second.json).to.deep.include({ done: true });
    expect(second.json.response?.cloudaicompanionProject?.id).to.equal('sim-project-1');
    expect((await call(':generateContent', wrapped())).status).to.equal(200);
    expect((await call<GoogleErrorBody>('/operations/none')).status).to.equal(404);
  });

  it('refuses a project at the onboarding of the free tier, and needs one for the other', async () => {
    Object.assign(sim.google, { tier: null, onboardingLooks: 0 });
    const named = { tierId: 'free-tier', cloudaicompanionProject: 'mine', metadata };
    const refused = await call<GoogleErrorBody>(':onboardUser', named);
    expect(refused.json.error).to.include({ status: 'FAILED_PRECONDITION', message: 'Precondition check failed.' });
    const own = await call<Operation>(':onboardUser', { ...named, tierId: 'standard-tier' });
    expect(own.json.response?.cloudaicompanionProject?.id).to.equal('mine');
    const loaded = await call<Loaded>(':loadCodeAssist', { cloudaicompanionProject: 'mine', metadata });
    expect(loaded.json).to.deep.include({ cloudaicompanionProject: 'mine' });
    expect((await call(':generateContent', wrapped({ project: 'mine' }))).status).to.equal(200);
    expect((await call(':generateContent', wrapped({ project: undefined }))).status).to.equal(403);
    expect((await call(':onboardUser', { tierId: 'gold-tier' })).status).to.equal(400);
  });

  it('tells private accounts that they may no longer use it, when it is told so', async () => {
    await control(sim, 'POST', 'google', { account: { isIneligible: true, tier: null, onboardingLooks: 0 } });
    const { json } = await call<Loaded>(':loadCodeAssist', { metadata });
    expect(json.ineligibleTiers).to.have.length(1);
    expect(json.ineligibleTiers?.[0]).to.include({ tierId: 'free-tier', reasonCode: 'UNSUPPORTED_CLIENT' });
    expect(json.ineligibleTiers?.[0]?.reasonMessage).to.contain('no longer supported');
    expect((await call(':onboardUser', { tierId: 'free-tier', metadata })).status).to.equal(403);
    const standard = await call<Operation>(':onboardUser', { tierId: 'standard-tier', metadata });
    expect(standard.json.response).not.to.have.property('cloudaicompanionProject');
    sim.reset();
    expect((await call<Loaded>(':loadCodeAssist', { metadata })).json.currentTier?.id).to.equal('free-tier');
  });

  it('takes bearer tokens alone, and tells errors of streams in a list', async () => {
    const none = await call<GoogleErrorBody>(':loadCodeAssist', { metadata }, null);
    expect(none.json.error).to.include({ code: 401, status: 'UNAUTHENTICATED' });
    expect(none.json.error.errors?.[0]).to.include({ domain: 'global', reason: 'authError' });
    const expired = await call<GoogleErrorBody[]>(':streamGenerateContent?alt=sse', wrapped(), 'expired');
    expect(expired.status).to.equal(401);
    expect(expired.json[0]?.error.message).to.contain('invalid authentication credentials');
    sim.fault({ type: 'status', status: 429, retry_after: '7', error_type: 'DAILY_QUOTA' });
    const busy = await call<GoogleErrorBody[]>(':streamGenerateContent?alt=sse', wrapped());
    const { status, details } = busy.json[0]!.error;
    expect([status, details?.[1]]).to.deep.equal([
      'RESOURCE_EXHAUSTED',
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' },
    ]);
    expect(JSON.stringify(details?.[0])).to.contain('PerDay');
  });

  it('refuses what the Gemini API refuses, and what it does not know itself', async () => {
    const refusals: [what: string, method: string, body: object, status: number, message: string][] = [
      ['an unknown key', ':generateContent', wrapped({ colour: 1 }), 400, 'Unknown name "colour"'],
      ['no request', ':generateContent', wrapped({ request: undefined }), 400, 'invalid argument'],
      ['an unknown model', ':generateContent', wrapped({ model: 'x' }), 404, 'Requested entity was not found.'],
      ['a foreign project', ':generateContent', wrapped({ project: 'x' }), 403, 'resource project x'],
      ['an empty history', ':generateContent', wrapped({ request: {} }), 400, 'contents is not specified'],
      ['an unknown platform', ':loadCodeAssist', { metadata: { platform: 'AMIGA' } }, 400, 'AMIGA'],
      ['an unknown method', ':sing', {}, 404, 'not found'],
    ];
    for (const [what, method, body, status, message] of refusals) {
      const refused = await call<GoogleErrorBody>(method, body);
      expect(refused.status, what).to.equal(status);
      expect(refused.json.error.message, what).to.contain(message);
    }
  });

  it('knows whose a token is, and which are none', async () => {
    const ask = (path: string, method: string, token: string) =>
      fetch(sim.url + path, { method, headers: { authorization: `Bearer ${token}` } });
    const info = await ask('/tokeninfo', 'POST', 'ya29.test');
    expect(await info.json()).to.include({ email: 'ada@example.com', expires_in: 3599 });
    const wrong = await ask('/tokeninfo', 'POST', 'expired');
    expect([wrong.status, await wrong.json()]).to.deep.equal([
      400,
      { error: 'invalid_token', error_description: 'Invalid Value' },
    ]);
    expect(await (await ask('/oauth2/v2/userinfo', 'GET', 't')).json()).to.include({ email: 'ada@example.com' });
    expect((await ask('/oauth2/v2/userinfo', 'GET', 'invalid')).status).to.equal(401);
    expect((await ask('/tokeninfo', 'GET', 't')).status).to.equal(404);
  });
});
