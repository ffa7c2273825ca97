import { Http, type OAuthGrant, type OAuthWay, ProviderError, Secret, type SendOnce } from '@maestro/core';
import { expect } from 'chai';
import { codeAssistOf } from '../src/provider.js';
import { oauthMethod, SignIn } from '../src/sign-in.js';
import { type Answer, server, settings } from './support.js';

const client = { clientId: 'client-of-mine', clientSecret: 'secret-of-mine' };

/** The steps against a server that plays Google. */
async function bench(answers: Answer[], change: { project?: string; wireProfile?: object } = {}) {
  const google = await server(...answers);
  const http = new Http();
  const oauth = {
    ...client,
    tokenUrl: `${google.url}/token`,
    tokenInfoUrl: `${google.url}/tokeninfo`,
    userInfoUrl: `${google.url}/oauth2/v2/userinfo`,
  };
  const config = settings({ codeAssistUrl: google.url, oauth, ...change });
  const codeAssist = { ...codeAssistOf(config, config.project || undefined), pollMs: 1 };
  const signIn = new SignIn({ config: config.oauth, codeAssist });
  const stop = new AbortController();
  const { signal } = stop;
  const send: SendOnce = (prepared) => http.send(http.render(prepared), { signal });
  const tokens = { access_token: new Secret('ya29-canary-token'), refresh_token: new Secret('1-canary-refresh') };
  const prepare = () => signIn.prepare(tokens, { send, signal });
  const close = async () => {
    await http.close();
    await google.close();
  };
  return { ...google, signIn, send, tokens, prepare, stop, close };
}

const grant: OAuthGrant = {
  way: 'code',
  code: '4/canary-code',
  state: 's',
  verifier: 'v'.repeat(128),
  redirectUri: 'https://codeassist.google.com/authcode',
};

const plain = (secrets: Readonly<Record<string, Secret>>) =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.use((value) => value)]));

const errorOf = (promise: Promise<unknown>): Promise<ProviderError> =>
  promise.then(
    () => expect.fail('it went well'),
    (error: ProviderError) => error,
  );

