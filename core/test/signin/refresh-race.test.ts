import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { inFull } from '../../src/testing/in-full.js';
import { codeOf } from '../store/rows.js';
import { acmeOAuth } from './acme.js';
import type { RefresherOrder, RefresherReport } from './refresher.js';
import { saveSignIn, signInParts, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const refresher = fileURLToPath(new URL('./refresher.js', import.meta.url));

function race(order: RefresherOrder): Promise<RefresherReport | { signal: string | null }> {
  return new Promise((resolve, reject) => {
    const child = fork(refresher, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('error', reject);
    child.once('message', (report) => resolve(report as RefresherReport));
    child.once('exit', (_code, signal) => resolve({ signal }));
    child.send(order);
  });
}

describe('V8 the refresh of a sign-in that many processes use', function () {
  this.timeout(120_000);
  let db: Database & TestDatabase;
  let server: TokenServer;
  let parts: ReturnType<typeof signInParts>;
  const key = randomBytes(32);
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    server = await startTokenServer();
    parts = signInParts({ db, keys: testKey(key), methods: [acmeOAuth(server)] });
  });
  afterEach(async () => {
    await parts.http.close();
    await server.close();
    await db.query('delete from saved_authentications');
  });
  const order = (credentials: string[], rest: Pick<RefresherOrder, 'calls' | 'pauseMs' | 'dies'>): RefresherOrder => ({
    databaseUrl: db.url,
    key: key.toString('hex'),
    serverUrl: server.url,
    credentials,
    ...rest,
  });
  const expire = () =>
    db.query(`update saved_authentications set expires_at = now() - interval '1 second', next_refresh_at = now(),
      updated_at = now() - interval '1 hour'`);

  for (let run = 1; run <= inFull(10, 1); run += 1) {
    it(`is sent once for each expiry and never ends the family: 12 processes of 40 calls, run ${run}`, async () => {
      const id = await saveSignIn(parts.credentials, server, { label: 'a' });
      const running = Array.from({ length: 12 }, () => race(order([id], { calls: 40, pauseMs: 200 })));
      const all = Promise.all(running);
      let expiries = 0;
      const timer = setInterval(() => {
        expiries += 1;
        void expire();
      }, 600);
      const reports = (await all) as RefresherReport[];
      clearInterval(timer);
      expect(expiries).to.be.at.least(10);
      expect(server.counts.revoked).to.equal(0);
      expect(server.counts.refused).to.equal(0);
      expect(server.counts.refreshes).to.be.within(1, expiries);
      expect(reports.reduce((sum, { failed }) => sum + failed, 0)).to.equal(0);
    });
  }

  it('is sent once when 20 sessions in 3 processes cross the expiry at once', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    await expire();
    server.state.delayMs = 100;
    const many = Array.from({ length: 7 }, () => id);
    const reports = await Promise.all(
      [many, many, many.slice(1)].map((ids) => race(order(ids, { calls: 1, pauseMs: 1 }))),
    );
    expect(reports).to.deep.equal([0, 0, 0].map(() => ({ refused: 0, failed: 0 })));
    expect(server.counts).to.include({ refreshes: 1, refused: 0, revoked: 0 });
  });

  it('that is killed between the answer and the commit asks for a new sign-in, deletes nothing, and stops no other', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    const other = await saveSignIn(parts.credentials, server, { label: 'b' });
    await expire();
    expect(await race(order([id], { calls: 1, pauseMs: 1, dies: true }))).to.deep.equal({ signal: 'SIGKILL' });
    expect((await parts.credentials.row(id)).refresh_attempt_at).to.be.instanceOf(Date);
    expect(await codeOf(parts.fresh.open(id))).to.equal('provider.auth');
    const row = await parts.credentials.row(id);
    expect(row).to.include({ needs_login: true, gen: 1 });
    expect(row.failure?.message).to.contain('the server stopped while it refreshed');
    expect(server.counts.refused).to.equal(1);
    await parts.fresh.open(other);
    expect(await parts.credentials.row(other)).to.include({ needs_login: false, gen: 2 });
    expect((await parts.credentials.list()).length).to.equal(2);
  });

  it('that is killed before the token server has heard of it is done by the next', async () => {
    const id = await saveSignIn(parts.credentials, server, { label: 'a' });
    await expire();
    await db.query('update saved_authentications set refresh_attempt_at = now()');
    await parts.fresh.open(id);
    expect(await parts.credentials.row(id)).to.include({ needs_login: false, gen: 2, refresh_attempt_at: null });
    expect(server.counts).to.include({ refreshes: 1, revoked: 0 });
  });
});
