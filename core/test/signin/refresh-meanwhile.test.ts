import { expect } from 'chai';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { Credential } from '../../src/extension/provider.js';
import { createLog } from '../../src/log.js';
import { Secret } from '../../src/secret.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from '../store/rows.js';
import { acmeOAuth } from './acme.js';
import { saveSignIn, signInParts, testKey } from './support.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const access = ({ secrets }: Credential) => secrets.access_token!.use((token) => token);
const hour = 3_600_000;

describe('what happens to a sign-in while it is refreshed', () => {
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
  const start = (methods: AuthMethod[]) => {
    const log = createLog({ level: 'debug', sinks: [{ write: (line) => lines.push(line) }] });
    const parts = signInParts({ db, keys, methods, clock, log });
    open.push(parts.http);
    return parts;
  };
  /** Until somebody waits for a row that another has locked. */
  const isWaiting = async () => {
    for (;;) {
      const { rows } = await db.query<{ count: number }>(
        "select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      if (rows[0]!.count > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  /** A server that is slow with its answer: what is given happens before it. */
  const slow = (meanwhile: () => Promise<unknown>): AuthMethod => {
    const acme = acmeOAuth(server);
    const { refresh } = acme.oauth!;
    return { ...acme, oauth: { ...acme.oauth!, refresh: (...given) => meanwhile().then(() => refresh(...given)) } };
  };
  /** Opens it in one process, and in another one while the first is asking; both answers, as codes. */
  const openedByTwo = async (save: (parts: ReturnType<typeof start>) => Promise<string>) => {
    const second = start([acmeOAuth(server)]);
    const id = await save(second);
    let waiting: Promise<string> | undefined;
    const meanwhile = () => {
      waiting ??= codeOf(second.fresh.open(id));
      return isWaiting();
    };
    passes(hour);
    const first = await codeOf(start([slow(meanwhile)]).fresh.open(id));
    return { id, codes: [first, await waiting], row: () => second.credentials.row(id) };
  };

  it('a failure is told to all who waited for it, and none of them asks again at once', async () => {
    const { codes, row } = await openedByTwo(async ({ credentials }) => {
      server.state.fault = 503;
      return saveSignIn(credentials, server, { label: 'a' });
    });
    expect(codes).to.deep.equal(['provider.unavailable', 'provider.network']);
    expect(server.counts.requests).to.equal(1);
    expect(await row()).to.include({ refresh_attempt_at: null, needs_login: false, gen: 1 });
    expect((await row()).failure?.message).to.equal('Acme answered 503');
  });

  it('a failure after a long wait is told as well to whoever came late', async () => {
    const { credentials, fresh } = start([acmeOAuth(server)]);
    const id = await saveSignIn(credentials, server, { label: 'a' });
    passes(hour);
    // As another process does it, whose claim is older than that of one who is about to take the lock.
    await db.query("update saved_authentications set refresh_attempt_at = now() - interval '10 seconds'");
    const late = await db.transaction(async (sql) => {
      await sql.query('select from saved_authentications for update');
      const opened = fresh.open(id).catch((error: Error) => error.message);
      await isWaiting();
      await sql.query(
        `update saved_authentications set refresh_attempt_at = null, failure = $1, next_refresh_at = now() + interval '2 hours'`,
        [JSON.stringify({ code: 'provider.timeout', message: 'Acme is slow', at: new Date().toISOString() })],
      );
      return { opened };
    });
    expect(await late.opened).to.equal('Acme is slow');
    expect(server.counts.requests).to.equal(0);
    expect(await credentials.row(id)).to.include({ refresh_attempt_at: null });
    // Whoever looks afterwards, when there is nothing left of the token, may ask.
    expect(access(await fresh.open(id))).to.be.a('string');
    expect(server.counts.requests).to.equal(1);
  });

  it('a refusal is told to all who waited for it as what a person must mend', async () => {
    const { codes, row } = await openedByTwo(async ({ credentials }) => {
      const id = await saveSignIn(credentials, server, { label: 'a' });
      server.issue('a');
      return id;
    });
    expect(codes).to.deep.equal(['provider.auth', 'provider.auth']);
    expect(server.counts.requests).to.equal(1);
    expect(await row()).to.include({ refresh_attempt_at: null, needs_login: true, gen: 1 });
  });

  it('its removal leaves nothing to wait for', async () => {
    const { credentials, fresh } = start([acmeOAuth(server)]);
    const id = await saveSignIn(credentials, server, { label: 'a' });
    passes(hour);
    const opened = await db.transaction(async (sql) => {
      await sql.query('select from saved_authentications for update');
      const code = codeOf(fresh.open(id));
      await isWaiting();
      await sql.query('delete from saved_authentications');
      return { code };
    });
    expect(await opened.code).to.equal('credential.unknown');
    expect(server.counts.requests).to.equal(0);
  });

  describe('and the commit of its tokens fails', () => {
    /** Cuts the connection that holds the lock, after the token server has answered. */
    const cutWhile = (meanwhile: () => Promise<unknown>): AuthMethod => {
      const acme = acmeOAuth(server);
      const refresh: NonNullable<AuthMethod['oauth']>['refresh'] = async (...given) => {
        const tokens = await acme.oauth!.refresh(...given);
        await db.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
        );
        await meanwhile();
        return tokens;
      };
      return { ...acme, oauth: { ...acme.oauth!, refresh } };
    };

    it('the tokens of a person who signed in anew win', async () => {
      const other = start([acmeOAuth(server)]);
      const id = await saveSignIn(other.credentials, server, { label: 'a' });
      const secrets = { access_token: new Secret('access_anew'), refresh_token: new Secret('refresh_anew') };
      const { fresh } = start([cutWhile(() => other.credentials.replace(id, { secrets }))]);
      passes(hour);
      expect(access(await fresh.open(id))).to.equal('access_anew');
      expect(await other.credentials.row(id)).to.include({ gen: 2, needs_login: false });
    });

    it('it is not brought back after its removal', async () => {
      const other = start([acmeOAuth(server)]);
      const id = await saveSignIn(other.credentials, server, { label: 'a' });
      const { fresh } = start([cutWhile(() => other.credentials.remove(id))]);
      passes(hour);
      expect(await codeOf(fresh.open(id))).to.equal('credential.unknown');
      expect(await other.credentials.list()).to.deep.equal([]);
    });

    it('they are saved as soon as the database takes them', async () => {
      const other = start([acmeOAuth(server)]);
      const id = await saveSignIn(other.credentials, server, { label: 'a' });
      const away = () => db.query('alter table saved_authentications rename to away');
      const { fresh } = start([cutWhile(away)]);
      passes(hour);
      const opened = fresh.open(id);
      await new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (!lines.some((line) => line.includes('could not be saved'))) return;
          clearInterval(look);
          // After the first new try.
          setTimeout(resolve, 400);
        }, 5);
      });
      await db.query('alter table away rename to saved_authentications');
      await opened;
      expect(await other.credentials.row(id)).to.include({ gen: 2, needs_login: false, failure: null });
      expect(server.counts).to.include({ refreshes: 1, revoked: 0 });
    });
  });
});
