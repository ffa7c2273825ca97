import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { Credential, Provider } from '../../src/extension/provider.js';
import { Providers } from '../../src/extension/registry.js';
import { createLog } from '../../src/log.js';
import { sendOnce } from '../../src/signin/send-once.js';
import { VerifiedCredentials } from '../../src/signin/verified-credentials.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from '../store/rows.js';
import { acmeKey, acmeOAuth, acmeProvider } from './acme.js';
import { saveSignIn, signInParts, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const access = ({ secrets }: Credential) => secrets.access_token!.use((token) => token);

describe('a credential that is tried', () => {
  let db: Database & TestDatabase;
  let server: TokenServer;
  let parts: ReturnType<typeof signInParts>;
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
    await parts.http.close();
    await server.close();
    await db.query('delete from saved_authentications');
  });
  /** With a provider that checks credentials as given; the key `ak-env-1234` is in the environment. */
  const start = (checks: { verify?: Provider['verify']; auth?: string[] }): VerifiedCredentials => {
    const methods: AuthMethod[] = [acmeOAuth(server), { ...acmeKey, env: ['ACME_KEY'] }];
    const log = createLog({ level: 'debug', sinks: [{ write: (line) => lines.push(line) }] });
    parts = signInParts({ db, keys, methods, env: { ACME_KEY: 'ak-env-1234' } });
    const { verify: _, ...acme } = acmeProvider(server);
    const providers = new Providers();
    providers.add({ ...acme, ...checks }, 'test');
    const { credentials, fresh, registry, http } = parts;
    const send = sendOnce(http, new AbortController().signal);
    return new VerifiedCredentials({ credentials, fresh, providers, methods: registry, send, log });
  };
  const given = { provider: 'acme', method: 'acme/key', fields: { api_key: 'ak-12345678' } };
  const refused = () => new ProviderError('auth', 'Acme does not know ak-env-1234', { status: 401 });

  it('is no key where a sign-in is wanted, and nothing for a provider that needs none', async () => {
    const verified = start({});
    const wrong = verified.saveKey({ ...given, method: 'acme/oauth' });
    expect(await wrong.catch((error: Error) => error.message)).to.contain('is a sign-in, not a key; use maestro auth');
    expect(await codeOf(verified.saveKey({ ...given, method: 'acme/oauth' }))).to.equal('credential.method_unknown');
    const open = start({ auth: [] });
    expect(() => open.methodOf('acme', 'acme/key')).to.throw('it accepts nothing, it needs no key');
    expect(await codeOf(open.saveKey(given))).to.equal('credential.method_unknown');
  });

  it('by a provider that has no way to is told so, whether it is saved or of the environment', async () => {
    const verified = start({});
    const untold = 'Acme has no way to check it; the first message will tell';
    expect(await verified.saveKey(given)).to.include({ note: untold, last_success_at: null, failure: null });
    expect(await verified.verify('env', 'acme')).to.include({ id: 'env', note: untold });
  });

  it('and works says no more than the provider does', async () => {
    const silent = start({ verify: async () => ({}) });
    const saved = await silent.saveKey(given);
    expect(saved).not.to.have.property('note');
    expect(saved.last_success_at).to.be.a('string');
    expect(await silent.verify('env', 'acme')).not.to.have.property('note');
    await parts.http.close();
    const telling = start({ verify: async () => ({ note: 'the team "Ada"' }) });
    expect(await telling.verify('env', 'acme')).to.include({ id: 'env', source: 'env', note: 'the team "Ada"' });
  });

  it('K1 of the environment, and does not work, is told without its secret', async () => {
    const verified = start({ verify: () => Promise.reject(refused()) });
    const told = await verified.verify('env', 'acme');
    expect(told.note).to.match(/^not verified: Acme does not know /);
    expect(told.note).not.to.contain('ak-env-1234');
    expect(told.failure).to.equal(null);
  });

  it('by a plugin that breaks is saved unproved, and what the plugin said is in the log alone', async () => {
    const verified = start({ verify: () => Promise.reject(new TypeError('quota7731 is undefined')) });
    const saved = await verified.saveKey(given);
    expect(saved.note)
      .to.match(/^not verified: .* the log says why$/)
      .and.not.contain('quota7731');
    expect(saved).to.include({ failure: null, last_success_at: null });
    expect(lines.filter((line) => line.includes('quota7731 is undefined'))).to.have.length(1);
    expect((await parts.credentials.list()).map(({ source }) => source)).to.deep.equal(['saved', 'env']);
  });

  it('that is a sign-in whose token is refused is refreshed once and tried again', async () => {
    const tried: string[] = [];
    const verify: Provider['verify'] = async (credential) => {
      tried.push(access(credential));
      if (tried.length === 1) throw refused();
      return { note: 'plan: pro' };
    };
    const verified = start({ verify });
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    expect(await verified.verify(id)).to.include({ id, note: 'plan: pro', failure: null });
    expect(new Set(tried).size).to.equal(2);
    expect(server.counts).to.include({ refreshes: 1, revoked: 0 });
  });

  it('that is a sign-in nobody wants any more is kept, waits for a person, and says why', async () => {
    const verified = start({ verify: () => Promise.reject(refused()) });
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    server.issue('a');
    expect(await verified.verify(id)).to.deep.include({
      state: 'needs_login',
      note: 'not verified: Acme does not take this token',
    });
  });

  it('and removed meanwhile is unknown, not unproved', async () => {
    const verify: Provider['verify'] = async () => {
      await parts.credentials.remove(id);
      throw refused();
    };
    const verified = start({ verify });
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    expect(await codeOf(verified.verify(id))).to.equal('credential.unknown');
    expect(server.counts.requests).to.equal(0);
  });
});
