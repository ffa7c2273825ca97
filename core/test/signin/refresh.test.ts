import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import type { Credential } from '../../src/extension/provider.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from '../store/rows.js';
import { acmeOAuth } from './acme.js';
import { saveSignIn, signInParts, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const access = ({ secrets }: Credential) => secrets.access_token!.use((token) => token);
const hour = 3_600_000;

describe('the refresh of a sign-in', () => {
  let db: Database & TestDatabase;
  let server: TokenServer;
  const keys = testKey();
  const clock = { mono: 0, skew: 0, monotonic: () => clock.mono, skewMs: () => clock.skew };
  let parts: ReturnType<typeof signInParts>;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    Object.assign(clock, { mono: 0, skew: 0 });
    server = await startTokenServer();
    parts = signInParts({ db, keys, methods: [acmeOAuth(server)], clock });
  });
  afterEach(async () => {
    await parts.http.close();
    await server.close();
    await db.query('delete from saved_authentications');
  });
  /** Time as it goes by: on both clocks. */
  const passes = (ms: number) => {
    clock.mono += ms;
    clock.skew += ms;
  };
  const row = (id: string) => parts.credentials.row(id);

  it('comes before the end of a token, and not earlier than it must', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const first = access(await parts.fresh.open(id));
    passes(hour / 2);
    expect(access(await parts.fresh.open(id))).to.equal(first);
    passes(hour / 2 - 200_000);
    expect(access(await parts.fresh.open(id))).not.to.equal(first);
    expect(server.counts).to.include({ refreshes: 1, revoked: 0 });
    expect(await row(id)).to.include({ gen: 2, refresh_attempt_at: null, failure: null, account: 'ada@acme.example' });
  });

  it('is not opened for another provider than its own', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    expect(access(await parts.fresh.open(id, 'acme'))).to.be.a('string');
    expect(await codeOf(parts.fresh.open(id, 'other'))).to.equal('credential.unknown');
  });

  it('is one for all who wait in a process', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    passes(hour);
    server.state.delayMs = 50;
    const all = await Promise.all(Array.from({ length: 20 }, () => parts.fresh.open(id)));
    expect(new Set(all.map(access)).size).to.equal(1);
    expect(server.counts).to.include({ refreshes: 1, revoked: 0 });
  });

  it('V7 is due by a clock that nobody can set, so that a clock set back makes no token eternal', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const first = access(await parts.fresh.open(id));
    passes(hour / 2);
    clock.skew -= 2 * hour;
    expect(access(await parts.fresh.open(id))).to.equal(first);
    clock.mono += hour / 2;
    expect(access(await parts.fresh.open(id))).not.to.equal(first);
    // Another process that sees it first after the clock was set back gives it one life at most.
    clock.skew -= 20 * hour;
    const other = signInParts({ db, keys, methods: [acmeOAuth(server)], clock });
    const second = access(await other.fresh.open(id));
    clock.mono += hour;
    expect(access(await other.fresh.open(id))).not.to.equal(second);
    await other.http.close();
    expect(server.counts.revoked).to.equal(0);
  });

  for (const skew of [-2, 2]) {
    it(`V7 costs one refused call at most for each token with a clock that is ${skew} h wrong`, async () => {
      clock.skew = skew * hour;
      const id = await saveSignIn(parts.credentials, server, { label: 'a', now: Date.now() + clock.skew });
      for (let life = 1; life <= 3; life += 1) {
        const before = server.counts.refreshes;
        passes(hour);
        await parts.fresh.open(id);
        await parts.fresh.open(id);
        expect(server.counts.refreshes - before).to.equal(1);
      }
    });
  }

  it('after a 401 takes what somebody else has got, and asks only once', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const refused = await parts.fresh.open(id);
    const fresh = await parts.fresh.refresh(refused);
    expect(access(fresh)).not.to.equal(access(refused));
    expect(access(await parts.fresh.refresh(refused))).to.equal(access(fresh));
    expect(server.counts.refreshes).to.equal(1);
  });

  it('that is refused asks for a new sign-in and deletes nothing', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const other = await saveSignIn(parts.credentials, server, { label: 'b' });
    server.issue('a');
    const refused = await parts.fresh.open(id);
    const error = await parts.fresh.refresh(refused).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(ProviderError).and.include({ kind: 'auth' });
    expect(await row(id)).to.include({ needs_login: true, gen: 1, next_refresh_at: null });
    expect((await parts.credentials.list())[0]).to.deep.include({ state: 'needs_login' });
    expect((await parts.credentials.list())[0]?.failure?.message).to.equal('Acme does not take this token');
    const again = await parts.fresh.open(id).catch((failure: Error) => failure.message);
    expect(again).to.contain('Acme does not take this token').and.contain('maestro auth login acme');
    expect((await parts.fresh.pick('acme'))?.id).to.equal(other);
    expect(server.counts.requests).to.equal(1);
  });

  it('that meets a network which is down keeps the old token, says why, and is tried again later', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const first = access(await parts.fresh.open(id));
    server.state.fault = 0;
    passes(hour - 200_000);
    expect(access(await parts.fresh.open(id))).to.equal(first);
    expect(await row(id)).to.include({ needs_login: false, gen: 1, refresh_attempt_at: null });
    expect((await row(id)).failure).to.include({ code: 'provider.network' });
    // Not again at once: the token is good and the next try has its time.
    await parts.fresh.open(id);
    expect(server.counts.requests).to.equal(1);
    passes(200_000);
    expect(await codeOf(parts.fresh.open(id))).to.equal('provider.network');
    server.state.fault = null;
    expect(access(await parts.fresh.open(id))).not.to.equal(first);
    expect((await row(id)).failure).to.equal(null);
  });

  it('is done by the job for all whose time has come, and safely twice at once', async () => {
    const ids = await Promise.all(['a', 'b', 'c'].map((label) => saveSignIn(parts.credentials, server, { label })));
    const other = signInParts({ db, keys, methods: [acmeOAuth(server)], clock });
    const { signal } = new AbortController();
    await parts.fresh.refreshDue(signal);
    expect(server.counts.refreshes).to.equal(0);
    passes(hour - 250_000);
    await Promise.all([parts.fresh.refreshDue(signal), other.fresh.refreshDue(signal)]);
    expect(server.counts).to.include({ refreshes: 3, revoked: 0 });
    for (const id of ids) expect((await row(id)).gen).to.equal(2);
    await other.http.close();
  });

  it('V8 tries an old token once after a crash, and explains when it is refused', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    await db.query("update saved_authentications set refresh_attempt_at = now() - interval '1 minute'");
    server.issue('a');
    const refused = await parts.fresh.open(id);
    expect(await codeOf(parts.fresh.refresh(refused))).to.equal('provider.auth');
    expect(server.counts.requests).to.equal(1);
    expect((await row(id)).failure?.message).to.contain('the server stopped while it refreshed this sign-in');
  });

  it('keeps tokens whose commit failed', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    // The connection that holds the lock is cut after the token server has answered.
    const cut = acmeOAuth(server, {
      onTokens: () => {
        void db.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
        );
      },
    });
    const { refresh } = cut.oauth!;
    const slow = {
      ...cut,
      oauth: {
        ...cut.oauth!,
        refresh: async (...given: Parameters<typeof refresh>) => {
          const tokens = await refresh(...given);
          await new Promise((resolve) => setTimeout(resolve, 200));
          return tokens;
        },
      },
    };
    const broken = signInParts({ db, keys, methods: [slow], clock });
    passes(hour);
    await broken.fresh.open(id);
    expect(await row(id)).to.include({ gen: 2, needs_login: false });
    expect(server.counts).to.include({ refreshes: 1, revoked: 0 });
    await broken.http.close();
  });

  it('tells what came of calls, and writes the same only once', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const credential = await parts.fresh.open(id);
    await parts.fresh.used(credential, 'ok');
    const first = (await row(id)).last_success_at;
    expect(first).to.be.instanceOf(Date);
    await parts.fresh.used(credential, 'ok');
    expect((await row(id)).last_success_at).to.deep.equal(first);
    await parts.fresh.used(credential, new ProviderError('quota', 'nothing is left'));
    expect((await row(id)).failure).to.include({ code: 'provider.quota', message: 'nothing is left' });
    await parts.fresh.used(credential, new ProviderError('too_long', 'the prompt is too long'));
    expect((await row(id)).failure).to.include({ code: 'provider.quota' });
    await parts.fresh.used(credential, 'ok');
    expect((await row(id)).failure).to.equal(null);
  });
});
