import { type PreparedRequest, ProviderError, type ProviderResponse, Secret } from '@maestro/core';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { type AnthropicConfig, Config } from '../src/config.js';
import { oauthMethod, SignIn } from '../src/sign-in.js';

const config = { ...(Value.Default(Config, {}) as AnthropicConfig).oauth, clientId: 'my-client' };
const opened = (secrets: Readonly<Record<string, Secret>>) =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.use((value) => value)]));

describe('signing in with a Claude account', () => {
  const sent: PreparedRequest[] = [];
  const answering =
    (status: number, answer: unknown) =>
    async (prepared: PreparedRequest): Promise<ProviderResponse> => {
      sent.push(prepared);
      const body = (async function* () {
        yield Buffer.from(JSON.stringify(answer));
      })();
      return { status, headers: [['content-type', 'application/json']], body };
    };
  beforeEach(() => {
    sent.length = 0;
  });
  const signIn = new SignIn(config);
  const grant = {
    way: 'code' as const,
    code: 'the-code',
    state: 'the-verifier',
    verifier: 'the-verifier',
    redirectUri: 'https://console.anthropic.com/oauth/code/callback',
  };

  it('names the setting that is missing, and warns of the terms', () => {
    const setting = 'plugins."@maestro/provider-anthropic".oauth.clientId';
    expect(new SignIn({ ...config, clientId: '' }).missing()).to.equal(setting);
    expect(signIn.missing()).to.equal(null);
    expect(oauthMethod(config).warning).to.include('API key');
  });

  it('asks with the parameters of the reference, in their order, and plus for a space', () => {
    const [browser, code] = signIn.ways;
    for (const way of [browser!, code!]) {
      if (way.way === 'device') throw new Error('there is no such way');
      const url = way.authorizeUrl({ redirectUri: 'http://localhost:8765/callback', state: 's', challenge: 'c' });
      expect(url).to.equal(
        'https://claude.ai/oauth/authorize?code=true&client_id=my-client&response_type=code' +
          '&redirect_uri=http%3A%2F%2Flocalhost%3A8765%2Fcallback' +
          '&scope=org%3Acreate_api_key+user%3Aprofile+user%3Ainference' +
          '&code_challenge=c&code_challenge_method=S256&state=s',
      );
    }
  });

  it('exchanges a code in JSON, and refreshes as a form', async () => {
    const answer = {
      access_token: 'a1',
      refresh_token: 'r1',
      expires_in: 3_600,
      account: { email_address: 'me@here' },
    };
    const tokens = await signIn.exchange(grant, answering(200, answer));
    expect(opened(tokens.secrets)).to.deep.equal({ access_token: 'a1', refresh_token: 'r1' });
    expect(tokens).to.include({ expiresInMs: 3_600_000, account: 'me@here' });
    expect(JSON.parse(sent[0]!.body.toString())).to.deep.equal({
      grant_type: 'authorization_code',
      code: 'the-code',
      state: 'the-verifier',
      client_id: 'my-client',
      redirect_uri: grant.redirectUri,
      code_verifier: 'the-verifier',
    });
    const renewed = await signIn.refresh({ refresh_token: new Secret('r1') }, answering(200, { access_token: 'a2' }));
    expect(opened(renewed.secrets)).to.deep.equal({ access_token: 'a2' });
    expect(renewed.expiresInMs).to.equal(null);
    expect(sent[1]!.body.toString()).to.equal('grant_type=refresh_token&refresh_token=r1&client_id=my-client');
    expect(sent[1]).to.deep.include({ origin: 'https://console.anthropic.com' });
    expect(sent[1]!.profile.path).to.equal('/v1/oauth/token');
  });

  it('asks for a new sign-in where a code or token is refused, and never shows it', async () => {
    const refused = { error: 'invalid_grant', error_description: 'r1-secret is used up' };
    const held = { refresh_token: new Secret('r1-secret') };
    for (const attempt of [
      signIn.refresh(held, answering(400, refused)),
      signIn.exchange(grant, answering(400, refused)),
      signIn.refresh({}, answering(200, {})),
    ]) {
      const error = await attempt.catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(ProviderError).and.to.include({ kind: 'auth', permanent: false });
      expect((error as Error).message)
        .to.include('sign in anew')
        .and.not.include('r1-secret');
    }
  });

  it('names the setting where the client is not known, and explains a use that is not served', async () => {
    const of = (answer: unknown) => signIn.exchange(grant, answering(400, answer)).catch((cause: unknown) => cause);
    const unknown = await of({ error: 'invalid_client' });
    expect(unknown).to.include({ kind: 'bad_request', permanent: true });
    expect((unknown as Error).message).to.include('oauth.clientId');
    const words = 'This client is only authorized for use with another application';
    expect(await of({ error: { type: 'permission_error', message: words } })).to.include({
      kind: 'refused',
      permanent: true,
    });
  });

  it('takes a server in trouble for that, and no reason to sign in', async () => {
    const held = { refresh_token: new Secret('r1-secret') };
    expect(await signIn.refresh(held, answering(403, {})).catch((cause: unknown) => cause)).to.include({
      kind: 'unavailable',
    });
    expect(await signIn.refresh(held, answering(503, {})).catch((cause: unknown) => cause)).to.include({
      kind: 'unavailable',
    });
    expect(await signIn.refresh(held, answering(200, { token: 1 })).catch((cause: unknown) => cause)).to.include({
      kind: 'malformed',
    });
  });
});
