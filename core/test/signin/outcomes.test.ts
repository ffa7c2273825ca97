import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { Provider } from '../../src/extension/provider.js';
import { createLog } from '../../src/log.js';
import type { OAuth, OAuthWay } from '../../src/oauth/oauth.js';
import type { SignInFlow } from '../../src/protocol/resources.js';
import { Secret } from '../../src/secret.js';
import { CallbackListener } from '../../src/signin/callback-listener.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from '../store/rows.js';
import { acmeKey, acmeOAuth, acmeProvider } from './acme.js';
import { openSignIns, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

describe('what becomes of a sign-in', () => {
  let db: Database & TestDatabase;
  let server: TokenServer;
  let parts: ReturnType<typeof openSignIns>;
  let lines: string[];
  const keys = testKey();
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    lines = [];
    server = await startTokenServer();
  });
  afterEach(async () => {
    parts.signIns.close();
    await parts.http.close();
    await server.close();
    await db.query('delete from saved_authentications');
  });

  /** Acme, but for what a test says. */
  const start = ({ oauth, provider, key }: { oauth?: Partial<OAuth>; provider?: Partial<Provider>; key?: object }) => {
    const log = createLog({ level: 'debug', sinks: [{ write: (line) => lines.push(line) }] });
    const method = acmeOAuth(server);
    const methods = [
      { ...method, oauth: { ...method.oauth!, ...oauth } },
      { ...acmeKey, ...key },
    ];
    parts = openSignIns({ db, keys, methods, provider: { ...acmeProvider(server), ...provider }, log });
  };
  const usual = <Way extends OAuthWay['way']>(way: Way) =>
    acmeOAuth(server).oauth!.ways.find((one): one is Extract<OAuthWay, { way: Way }> => one.way === way)!;
  const byCode = async (label?: string): Promise<SignInFlow> => {
    const { flow_id } = await parts.signIns.begin('acme', 'oauth', { way: 'code', label });
    return parts.signIns.complete(flow_id, { code: 'c' });
  };
  const until = async ({ flow_id }: SignInFlow, state: SignInFlow['state']): Promise<SignInFlow> => {
    for (;;) {
      const now = parts.signIns.get(flow_id);
      if (now.state === state) return now;
      if (now.state !== 'pending') throw new Error(`it is ${now.state}: ${now.error?.message}`);
      await sleep(5);
    }
  };
  const tokens = () => ({ secrets: { access_token: new Secret(server.issue('x').access_token) }, expiresInMs: null });

  it('is nothing where its plugin cannot say where to go, and its port is free again', async () => {
    const ports: number[] = [];
    const browser = usual('browser');
    const authorizeUrl = ({ redirectUri }: { redirectUri: string }): string => {
      ports.push(Number(new URL(redirectUri).port));
      throw new TypeError('no address');
    };
    start({ oauth: { ways: [{ ...browser, redirect: { ...browser.redirect, host: '127.0.0.1' }, authorizeUrl }] } });
    expect(await codeOf(parts.signIns.begin('acme', 'oauth'))).to.contain('no address');
    const redirect = { host: '127.0.0.1', ports, path: '/' } as const;
    const next = await CallbackListener.open({ redirect, isState: () => false, onAnswer: () => undefined });
    next.close();
    expect(next.port).to.equal(ports[0]);
  });

  it('is that of the code that was pasted where the browser comes later', async () => {
    start({});
    server.state.delayMs = 100;
    const flow = await parts.signIns.begin('acme', 'oauth');
    const query = new URL(flow.authorize_url!).searchParams;
    const pasted = parts.signIns.complete(flow.flow_id, { code: 'pasted' });
    const page = await fetch(`${query.get('redirect_uri')}?code=late&state=${query.get('state')}`);
    expect(page.status).to.equal(200);
    expect((await pasted).state).to.equal('done');
    expect(server.counts.requests, 'the tokens and the proof, once').to.equal(2);
  });

  it('without PKCE is an exchange without a verifier', async () => {
    const given: unknown[] = [];
    start({
      oauth: {
        ways: [{ ...usual('code'), secrets: { verifierBytes: null, state: { bytes: 16, encoding: 'hex' } } }],
        exchange: async ({ verifier, state }) => {
          given.push(verifier, state);
          return tokens();
        },
      },
    });
    const { authorize_url, flow_id } = await parts.signIns.begin('acme', 'oauth');
    const query = new URL(authorize_url!).searchParams;
    expect(query.get('code_challenge')).to.equal('');
    const done = await parts.signIns.complete(flow_id, { code: 'c' });
    expect(given).to.deep.equal([null, query.get('state')]);
    expect(done.credential, 'tokens that do not expire').to.include({ expires_at: null, next_refresh_at: null });
  });

  it('is a failure that blames the plugin where that throws what it should not, and the log has it', async () => {
    start({ oauth: { exchange: () => Promise.reject(new TypeError('x is undefined')) } });
    const failed = await byCode();
    expect(failed).to.include({ state: 'failed' });
    expect(failed.error).to.include({ code: 'provider.malformed' });
    expect(failed.error?.message).to.contain('signing in to Acme failed in its plugin').and.not.contain('undefined');
    expect(lines.join('')).to.contain('a sign-in failed').and.contain('x is undefined');
  });

  it('is a failure that is told without words where the provider gave none', async () => {
    start({});
    const { flow_id } = await parts.signIns.begin('acme', 'oauth', { way: 'code' });
    const { error } = await parts.signIns.complete(flow_id, { code: 'https://acme.example/?error=server_error' });
    expect(error?.message).to.contain('the sign-in did not go well (server_error)');
  });

  it('that is cancelled while its code is exchanged stays cancelled, and saves nothing', async () => {
    start({});
    server.state.delayMs = 50;
    const flow = await parts.signIns.begin('acme', 'oauth', { way: 'code' });
    const ended = parts.signIns.complete(flow.flow_id, { code: 'c' });
    parts.signIns.cancel(flow.flow_id);
    expect(await ended).to.include({ state: 'cancelled', error: null, credential: null });
    expect(await parts.credentials.list()).to.deep.equal([]);
  });

  it('that is cancelled while its key is checked stays cancelled, and saves nothing', async () => {
    const checked = Promise.withResolvers<{ note?: string }>();
    start({ provider: { verify: () => checked.promise } });
    const { flow_id } = await parts.signIns.begin('acme', 'key');
    const ended = codeOf(parts.signIns.complete(flow_id, { fields: { api_key: 'ak-12345678' } }));
    parts.signIns.cancel(flow_id);
    checked.resolve({});
    expect(await ended).to.equal('sign_in.interrupted');
    expect(parts.signIns.get(flow_id)).to.include({ state: 'cancelled', error: null, credential: null });
    expect(await parts.credentials.list()).to.deep.equal([]);
  });

  it('with a key is over when the key is none, and also when its plugin breaks over it', async () => {
    start({});
    const first = await parts.signIns.begin('acme', 'key');
    const wrong = parts.signIns.complete(first.flow_id, { fields: { api_key: 'wrong' } });
    expect(await codeOf(wrong)).to.equal('credential.invalid');
    expect(parts.signIns.get(first.flow_id).error).to.include({ code: 'credential.invalid' });
    const complete = () => {
      throw new TypeError('x is undefined');
    };
    start({ key: { complete } });
    const second = await parts.signIns.begin('acme', 'key');
    const broken = parts.signIns.complete(second.flow_id, { fields: { api_key: 'ak-12345678' } });
    expect(await codeOf(broken)).to.contain('x is undefined');
    expect(parts.signIns.get(second.flow_id)).to.include({ state: 'failed' });
    expect(parts.signIns.get(second.flow_id).error).to.include({ code: 'provider.malformed' });
    expect(lines.join('')).to.contain('a sign-in failed');
  });

  it('keeps what is prepared once after it, with the account and the note of that', async () => {
    const prepare = async () => ({
      secrets: { project: new Secret('project-7731') },
      account: 'team@acme.example',
      note: 'project found.',
    });
    start({ oauth: { prepare } });
    const { credential, note } = await byCode();
    expect(note).to.equal('project found. plan: pro');
    expect(credential).to.include({ account: 'team@acme.example' });
    const { secrets } = await parts.fresh.open(credential!.id);
    expect(Object.keys(secrets)).to.have.members(['access_token', 'refresh_token', 'project']);
    start({ oauth: { prepare: async () => ({ secrets: {} }) }, provider: { verify: async () => ({}) } });
    const plain = await byCode();
    expect(plain, 'nothing to say').not.to.have.property('note');
    expect(plain.credential).to.include({ account: 'ada@acme.example' });
  });

  it('without an account is another credential each time, but for one that waits for a new sign-in', async () => {
    start({ oauth: { exchange: async () => tokens() } });
    const [one, other] = [await byCode(), await byCode()];
    expect(other.credential?.id).not.to.equal(one.credential?.id);
    await db.query('update saved_authentications set needs_login = true where id = $1', [one.credential?.id]);
    const ended = await parts.fresh.open(one.credential!.id).catch((error: Error) => error.message);
    expect(ended).to.contain('of acme has ended. Sign in again: maestro auth login acme');
    expect((await byCode()).credential).to.include({ id: one.credential?.id, state: 'ready' });
    expect((await parts.credentials.list()).length).to.equal(2);
  });

  it('with a label is the credential of that label, whose account it is', async () => {
    start({});
    const [one, other] = [await byCode('work'), await byCode('home')];
    expect(other.credential?.id).not.to.equal(one.credential?.id);
    expect((await byCode('work')).credential).to.include({ id: one.credential?.id, label: 'work' });
  });

  describe('on another device', () => {
    const device = (change: Partial<Extract<OAuthWay, { way: 'device' }>>) => {
      start({ oauth: { ways: [{ ...usual('device'), ...change }] } });
      return parts.signIns.begin('acme', 'oauth');
    };

    it('outlives a network that fails, and asks less often from then on', async () => {
      let looks = 0;
      const poll = async () => {
        looks += 1;
        throw new ProviderError('network', 'Acme cannot be reached');
      };
      const flow = await device({ poll });
      await sleep(200);
      expect(parts.signIns.get(flow.flow_id).state).to.equal('pending');
      expect(looks).to.equal(1);
      parts.signIns.cancel(flow.flow_id);
      expect(parts.signIns.get(flow.flow_id)).to.include({ state: 'cancelled', error: null });
    });

    it('ends with what the provider refuses', async () => {
      const flow = await device({ poll: () => Promise.reject(new ProviderError('refused', 'Acme is not for you')) });
      expect((await until(flow, 'failed')).error).to.include({ code: 'provider.refused' });
    });

    it('ends when its code is not good any more', async () => {
      const begin = async () => ({
        verificationUrl: 'https://acme.example/device',
        userCode: 'ABCD-1234',
        device: 'device-canary-8813',
        intervalMs: 5,
        expiresInMs: 40,
      });
      const { error } = await until(await device({ begin, poll: async () => null }), 'failed');
      expect(error).to.include({ code: 'sign_in.over' });
      expect(error?.message).to.contain('the code for Acme is not good any more');
    });
  });
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
