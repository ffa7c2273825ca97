import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');
const back = 'http://127.0.0.1:1/callback';
type Json = Record<string, never> & { access_token: string; refresh_token: string; error: never };

describe('the token servers', () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim();
  });
  after(() => sim.close());
  beforeEach(() => sim.reset());

  const authorize = async (path: string, more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id: 'client', redirect_uri: back, scope: 's', state: 'st', ...more },
    });
    const response = await fetch(`${sim.url}${path}?${query}`, { redirect: 'manual' });
    return response.status === 302 ? new URL(response.headers.get('location')!).searchParams : response.status;
  };
  const post = async (path: string, fields: Record<string, string>, isJson = false) => {
    const body = isJson ? JSON.stringify(fields) : new URLSearchParams(fields);
    const headers = isJson ? { 'content-type': 'application/json' } : undefined;
    const response = await fetch(`${sim.url}${path}`, { method: 'POST', body, ...(headers && { headers }) });
    return { status: response.status, json: (await response.json()) as Json };
  };
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
  const grant = { grant_type: 'authorization_code', client_id: 'client', redirect_uri: back };
  const codeOf = async (path: string, more: Record<string, string>) =>
    ((await authorize(path, more)) as URLSearchParams).get('code')!;
  const signIn = async () => {
    const code = await codeOf('/oauth/authorize', { code: 'true', ...pkce });
    return post('/v1/oauth/token', { ...grant, code, state: 'st', code_verifier: verifier }, true);
  };
  const refresh = (token: string, path = '/v1/oauth/token', more: Record<string, string> = {}) =>
    post(path, { grant_type: 'refresh_token', refresh_token: token, client_id: 'client', ...more });

  it('send the person back with code and state, or with the no of the person', async () => {
    const given = (await authorize('/oauth/authorize', { code: 'true', ...pkce })) as URLSearchParams;
    expect(given.get('state')).to.equal('st');
    expect(given.get('code')).to.be.a('string');
    sim.oauth.state.denies = true;
    const denied = (await authorize('/oauth/authorize', pkce)) as URLSearchParams;
    expect(denied.get('error')).to.equal('access_denied');
    expect(await authorize('/oauth/authorize', { code: 'true' })).to.equal(400);
  });

  it('take a code once, with its verifier, address and state', async () => {
    const wrong: Record<string, string>[] = [
      { code_verifier: 'w'.repeat(43) },
      { redirect_uri: 'http://127.0.0.1:2/callback' },
      { state: 'other' },
      { client_id: 'other' },
    ];
    for (const change of wrong) {
      const code = await codeOf('/oauth/authorize', { code: 'true', ...pkce });
      const fields = { ...grant, code, state: 'st', code_verifier: verifier, ...change };
      const { status, json } = await post('/v1/oauth/token', fields, true);
      expect([status, json.error], JSON.stringify(change)).to.deep.equal([400, 'invalid_grant']);
    }
    const code = await codeOf('/oauth/authorize', { code: 'true', ...pkce });
    const fields = { ...grant, code, state: 'st', code_verifier: verifier };
    expect((await post('/v1/oauth/token', fields)).status, 'as a form').to.equal(400);
    expect((await post('/v1/oauth/token', fields, true)).status).to.equal(200);
    expect((await post('/v1/oauth/token', fields, true)).status, 'again').to.equal(400);
  });

  it('give a new refresh token each time, and end the family where an old one comes again', async () => {
    const first = (await signIn()).json;
    const second = (await refresh(first.refresh_token)).json;
    expect(second.refresh_token).not.to.equal(first.refresh_token);
    expect((await refresh(first.refresh_token)).json.error).to.equal('invalid_grant');
    expect((await refresh(second.refresh_token)).status).to.equal(400);
    expect(sim.oauth.counts).to.deep.equal({ exchanges: 1, refreshes: 1, refused: 2, revoked: 1 });
    expect(sim.oauth.isSpent(second.access_token)).to.equal(true);
  });

  it("of Google keep the refresh token, and want the client's secret", async () => {
    const code = await codeOf('/o/oauth2/v2/auth', {});
    const secret = { client_secret: 'secret' };
    expect((await post('/token', { ...grant, code })).status).to.equal(400);
    const { json } = await post('/token', { ...grant, code, ...secret });
    const again = await refresh(json.refresh_token, '/token', secret);
    expect(again.status).to.equal(200);
    expect(again.json).not.to.have.property('refresh_token');
    expect((await refresh(json.refresh_token, '/token', secret)).status).to.equal(200);
  });

  it('of OpenAI say so in their own words, and let a person agree elsewhere', async () => {
    const code = await codeOf('/oauth/authorize', pkce);
    const { json } = await post('/oauth/token', { ...grant, code, code_verifier: verifier });
    await refresh(json.refresh_token, '/oauth/token');
    const reused = await refresh(json.refresh_token, '/oauth/token');
    expect([reused.status, (reused.json.error as { code: string }).code]).to.deep.equal([401, 'refresh_token_reused']);
    const device = '/api/accounts/deviceauth';
    const { json: begun } = await post(`${device}/usercode`, { client_id: 'client' }, true);
    const { device_auth_id, user_code } = begun as unknown as Record<string, string>;
    const poll = () => post(`${device}/token`, { device_auth_id: device_auth_id!, user_code: user_code! }, true);
    expect((await poll()).status).to.equal(403);
    const { authorization_code, code_verifier } = (await poll()).json as unknown as Record<string, string>;
    const fields = { code: authorization_code!, code_verifier: code_verifier!, grant_type: 'authorization_code' };
    const redirect_uri = `${sim.url}/deviceauth/callback`;
    expect((await post('/oauth/token', { ...fields, client_id: 'client', redirect_uri })).status).to.equal(200);
  });

  it('issue tokens that the APIs take until they end', async () => {
    const { access_token } = (await signIn()).json;
    const ask = async () =>
      (
        await fetch(`${sim.url}/v1/models`, {
          headers: {
            authorization: `Bearer ${access_token}`,
            'anthropic-version': '2023-06-01',
            'anthropic-beta': 'oauth-2025-04-20',
          },
        })
      ).status;
    expect(await ask()).to.equal(200);
    sim.oauth.expire();
    expect(await ask()).to.equal(401);
  });
});