describe('signing in with a Google account', () => {
  it('1.8: sends a person to Google, parameters in the order of the reference', () => {
    const config = settings({ oauth: client });
    const { ways } = new SignIn({ config: config.oauth, codeAssist: codeAssistOf(config, undefined) });
    const flow = { redirectUri: 'http://127.0.0.1:4711/oauth2callback', state: 'ab', challenge: null };
    const [browser, code] = ways as Extract<OAuthWay, { authorizeUrl: unknown }>[];
    const scope =
      'https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform%20' +
      'https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email%20' +
      'https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.profile';
    expect(browser!.authorizeUrl(flow)).to.equal(
      'https://accounts.google.com/o/oauth2/v2/auth?redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Foauth2callback' +
        `&access_type=offline&scope=${scope}&state=ab&response_type=code&client_id=client-of-mine`,
    );
    const typed = code!.authorizeUrl({ ...flow, redirectUri: grant.redirectUri, challenge: 'ch' });
    expect([...new URL(typed).searchParams.keys()]).to.deep.equal([
      'redirect_uri',
      'access_type',
      'scope',
      'code_challenge_method',
      'code_challenge',
      'state',
      'response_type',
      'client_id',
    ]);
    expect([browser!.secrets.verifierBytes, code!.secrets.verifierBytes]).to.deep.equal([null, 96]);
    expect(code!.secrets.state).to.deep.equal({ bytes: 32, encoding: 'hex' });
  });

  it('1.13: names the setting that is missing', () => {
    const missing = (oauth: object) => {
      const config = settings({ oauth });
      return oauthMethod({ config: config.oauth, codeAssist: codeAssistOf(config, undefined) }).oauth!.missing();
    };
    expect(missing({})).to.equal('plugins."@maestro/provider-gemini".oauth.clientId');
    expect(missing({ clientId: 'x' })).to.equal('plugins."@maestro/provider-gemini".oauth.clientSecret');
    expect(missing(client)).to.equal(null);
  });

  it('1.9: takes tokens for a code, with and without a verifier', async () => {
    const answer = {
      access_token: 'ya29.a',
      expires_in: 3599,
      refresh_token: '1//r',
      scope: 'x',
      token_type: 'Bearer',
    };
    const b = await bench([{ body: answer }]);
    const tokens = await b.signIn.exchange(grant, b.send);
    expect([plain(tokens.secrets), tokens.expiresInMs]).to.deep.equal([
      { access_token: 'ya29.a', refresh_token: '1//r' },
      3_599_000,
    ]);
    await b.signIn.exchange({ ...grant, verifier: null }, b.send);
    const keys = b.seen.map(({ text }) => [...new URLSearchParams(text).keys()]);
    expect(keys).to.deep.equal([
      ['client_id', 'code_verifier', 'code', 'grant_type', 'redirect_uri', 'client_secret'],
      ['client_id', 'code', 'grant_type', 'redirect_uri', 'client_secret'],
    ]);
    await b.close();
  });

  it('keeps the old refresh token where Google gives no new one', async () => {
    const b = await bench([{ body: { access_token: 'ya29.b', expires_in: 3599 } }]);
    const tokens = await b.signIn.refresh(b.tokens, b.send);
    expect(plain(tokens.secrets)).to.deep.equal({ access_token: 'ya29.b' });
    expect(b.seen[0]!.text).to.equal(
      'refresh_token=1-canary-refresh&client_id=client-of-mine&client_secret=secret-of-mine&grant_type=refresh_token',
    );
    expect(await errorOf(b.signIn.refresh({}, b.send))).to.include({ kind: 'auth' });
    await b.close();
  });

  for (const [status, body, kind, permanent] of [
    [400, { error: 'invalid_grant', error_description: 'Token has been expired: 1-canary-refresh' }, 'auth', false],
    [401, { error: 'invalid_client', error_description: 'secret-of-mine is wrong' }, 'bad_request', true],
    [503, '<h1>1-canary-refresh</h1>', 'unavailable', false],
    [429, { error: 'rate_limited' }, 'rate_limit', false],
    // Somebody in between says no: the sign-in itself is as good as ever.
    [403, '<h1>Blocked by the firewall</h1>', 'unavailable', false],
    [401, '<h1>Sign in to this network</h1>', 'unavailable', false],
    [200, { token_type: 'Bearer' }, 'malformed', false],
    [200, '<h1>Sign in</h1>', 'malformed', false],
  ] as const)
    it(`says ${kind} when refreshing gives ${status} ${JSON.stringify(body)}, without a secret`, async () => {
      const b = await bench([{ status, body }]);
      const error = await errorOf(b.signIn.refresh(b.tokens, b.send));
      expect(error).to.be.instanceOf(ProviderError).and.to.include({ kind, permanent });
      expect(error.message).not.to.match(/canary|secret-of-mine/);
      await b.close();
    });

  const info: Answer = { body: { email: 'alex@example.com', expires_in: '3599' } };
  const person: Answer = { body: { email: 'alex@example.com', name: 'Alex' } };
  const tier = { id: 'standard-tier', name: 'Gemini Code Assist Standard' };
  const quota: Answer = {
    body: {
      buckets: [
        { modelId: 'gemini-2.5-flash', remainingFraction: 0.9 },
        { modelId: 'gemini-2.5-pro', remainingFraction: 0.42, resetTime: '2026-11-28T00:00:00Z' },
        { modelId: 'broken' },
      ],
    },
  };

  it('finds account, project and quota, in the order of the reference', async () => {
    const b = await bench([info, person, { body: { currentTier: tier, cloudaicompanionProject: 'theirs' } }, quota]);
    const { secrets, account, note } = await b.prepare();
    expect([plain(secrets), account]).to.deep.equal([{ project: 'theirs' }, 'alex@example.com']);
    expect(note).to.equal('Gemini Code Assist Standard; 42 % left for gemini-2.5-pro until 2026-11-28T00:00:00Z');
    expect(b.seen.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'POST /tokeninfo',
      'GET /oauth2/v2/userinfo',
      'POST /v1internal:loadCodeAssist',
      'POST /v1internal:retrieveUserQuota',
    ]);
    expect(b.seen[0]!.text).to.equal('');
    expect(b.seen.every(({ headers }) => headers.includes('Bearer ya29-canary-token'))).to.equal(true);
    expect(b.seen[3]!.body).to.deep.equal({ project: 'theirs' });
    await b.close();
  });

  it('does without the name of an account', async () => {
    const known = { body: { currentTier: tier, cloudaicompanionProject: 'theirs' } };
    const b = await bench([info, { status: 500, body: {} }, known, quota]);
    const { secrets, account } = await b.prepare();
    expect([plain(secrets), account]).to.deep.equal([{ project: 'theirs' }, undefined]);
    await b.close();
  });

  it('sets a new account up, names no project for the free tier, and asks until it is done', async () => {
    const load = { allowedTiers: [tier, { id: 'free-tier', name: 'Free', isDefault: true }] };
    const b = await bench(
      [
        info,
        person,
        { body: load },
        { body: { name: 'operations/op-1', done: false } },
        { body: { name: 'operations/op-1' } },
        { body: { name: 'operations/op-1', done: true, response: { cloudaicompanionProject: { id: 'given' } } } },
        { status: 500, body: {} },
      ],
      { project: 'mine' },
    );
    const { secrets, note } = await b.prepare();
    expect([plain(secrets), note]).to.deep.equal([{ project: 'given' }, 'Free']);
    const paths = b.seen.slice(3).map(({ method, path }) => `${method} ${path}`);
    expect(paths).to.deep.equal([
      'POST /v1internal:onboardUser',
      'GET /v1internal/operations/op-1',
      'GET /v1internal/operations/op-1',
      'POST /v1internal:retrieveUserQuota',
    ]);
    expect(b.seen[3]!.body).to.deep.equal({
      tierId: 'free-tier',
      metadata: { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' },
    });
    await b.close();
  });

  it("names the project of the settings above Google's", async () => {
    const b = await bench([info, person, { body: { currentTier: tier, cloudaicompanionProject: 'theirs' } }, quota], {
      project: 'mine',
    });
    expect(plain((await b.prepare()).secrets)).to.deep.equal({ project: 'mine' });
    expect(b.seen[2]!.body).to.include({ cloudaicompanionProject: 'mine' });
    expect(b.seen[2]!.body.metadata).to.include({ duetProject: 'mine' });
    await b.close();
  });

  it('explains, once and for all, that private accounts are not served any more', async () => {
    const ineligibleTiers = [
      {
        reasonCode: 'UNSUPPORTED_CLIENT',
        reasonMessage: 'This client is no longer supported for Gemini Code Assist for individuals.',
        tierId: 'free-tier',
        tierName: 'Gemini Code Assist for individuals',
      },
    ];
    const free = { id: 'free-tier', isDefault: true };
    for (const load of [
      { ineligibleTiers },
      { ineligibleTiers, allowedTiers: [free] },
      { currentTier: free, ineligibleTiers },
    ]) {
      const b = await bench([info, person, { body: load }]);
      const error = await errorOf(b.prepare());
      expect(error).to.include({ kind: 'refused', permanent: true });
      expect(error.message).to.contain('no longer supported').and.contain('API key').and.contain('2026-06-18');
      expect(b.seen).to.have.length(3);
      await b.close();
    }
  });

  it('asks for a project where the account needs one', async () => {
    const allowedTiers = [{ ...tier, isDefault: true, userDefinedCloudaicompanionProject: true }];
    const b = await bench([info, person, { body: { allowedTiers } }]);
    const error = await errorOf(b.prepare());
    expect(error).to.include({ kind: 'bad_request', permanent: true });
    expect(error.message).to.contain('GOOGLE_CLOUD_PROJECT');
    await b.close();
  });

  it('says auth for a token that does not count, without the token', async () => {
    const b = await bench([{ status: 401, body: { error: { code: 401, message: 'bad ya29-canary-token' } } }]);
    const error = await errorOf(b.prepare());
    expect(error).to.include({ kind: 'auth' });
    expect(error.message).not.to.contain('canary');
    await b.close();
  });

  it('stops waiting for an account when it is told to', async () => {
    const load = { allowedTiers: [{ id: 'free-tier', isDefault: true }] };
    const b = await bench([info, person, { body: load }, { body: { name: 'operations/op-1' } }]);
    const preparing = errorOf(b.prepare());
    setTimeout(() => b.stop.abort(), 20);
    expect((await preparing).kind).to.be.oneOf(['interrupted', 'network']);
    await b.close();
  });
});
