import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { AuthMethod } from '../../src/extension/auth.js';
import { createLog } from '../../src/log.js';
import type { SignInFlow } from '../../src/protocol/resources.js';
import { redactSecrets } from '../../src/secret.js';
import type { SignIns } from '../../src/signin/sign-ins.js';
import type { VerifiedCredentials } from '../../src/signin/verified-credentials.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from '../store/rows.js';
import { acmeKey, acmeOAuth, acmeProvider } from './acme.js';
import { openSignIns, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

describe('a sign-in', () => {
  let db: Database & TestDatabase;
  let server: TokenServer;
  let parts: ReturnType<typeof openSignIns>;
  let signIns: SignIns;
  let verified: VerifiedCredentials;
  let lines: string[];
  const keys = testKey();
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  const start = (methods: AuthMethod[], lifeMs?: number) => {
    const log = createLog({ level: 'debug', sinks: [{ write: (line) => lines.push(line) }] });
    const provider = acmeProvider(server);
    parts = openSignIns({ db, keys, methods, provider, log, ...(lifeMs !== undefined && { lifeMs }) });
    ({ signIns, verified } = parts);
  };
  beforeEach(async () => {
    lines = [];
    server = await startTokenServer();
    start([acmeOAuth(server), acmeKey]);
  });
  afterEach(async () => {
    signIns.close();
    await parts.http.close();
    await server.close();
    await db.query('delete from saved_authentications');
  });

  const query = (flow: SignInFlow) => new URL(flow.authorize_url!).searchParams;
  const callback = (flow: SignInFlow, given: Record<string, string>) => {
    const url = new URL(query(flow).get('redirect_uri')!);
    url.search = new URLSearchParams(given).toString();
    return url;
  };
  const over = async (flow: SignInFlow): Promise<SignInFlow> => {
    for (;;) {
      const now = signIns.get(flow.flow_id);
      if (now.state !== 'pending') return now;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it('in this browser ends in a saved credential, and the page says so and nothing else', async () => {
    const flow = await signIns.begin('acme', 'oauth');
    expect(flow).to.include({ state: 'pending', way: 'browser', method: 'acme/oauth', user_code: null });
    const state = query(flow).get('state')!;
    expect(state).to.match(/^[0-9a-f]{32}$/);
    expect(query(flow).get('code_challenge')).to.match(/^[A-Za-z0-9_-]{43}$/);
    const page = await fetch(callback(flow, { code: 'code-canary-77120', state }));
    expect(page.status).to.equal(200);
    expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
    const html = await page.text();
    expect(html).to.contain('You may close this window').and.not.contain('canary').and.not.contain(state);
    const done = await over(flow);
    expect(done).to.deep.include({ state: 'done', error: null, note: 'plan: pro' });
    expect(done.credential).to.include({ provider: 'acme', label: 'ada@acme.example', account: 'ada@acme.example' });
    expect(done.credential?.last_success_at).to.be.a('string');
    expect((await parts.credentials.list()).length).to.equal(1);
  });

  it('is listened for on both loopback addresses, and no longer once it is answered', async () => {
    const flow = await signIns.begin('acme', 'oauth', { way: 'browser' });
    const { port } = new URL(query(flow).get('redirect_uri')!);
    expect(await reaches(port, '127.0.0.1')).to.equal(true);
    const hasIPv6 = await reaches(port, '::1');
    await fetch(callback(flow, { code: 'c', state: query(flow).get('state')! }));
    await over(flow);
    expect(await reaches(port, '127.0.0.1')).to.equal(false);
    if (hasIPv6) expect(await reaches(port, '::1')).to.equal(false);
  });

  it('is not touched by another path, host, method, state, or by parts that come twice', async () => {
    const flow = await signIns.begin('acme', 'oauth');
    const state = query(flow).get('state')!;
    const good = callback(flow, { code: 'c', state });
    const wrong: [number, string, Parameters<typeof ask>[1]][] = [
      [404, 'another path', { path: `/other${good.search}` }],
      [404, 'a path below', { path: `/callback/${good.search}` }],
      [404, 'an absolute address', { path: good.href }],
      [404, 'the path of another host', { path: `//elsewhere${good.pathname}${good.search}` }],
      [400, 'another host', { host: 'evil.example' }],
      [400, 'a host without its port', { host: 'localhost' }],
      [405, 'a POST', { method: 'POST' }],
      [400, 'another state', { path: `/callback?code=c&state=${'0'.repeat(32)}` }],
      [400, 'no state', { path: '/callback?code=c' }],
      [400, 'no code', { path: `/callback?state=${state}` }],
      [400, 'two codes', { path: `/callback?code=c&code=d&state=${state}` }],
      [400, 'two states', { path: `/callback?code=c&state=x&state=${state}` }],
    ];
    for (const [status, what, how] of wrong) {
      const answer = await ask(good, how);
      expect(answer.status, what).to.equal(status);
      expect(answer.type, what).to.contain('text/plain');
    }
    expect(signIns.get(flow.flow_id).state).to.equal('pending');
    expect((await ask(good, {})).status).to.equal(200);
    expect((await over(flow)).state).to.equal('done');
  });

  it('that the provider or the person refuses fails with what was said', async () => {
    const flow = await signIns.begin('acme', 'oauth');
    const state = query(flow).get('state')!;
    const page = await fetch(callback(flow, { error: 'access_denied', error_description: '<b>no</b>', state }));
    expect(await page.text())
      .to.contain('access was not given')
      .and.not.contain('<b>no');
    const failed = await over(flow);
    expect(failed).to.include({ state: 'failed', credential: null });
    expect(failed.error).to.include({ code: 'sign_in.denied' });
    expect(failed.error?.message).to.contain('access_denied: <b>no</b>');
  });

  it('K1 that is refused repeats no piece of its state, wherever the words of the provider are cut', async () => {
    for (const before of [0, 230, 255, 270, 280]) {
      const flow = await signIns.begin('acme', 'oauth', { way: 'code' });
      const state = query(flow).get('state')!;
      const words = encodeURIComponent(`${'x'.repeat(before)} ${state}`);
      const code = `https://acme.example/code?error=no&error_description=${words}&state=${state}`;
      const { error } = await signIns.complete(flow.flow_id, { code });
      expect(error?.message, `after ${before}`).to.contain('no: ').and.not.contain(state.slice(0, 8));
    }
  });

  for (const [what, pasted] of Object.entries({
    'a bare code': () => 'the-code',
    'code#state': (state: string) => ` the-code#${state}\n`,
    'the whole address': (state: string) => `https://acme.example/code?code=the-code&state=${state}`,
  })) {
    it(`takes ${what} that is pasted`, async () => {
      const flow = await signIns.begin('acme', 'oauth', { way: 'code', label: 'work' });
      expect(query(flow).get('redirect_uri')).to.equal('https://acme.example/code');
      const done = await signIns.complete(flow.flow_id, { code: pasted(query(flow).get('state')!) });
      expect(done.state).to.equal('done');
      expect(done.credential?.label).to.equal('work');
    });
  }

  it('goes on waiting after what is no code, or the code of another sign-in, and takes one answer', async () => {
    const flow = await signIns.begin('acme', 'oauth', { way: 'code' });
    const other = await signIns.begin('acme', 'oauth', { way: 'code' });
    const complete = (code: string) => signIns.complete(flow.flow_id, { code });
    for (const code of ['two words', 'https://acme.example/code', '#', 'ümlaut'])
      expect(await codeOf(complete(code)), code).to.equal('sign_in.code_invalid');
    expect(await codeOf(complete(`c#${query(other).get('state')}`))).to.equal('sign_in.state');
    expect(signIns.get(flow.flow_id).state).to.equal('pending');
    const [one, two] = await Promise.all([complete('c'), codeOf(complete('c'))]);
    expect(one.state).to.equal('done');
    expect(two).to.equal('sign_in.over');
    expect(server.counts.requests).to.equal(2);
  });

  it('on another device is asked after until the person has agreed', async () => {
    const flow = await signIns.begin('acme', 'oauth', { way: 'device' });
    expect(flow).to.include({ user_code: 'ABCD-1234', authorize_url: 'https://acme.example/device' });
    expect(redactSecrets('device-canary-8812'), 'what fetches the tokens is a secret').to.equal('<redacted>');
    expect(await codeOf(signIns.complete(flow.flow_id, { code: 'c' }))).to.equal('sign_in.code_invalid');
    expect((await over(flow)).state).to.equal('done');
  });

  it('with a key asks for its fields', async () => {
    const flow = await signIns.begin('acme', 'key', { label: 'mine' });
    expect(flow).to.include({ authorize_url: null, state: 'pending' });
    const done = await signIns.complete(flow.flow_id, { fields: { api_key: 'ak-12345678' } });
    expect(done.credential).to.include({ auth_type: 'api_key', label: 'mine' });
    expect(done.note).to.equal('a key of the team "Ada"');
  });

  it('can be cancelled, runs out of time, and is not kept for ever', async () => {
    const flow = await signIns.begin('acme', 'oauth');
    const { port } = new URL(query(flow).get('redirect_uri')!);
    signIns.cancel(flow.flow_id);
    expect(signIns.get(flow.flow_id).state).to.equal('cancelled');
    expect(await reaches(port, '127.0.0.1')).to.equal(false);
    expect(await codeOf(signIns.complete(flow.flow_id, { code: 'c' }))).to.equal('sign_in.over');
    start([acmeOAuth(server)], 30);
    const short = await signIns.begin('acme', 'oauth');
    expect((await over(short)).state).to.equal('expired');
    const first = await signIns.begin('acme', 'oauth', { way: 'code' });
    for (let count = 0; count < 20; count += 1) await signIns.begin('acme', 'oauth', { way: 'code' });
    expect(() => signIns.get(first.flow_id)).to.throw('no such sign-in');
  });

  it('names the setting that is missing, the way that is not there, the method that is not', async () => {
    const setting = 'plugins."@acme/provider".oauth.clientId';
    expect(await codeOf(signIns.begin('acme', 'other'))).to.equal('credential.method_unknown');
    start([{ ...acmeOAuth(server, { missing: setting }) }]);
    const missing = await signIns.begin('acme', 'oauth').catch((error: Error) => error.message);
    expect(missing).to.contain(setting);
    const [, pasted] = acmeOAuth(server).oauth!.ways;
    start([{ ...acmeOAuth(server), oauth: { ...acmeOAuth(server).oauth!, ways: [pasted!] } }]);
    const noWay = await signIns.begin('acme', 'oauth', { way: 'device' }).catch((error: Error) => error);
    expect(noWay).to.include({ code: 'sign_in.way_unknown' });
    expect((noWay as Error).message).to.contain('acme/oauth has no way "device"; it has code');
  });

  it('that failed on the network saves nothing, and says so', async () => {
    server.state.fault = 500;
    const flow = await signIns.begin('acme', 'oauth', { way: 'code' });
    const failed = await signIns.complete(flow.flow_id, { code: 'c' });
    expect(failed).to.include({ state: 'failed' });
    expect(failed.error).to.include({ code: 'provider.unavailable' });
    expect(await parts.credentials.list()).to.deep.equal([]);
  });

  it('V9 follows no redirect of the token server', async () => {
    server.state.fault = 307;
    const flow = await signIns.begin('acme', 'oauth', { way: 'code' });
    expect((await signIns.complete(flow.flow_id, { code: 'c' })).state).to.equal('failed');
    expect(server.counts.requests).to.equal(1);
  });

  it('of the same account puts new tokens into the credential that sessions name', async () => {
    const first = await signIns.begin('acme', 'oauth', { way: 'code' });
    const { credential } = await signIns.complete(first.flow_id, { code: 'c' });
    await db.query('update saved_authentications set needs_login = true');
    const second = await signIns.begin('acme', 'oauth', { way: 'code' });
    const again = await signIns.complete(second.flow_id, { code: 'd' });
    expect(again.credential).to.include({ id: credential?.id, state: 'ready', failure: null });
    expect((await parts.credentials.list()).length).to.equal(1);
  });

  it('K1 leaves code, verifier, state and tokens in no log, row or answer', async () => {
    const flow = await signIns.begin('acme', 'oauth', { way: 'code' });
    const state = query(flow).get('state')!;
    const done = await signIns.complete(flow.flow_id, { code: 'code-canary-551' });
    const credential = await parts.fresh.open(done.credential!.id);
    const secrets = Object.values(credential.secrets).map((secret) => secret.use((value) => value));
    const { rows } = await db.query('select * from saved_authentications');
    const seen = `${lines.join('')}${JSON.stringify(rows)}${JSON.stringify(done.credential)}${JSON.stringify(done.error)}`;
    // The verifier of this way is its state.
    for (const secret of [...secrets, 'code-canary-551', state]) expect(seen).not.to.contain(secret);
    expect(lines.join('')).to.contain('signed in');
  });

  it('with a key that is refused saves nothing; without a network it is saved, unverified', async () => {
    const given = { provider: 'acme', method: 'acme/key' };
    const refused = verified.saveKey({ ...given, fields: { api_key: 'ak-refused' } });
    expect(await refused.catch((error: Error) => error.message)).to.contain('it was not saved');
    expect(await codeOf(refused)).to.equal('credential.refused');
    expect(await parts.credentials.list()).to.deep.equal([]);
    const unchecked = await verified.saveKey({ ...given, fields: { api_key: 'ak-refused' }, verify: false });
    expect(unchecked).to.include({ label: 'default', last_success_at: null });
    const tried = await verified.verify(unchecked.id);
    expect(tried.failure).to.include({ code: 'provider.auth' });
    expect(tried.note).to.contain('not verified');
    const proved = await verified.saveKey({ ...given, fields: { api_key: 'ak-87654321' } });
    expect(proved).to.include({ label: 'default 2', note: 'a key of the team "Ada"', failure: null });
    expect(proved.last_success_at).to.be.a('string');
  });

  it('is renamed, and verified through a refresh where its token was refused', async () => {
    const flow = await signIns.begin('acme', 'oauth', { way: 'code' });
    const { credential } = await signIns.complete(flow.flow_id, { code: 'fam' });
    const { id } = credential!;
    expect(await parts.credentials.rename(id, 'work')).to.include({ id, label: 'work' });
    expect(await codeOf(parts.credentials.rename('env', 'x'))).to.equal('credential.environment');
    const renewed = await parts.fresh.renew(id);
    expect(renewed.next_refresh_at).to.be.a('string');
    expect((await verified.verify(id)).note).to.equal('plan: pro');
  });
});

function reaches(port: string, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(port), host });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function ask(
  url: URL,
  how: { path?: string; host?: string; method?: string },
): Promise<{ status: number; type: string }> {
  return new Promise((resolve, reject) => {
    const { path = url.pathname + url.search, host = url.host, method = 'GET' } = how;
    const sent = request({ host: '127.0.0.1', port: url.port, path, method, headers: { host } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode!, type: response.headers['content-type'] ?? '' });
    });
    sent.once('error', reject).end();
  });
}
