import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CredentialResource, List, ProviderResource, SignInFlow, SignInWay } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess, makeHome, shim } from '../support/maestro-process.js';
import { converse, newSession, trio } from '../support/three-providers.js';
import { until } from '../support/until.js';
import { withAccounts } from '../support/with-accounts.js';

describe('signing in with an account of each provider', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let server: MaestroProcess;
  before(async () => {
    sim = await startProviderSim();
    const { url } = sim;
    const home = await makeHome(withAccounts(url, 's3'));
    server = await MaestroProcess.start({ home });
  });
  after(async () => {
    await server?.stop();
    await sim.close();
    if (server) await dropHome(server.home);
  });

  const credentials = async (provider: string) =>
    (await server.must<List<CredentialResource>>('GET', '/credentials')).items.filter(
      (one) => one.provider === provider,
    );
  const begin = (provider: string, way: SignInWay) =>
    server.must<SignInFlow>('POST', `/auth/${provider}/oauth/begin`, { way });
  const over = (flow: SignInFlow) =>
    until('the sign-in to end', async () => {
      const now = await server.must<SignInFlow>('GET', `/auth/flows/${flow.flow_id}`);
      return now.state === 'pending' ? undefined : now;
    });

  for (const provider of trio) {
    it(`${provider.id}: the browser comes back by itself, and a turn runs with the account`, async () => {
      const flow = await begin(provider.id, 'browser');
      const page = await fetch(flow.authorize_url!);
      expect(await page.text()).to.contain('You may close this window');
      const done = await over(flow);
      expect(done.error).to.equal(null);
      expect(done.credential).to.include({
        provider: provider.id,
        auth_type: 'oauth',
        state: 'ready',
        account: 'ada@example.com',
      });
      const session = await newSession(server, provider, server.home);
      const before = sim.requests.length;
      const after = await converse(server, session.session_id, 'hello');
      const calls = sim.requests.slice(before).map(({ path, status }) => `${status} ${path}`);
      expect(after.status, calls.join('\n')).to.equal('idle');
    });

    it(`${provider.id}: V7 a token that ended early costs one refused call and one refresh`, async () => {
      sim.oauth.expire();
      const refreshes = sim.oauth.counts.refreshes;
      const session = await newSession(server, provider, server.home);
      expect((await converse(server, session.session_id, 'hello again')).status).to.equal('idle');
      expect(sim.oauth.counts.refreshes - refreshes).to.equal(1);
      expect(sim.oauth.counts.revoked).to.equal(0);
    });
  }

  it('with a code on another device, and by pasting where the browser ended', async () => {
    const device = await begin('openai', 'device');
    expect(device.user_code).to.be.a('string');
    expect((await over(device)).state).to.equal('done');
    const flow = await begin('anthropic', 'code');
    const back = await fetch(flow.authorize_url!, { redirect: 'manual' });
    const ended = await server.must<SignInFlow>('POST', `/auth/flows/${flow.flow_id}/complete`, {
      code: back.headers.get('location'),
    });
    expect(ended.state).to.equal('done');
    expect((await credentials('anthropic')).length, 'the same account is the same credential').to.equal(1);
  });

  it('that is refused says why, and changes nothing', async () => {
    sim.oauth.state.denies = true;
    const flow = await begin('gemini', 'browser');
    await fetch(flow.authorize_url!);
    expect((await over(flow)).error).to.include({ code: 'sign_in.denied' });
    sim.oauth.state.denies = false;
    sim.google.isIneligible = true;
    const other = await begin('gemini', 'browser');
    await fetch(other.authorize_url!);
    const failed = await over(other);
    expect(failed.state).to.equal('failed');
    expect((await credentials('gemini'))[0]).to.include({ state: 'ready' });
    sim.reset();
  });

  it('from the command line', async () => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, MAESTRO_HOME: server.home, MAESTRO_URL: server.url };
    const child = spawn(process.execPath, [shim, 'auth', 'login', 'anthropic', '--method', 'oauth', '--label', 'cli'], {
      env,
    });
    child.stdin.end();
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
      const [, url] = /^ {2}(http\S+)$/m.exec(err) ?? [];
      if (url && !out) void fetch(url).catch(() => undefined);
    });
    const [code] = await once(child, 'close');
    expect(code, err).to.equal(0);
    expect(out).to.contain('signed in to anthropic as ada@example.com: "cli"');
  });

  it('is offered with what is missing and what to know', async () => {
    const { items } = await server.must<List<ProviderResource>>('GET', '/providers');
    for (const { id } of trio) {
      const method = items.find((one) => one.id === id)?.auth.find(({ kind }) => kind === 'oauth');
      expect(method).to.include({ missing: null });
      expect(method?.warning).to.be.a('string');
    }
  });
});
