import { expect } from 'chai';
import { MaestroError, ProviderError } from '../../src/errors.js';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { Credential } from '../../src/extension/provider.js';
import { createLog } from '../../src/log.js';
import { Secret } from '../../src/secret.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from '../store/rows.js';
import { acmeKey, acmeOAuth } from './acme.js';
import { saveSignIn, signInParts, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const access = ({ secrets }: Credential) => secrets.access_token!.use((token) => token);
const key = ({ secrets }: Credential) => secrets.api_key!.use((value) => value);
const hour = 3_600_000;

describe('a credential for a call', () => {
  let db: Database & TestDatabase;
  let server: TokenServer;
  let lines: string[];
  const keys = testKey();
  const clock = { mono: 0, skew: 0, monotonic: () => clock.mono, skewMs: () => clock.skew };
  const open: { close(): Promise<void> }[] = [];
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    Object.assign(clock, { mono: 0, skew: 0 });
    lines = [];
    server = await startTokenServer();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((http) => http.close()));
    await server.close();
    await db.query('delete from saved_authentications');
  });
  const passes = (ms: number) => {
    clock.mono += ms;
    clock.skew += ms;
  };
  const start = (methods: AuthMethod[], env = {}) => {
    const log = createLog({ level: 'debug', sinks: [{ write: (line) => lines.push(line) }] });
    const parts = signInParts({ db, keys, methods, clock, log, env });
    open.push(parts.http);
    return parts;
  };
  /** A sign-in whose refreshes go as given. */
  const refreshing = (refresh: NonNullable<AuthMethod['oauth']>['refresh']): AuthMethod => {
    const acme = acmeOAuth(server);
    return { ...acme, oauth: { ...acme.oauth!, refresh } };
  };
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  const expectKeyRefused = (error: unknown) => {
    expect(error).to.be.instanceOf(ProviderError).and.include({ kind: 'auth', permanent: true });
    expect((error as Error).message)
      .to.contain('maestro auth login acme')
      .and.not.contain('ak-');
  };

  it('comes from the environment as it is, and nothing is kept of what came of it', async () => {
    const { fresh, credentials } = start([{ ...acmeKey, env: ['ACME_KEY'] }], { ACME_KEY: 'ak-12345678' });
    const opened = await fresh.open('env', 'acme');
    expect(opened).to.include({ id: 'env', kind: 'api_key' });
    expect(key(opened)).to.equal('ak-12345678');
    expect((await fresh.pick('acme'))?.id).to.equal('env');
    expectKeyRefused(await failureOf(fresh.refresh(opened)));
    await fresh.used(opened, new ProviderError('auth', 'no'));
    expect(await credentials.list())
      .to.have.length(1)
      .and.have.nested.property('[0].failure', null);
  });

  it('of the environment is not refreshed, though it is a token of a sign-in', async () => {
    const { fresh } = start([{ ...acmeOAuth(server), env: ['ACME_TOKEN'] }], { ACME_TOKEN: 'token-1234' });
    const picked = await fresh.pick('acme');
    expect(picked).to.include({ id: 'env', kind: 'oauth' });
    expectKeyRefused(await failureOf(fresh.refresh(picked!)));
    expect(server.counts.requests).to.equal(0);
  });

  it('that is a key is picked as it is saved, never refreshed, and none is picked where none fits', async () => {
    const { fresh, credentials } = start([acmeKey, acmeOAuth(server)]);
    const secrets = { api_key: new Secret('ak-12345678') };
    const saved = { provider: 'acme', method: 'acme/key', kind: 'api_key' as const, label: 'a', secrets };
    const { id } = await credentials.create(saved);
    const picked = await fresh.pick('acme');
    expect(picked?.id).to.equal(id);
    expect(key(picked!)).to.equal('ak-12345678');
    expect(key(await fresh.open(id))).to.equal('ak-12345678');
    expect(await fresh.pick('acme', ['acme/oauth'])).to.equal(undefined);
    expectKeyRefused(await failureOf(fresh.refresh(picked!)));
    expectKeyRefused(await failureOf(fresh.renew(id)));
  });

  it('that waits for a new sign-in is asked of no server, whoever wants it', async () => {
    const { fresh, credentials } = start([acmeOAuth(server)]);
    const id = await saveSignIn(credentials, server, { label: 'a' });
    const opened = await fresh.open(id);
    await db.query('update saved_authentications set needs_login = true');
    passes(hour);
    const wanted = [() => fresh.open(id), () => fresh.pick('acme'), () => fresh.refresh(opened), () => fresh.renew(id)];
    for (const want of wanted) {
      const error = await failureOf(want());
      expect(error).to.be.instanceOf(ProviderError).and.include({ kind: 'auth', permanent: true });
      expect((error as Error).message).to.equal(
        'the sign-in "a" of acme has ended. Sign in again: maestro auth login acme',
      );
    }
    await fresh.refreshDue(new AbortController().signal);
    expect(server.counts.requests).to.equal(0);
  });

  it('that has no end is not refreshed for its age, but is where a server refuses it', async () => {
    const acme = acmeOAuth(server);
    const method = refreshing(async (...given) => ({ ...(await acme.oauth!.refresh(...given)), expiresInMs: null }));
    const { fresh, credentials } = start([method]);
    const id = await saveSignIn(credentials, server, { label: 'a' });
    await db.query('update saved_authentications set expires_at = null, next_refresh_at = null');
    passes(10_000 * hour);
    const first = await fresh.open(id);
    await fresh.refreshDue(new AbortController().signal);
    expect(server.counts.requests).to.equal(0);
    server.state.fault = 503;
    expect(await codeOf(fresh.refresh(first))).to.equal('provider.unavailable');
    const waits = (await credentials.row(id)).next_refresh_at!.getTime() - (await fresh.now());
    expect(waits).to.be.within(1, 30_000);
    server.state.fault = null;
    const second = await fresh.refresh(first);
    expect(access(second)).not.to.equal(access(first));
    expect(await credentials.row(id)).to.include({ expires_at: null, next_refresh_at: null, failure: null, gen: 2 });
    expect(access(await fresh.open(id))).to.equal(access(second));
  });

  it('is not refreshed by a job that has been told to stop', async () => {
    const { fresh, credentials } = start([acmeOAuth(server)]);
    const id = await saveSignIn(credentials, server, { label: 'a' });
    passes(hour);
    await fresh.refreshDue(AbortSignal.abort());
    expect(server.counts.requests).to.equal(0);
    await fresh.refreshDue(new AbortController().signal);
    expect((await credentials.row(id)).gen).to.equal(2);
  });

  it('whose plugin is not loaded says so, and what is left of its token is used', async () => {
    const whole = start([acmeOAuth(server)]);
    const id = await saveSignIn(whole.credentials, server, { label: 'a' });
    const { fresh, credentials } = start([]);
    const first = access(await fresh.open(id));
    passes(hour - 200_000);
    expect(access(await fresh.open(id))).to.equal(first);
    const { failure, ...row } = await credentials.row(id);
    expect(failure?.message).to.equal('the plugin that refreshes acme is not loaded');
    expect(row).to.include({ needs_login: false, gen: 1 });
    passes(200_000);
    expect(await codeOf(fresh.open(id))).to.equal('provider.unavailable');
    expect(access(await whole.fresh.open(id))).not.to.equal(first);
  });

  for (const [what, thrown, code] of [
    ['breaks', new TypeError('quota5519 is not iterable'), 'provider.malformed'],
    ['throws an error of the core', new MaestroError('credential.invalid', 'no project'), 'provider.bad_request'],
  ] as const) {
    it(`whose plugin ${what} has the reason in the log, and asks nobody to sign in anew`, async () => {
      const { fresh, credentials } = start([refreshing(() => Promise.reject(thrown))]);
      const id = await saveSignIn(credentials, server, { label: 'a' });
      passes(hour);
      expect(await codeOf(fresh.open(id))).to.equal(code);
      const { failure, needs_login } = await credentials.row(id);
      expect(failure?.code).to.equal(code);
      expect(failure?.message).not.to.contain('quota5519');
      expect(needs_login).to.equal(false);
      const told = lines.filter((line) => line.includes('a sign-in method failed'));
      expect(told).to.have.length(1);
      expect(told[0]).to.contain(thrown.message);
    });
  }
});
