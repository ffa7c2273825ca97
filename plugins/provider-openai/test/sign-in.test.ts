import { type OAuthWay, ProviderError, Secret, type TokenSet } from '@maestro/core';
import { expect } from 'chai';
import { chatgpt } from '../src/oauth/chatgpt.js';
import { claimsOf } from '../src/oauth/claims.js';
import { SignIn } from '../src/oauth/sign-in.js';
import { type Answer, type Bench, bench, config } from './support.js';

const token = (payload: object) =>
  ['{"alg":"none"}', JSON.stringify(payload), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

const identity = token({
  email: 'alex@example.com',
  'https://api.openai.com/auth': { chatgpt_account_id: 'acc-1', chatgpt_plan_type: 'plus' },
});
const tokens = (rest: object = {}): Answer => ({
  status: 200,
  body: JSON.stringify({
    access_token: 'access-token-9',
    refresh_token: 'refresh-token-9',
    id_token: identity,
    expires_in: 3600,
    ...rest,
  }),
});
const said = (error: object | string, status: number): Answer => ({ status, body: JSON.stringify(error) });

describe('signing in with a ChatGPT account', () => {
  let bed: Bench | undefined;
  afterEach(() => bed?.close());

  const start = async (...answers: Answer[]) => {
    bed = await bench({}, ...answers);
    // The server of the bench stands in for the issuer as well.
    const { seen, send, url } = bed;
    return { signIn: new SignIn({ ...config().oauth, clientId: 'client 1', issuerUrl: url }), seen, send, origin: url };
  };
  const wayOf = <W extends OAuthWay['way']>(signIn: SignIn, way: W) =>
    signIn.ways.find((each) => each.way === way) as Extract<OAuthWay, { way: W }>;
  const opened = ({ secrets }: TokenSet) =>
    Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.use((value) => value)]));
  const failed = (act: Promise<unknown>) =>
    act.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('1.13: names the setting that is missing', () => {
    expect(new SignIn(config().oauth).missing()).to.equal('plugins."@maestro/provider-openai".oauth.clientId');
    expect(new SignIn({ ...config().oauth, clientId: 'mine' }).missing()).to.equal(null);
  });

  it('1.6: sends a person to the vendor with the parameters of the reference, in its order', () => {
    const signIn = new SignIn({ ...config().oauth, clientId: 'mine', originator: 'my-own/2.0' });
    const way = wayOf(signIn, 'browser');
    expect(way.redirect).to.deep.include({ host: 'localhost', path: '/auth/callback' });
    const ports = way.redirect.ports as readonly number[];
    expect([ports[0], ports.at(-1), ports.length]).to.deep.equal([1455, 1485, 31]);
    const url = way.authorizeUrl({
      redirectUri: 'http://localhost:1455/auth/callback',
      state: 'st',
      challenge: 'ch',
    });
    expect(url).to.equal(
      'https://auth.openai.com/oauth/authorize?response_type=code&client_id=mine' +
        '&redirect_uri=http%3A%2F%2Flocalhost%3A1455%2Fauth%2Fcallback' +
        '&scope=openid%20profile%20email%20offline_access&code_challenge=ch&code_challenge_method=S256' +
        '&id_token_add_organizations=true&my-own_simplified_flow=true&state=st&originator=my-own%2F2.0&theme=dark',
    );
  });

  it('1.6: exchanges a code for tokens and finds the account in them', async () => {
    const { signIn, seen, send } = await start(tokens());
    const set = await signIn.exchange(
      { way: 'browser', code: 'c 1', state: 's', verifier: 'v', redirectUri: 'http://localhost:1455/auth/callback' },
      send,
    );
    expect(opened(set)).to.deep.equal({
      access_token: 'access-token-9',
      refresh_token: 'refresh-token-9',
      account_id: 'acc-1',
    });
    expect(set).to.include({ expiresInMs: 3_600_000, account: 'alex@example.com' });
    expect(seen[0]).to.include({ method: 'POST', path: '/oauth/token' });
    expect(seen[0]!.body).to.equal(
      'grant_type=authorization_code&code=c+1&redirect_uri=http%3A%2F%2Flocalhost%3A1455%2Fauth%2Fcallback' +
        '&client_id=client+1&code_verifier=v',
    );
  });

  it('1.7: refreshes, and keeps what the answer leaves out', async () => {
    const access_token = token({ iat: 100, exp: 700, 'https://api.openai.com/auth': { chatgpt_account_id: 'acc-2' } });
    const { signIn, seen, send } = await start(
      tokens({ access_token, refresh_token: undefined, id_token: undefined, expires_in: undefined }),
    );
    const set = await signIn.refresh({ refresh_token: new Secret('refresh-token-1') }, send);
    expect(opened(set)).to.deep.equal({ access_token, account_id: 'acc-2' });
    expect(set.expiresInMs).to.equal(600_000);
    expect(seen[0]!.body).to.equal('grant_type=refresh_token&refresh_token=refresh-token-1&client_id=client+1');
  });

  for (const [what, answer, expected] of [
    ['a spent grant', said({ error: 'invalid_grant', error_description: 'expired' }, 400), { kind: 'auth' }],
    ['a token used twice', said({ error: { code: 'refresh_token_reused', message: 'x' } }, 401), { kind: 'auth' }],
    ['any 401', said({}, 401), { kind: 'auth' }],
    ['a wrong client', said({ error: 'invalid_client' }, 401), { kind: 'bad_request', permanent: true }],
    ['a server in trouble', said({}, 503), { kind: 'unavailable' }],
    ['a wall before the server', said('<html>no</html>', 403), { kind: 'unavailable' }],
    ['too many attempts', said({}, 429), { kind: 'rate_limit' }],
    ['an answer without a token', said({ refresh_token: 'refresh-token-x' }, 200), { kind: 'malformed' }],
    ['an answer that is no JSON', { status: 200, body: 'refresh-token-x' }, { kind: 'malformed' }],
  ] as const)
    it(`V7: takes ${what} for ${Object.values(expected).join(', ')}, without showing a token`, async () => {
      const { signIn, send } = await start(answer);
      const error = await failed(signIn.refresh({ refresh_token: new Secret('refresh-token-1') }, send));
      expect(error).to.be.instanceOf(ProviderError).and.include(expected);
      expect((error as Error).message).to.not.contain('refresh-token');
    });

  it('without a refresh token asks to sign in anew', async () => {
    const { signIn, seen, send } = await start();
    expect(await failed(signIn.refresh({}, send))).to.include({ kind: 'auth' });
    expect(seen).to.have.length(0);
  });

  it('works by a code on another device: begin, wait, exchange', async () => {
    const { signIn, seen, send, origin } = await start(
      said({ device_auth_id: 'dev-1', user_code: 'ABCD-1234', interval: '3' }, 200),
      said({}, 403),
      said({}, 404),
      said({ authorization_code: 'c-1', code_challenge: 'x', code_verifier: 'v-1' }, 200),
      tokens(),
    );
    const way = wayOf(signIn, 'device');
    const flow = await way.begin(send);
    expect(flow).to.deep.equal({
      verificationUrl: `${origin}/codex/device`,
      userCode: 'ABCD-1234',
      device: 'dev-1',
      intervalMs: 3000,
      expiresInMs: 900_000,
    });
    expect([await way.poll(flow, send), await way.poll(flow, send)]).to.deep.equal([null, null]);
    const set = await way.poll(flow, send);
    expect(opened(set!)).to.include({ access_token: 'access-token-9' });
    expect(seen.map(({ path }) => path)).to.deep.equal([
      '/api/accounts/deviceauth/usercode',
      '/api/accounts/deviceauth/token',
      '/api/accounts/deviceauth/token',
      '/api/accounts/deviceauth/token',
      '/oauth/token',
    ]);
    expect(seen[1]!.body).to.equal('{"device_auth_id":"dev-1","user_code":"ABCD-1234"}');
    expect(new URLSearchParams(seen[4]!.body).get('redirect_uri')).to.equal(`${origin}/deviceauth/callback`);
  });

  it('says where a code cannot be had, and that a poll failed', async () => {
    const { signIn, send } = await start(said({}, 404), said({ error: 'expired' }, 500));
    const way = wayOf(signIn, 'device');
    expect(await failed(way.begin(send))).to.include({ kind: 'not_found', permanent: true });
    const flow = { verificationUrl: '', userCode: 'x', device: 'd', intervalMs: 1, expiresInMs: 1 };
    expect(await failed(way.poll(flow, send))).to.include({ kind: 'unavailable' });
  });

  it('reads nothing from what is no token', () => {
    for (const text of [undefined, '', 'a.b.c', 'x', token([]), 'a.bnVsbA.c'])
      expect(claimsOf(text)).to.deep.equal({ accountId: undefined, email: undefined, lifeMs: undefined });
    expect(claimsOf(token({ chatgpt_account_id: 'acc-3' })).accountId).to.equal('acc-3');
  });

  it('is labelled unofficial and has nothing to type in', () => {
    const method = chatgpt(new SignIn(config().oauth));
    expect(method.warning).to.match(/unofficial/i);
    expect(() => method.complete({})).to.throw('sign in instead');
  });
});
