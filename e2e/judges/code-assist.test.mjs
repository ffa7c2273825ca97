import { CodeAssistServer, classifyGoogleError, IneligibleTierError, setupUser } from '@google/gemini-cli-core';
import { startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { OAuth2Client } from 'google-auth-library';
import {
  answersTo,
  asMessage,
  oauthCredential,
  ours,
  person,
  project,
  replies,
  saidByOurs,
  saidByTheirs,
  textOf,
  token,
  writeFile,
} from './support.mjs';

describe('gemini-cli-core, pointed at the simulator', () => {
  let sim;
  let client;
  let server;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'judge' });
    process.env.CODE_ASSIST_ENDPOINT = sim.url;
    client = new OAuth2Client();
    client.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
    server = new CodeAssistServer(client, project, {}, 'session');
  });
  afterEach(async () => {
    delete process.env.CODE_ASSIST_ENDPOINT;
    await sim.close();
  });

  const { parameters, ...declaration } = writeFile;
  const config = {
    systemInstruction: 'Be brief.',
    tools: [{ functionDeclarations: [{ ...declaration, parametersJsonSchema: parameters }] }],
    thinkingConfig: { includeThoughts: true },
  };

  async function theirs(model, contents) {
    const pieces = [];
    for await (const piece of await server.generateContentStream({ model, contents, config }, 'prompt', 'main'))
      pieces.push(piece);
    return pieces;
  }
  const partsOf = (pieces) => pieces.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const words = (text) => ({ role: 'user', parts: [{ text }] });

  for (const model of ['gemini-2.5-flash', 'gemini-3.8-flash'])
    for (const [what, reply] of Object.entries(replies))
      it(`gets ${what} from ${model} as our provider does`, async () => {
        // One count for both: the provider wraps the same words in another body.
        sim.script = () => ({ ...reply, usage: { input_tokens: 12, ...reply.usage } });
        const judged = saidByTheirs(await theirs(model, [words('go')]));
        const given = saidByOurs(await ours(sim, { credential: oauthCredential, model, messages: [person('go')] }));
        expect(judged.text).to.equal(textOf(reply));
        expect(given).to.deep.equal(judged);
        expect(sim.rejected).to.deep.equal([]);
      });

  for (const model of ['gemini-2.5-flash', 'gemini-3.8-flash'])
    it(`goes on after calls with ${model}, as our provider does`, async () => {
      sim.script = ({ toolResults }) =>
        toolResults.length > 0
          ? { steps: [{ type: 'text', text: `Got ${toolResults.map(({ text }) => text).join()}.` }] }
          : replies['two calls'];
      const parts = partsOf(await theirs(model, [words('go')]));
      const results = parts.flatMap(({ functionCall: call }) =>
        call
          ? { functionResponse: { ...(call.id && { id: call.id }), name: call.name, response: { output: 'written' } } }
          : [],
      );
      const next = [words('go'), { role: 'model', parts }, { role: 'user', parts: results }];
      const judged = saidByTheirs(await theirs(model, next));
      const ask = (messages) => ours(sim, { credential: oauthCredential, model, messages });
      const called = asMessage(await ask([person('go')]), model);
      const given = saidByOurs(await ask([person('go'), called, answersTo(called)]));
      expect([given.text, judged.text]).to.deep.equal(['Got written,written.', 'Got written,written.']);
      expect(sim.rejected).to.deep.equal([]);
    });

  it('gets the same without a stream, and counts', async () => {
    const answer = await server.generateContent({ model: 'gemini-2.5-pro', contents: [words('hi')] }, 'p', 'main');
    expect(saidByTheirs([answer])).to.include({ text: 'You said: hi', end: 'stop' });
    const counted = await server.countTokens({ model: 'gemini-2.5-pro', contents: [words('hello there')] });
    expect(counted.totalTokens).to.equal(3);
  });

  it('finds its tier and project, its quota and experiments', async () => {
    const found = await setupUser(client, quiet);
    expect(found).to.include({ projectId: project, userTier: 'free-tier' });
    const { buckets } = await server.retrieveUserQuota({ project });
    expect(buckets.map(({ modelId }) => modelId)).to.include('gemini-2.5-pro');
    expect(await server.listExperiments({ pluginType: 'GEMINI' })).to.deep.equal({ experimentIds: [], flags: [] });
  });

  it('onboards an account that is new', async () => {
    Object.assign(sim.google, { tier: null, onboardingLooks: 0 });
    expect(await setupUser(client, quiet)).to.include({ projectId: project, hasOnboardedPreviously: false });
    expect(sim.google.tier).to.equal('free-tier');
    const [, onboarding] = sim.requests;
    expect(JSON.parse(onboarding.body)).not.to.have.property('cloudaicompanionProject');
  });

  it('understands that private accounts may not use it', async () => {
    Object.assign(sim.google, { tier: null, isIneligible: true, onboardingLooks: 0 });
    const error = await setupUser(client, quiet).catch((cause) => cause);
    expect(error).to.be.instanceOf(IneligibleTierError);
    expect(error.message).to.contain('no longer supported for Gemini Code Assist for individuals');
  });

  it('tells limits that pass from those that do not', async () => {
    const kinds = [];
    for (const error_type of [undefined, 'DAILY_QUOTA']) {
      sim.fault({ type: 'status', status: 429, retry_after: '3', ...(error_type && { error_type }) });
      const error = await theirs('gemini-2.5-pro', [words('hi')]).catch((cause) => classifyGoogleError(cause));
      kinds.push(error.name ?? error.constructor.name);
    }
    expect(kinds).to.deep.equal(['RetryableQuotaError', 'TerminalQuotaError']);
  });
});

/** As much of its configuration as setting up an account reads; statistics stay at home. */
const quiet = { getValidationHandler: () => undefined, getUsageStatisticsEnabled: () => false };
