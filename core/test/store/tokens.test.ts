import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Database } from '../../src/store/database.js';
import { Tokens } from '../../src/store/tokens.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

const hour = 60 * 60 * 1000;

describe('tokens', () => {
  let db: Database & TestDatabase;
  let now: number;
  let tokens: Tokens;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(() => {
    now = Date.parse('2026-01-01T00:00:00Z');
    tokens = new Tokens(db, () => new Date(now));
  });
  afterEach(() => db.query('delete from api_tokens'));

  it('are long, random and recognised', async () => {
    const { id, token } = await tokens.create('laptop', 'machine');
    expect(token).to.match(/^mst_[A-Za-z0-9_-]{43}$/);
    expect(await tokens.check(token)).to.deep.equal({ id, name: 'laptop', kind: 'machine' });
    expect((await tokens.create('laptop', 'machine')).token).not.to.equal(token);
  });

  it('are kept as their SHA-256 only', async () => {
    const { token } = await tokens.create('laptop', 'api');
    const { rows } = await db.query<{ digest: Buffer }>('select * from api_tokens');
    expect(rows[0]!.digest).to.deep.equal(createHash('sha256').update(token).digest());
    expect(JSON.stringify(rows)).not.to.contain(token.slice(4));
  });

  it('that nobody was given are nobody', async () => {
    const { token } = await tokens.create('laptop', 'api');
    for (const wrong of ['', 'mst_', token.slice(0, -1), `${token}x`, token.toUpperCase(), `mst_${'A'.repeat(43)}`]) {
      expect(await tokens.check(wrong)).to.equal(null);
    }
  });

  it('of a browser end after twelve hours without use, and use keeps them', async () => {
    const { token } = await tokens.create('tab', 'browser');
    now += 11 * hour;
    expect(await tokens.check(token)).to.include({ name: 'tab' });
    now += 12 * hour - 1;
    expect(await tokens.check(token)).to.include({ name: 'tab' });
    now += 12 * hour;
    expect(await tokens.check(token)).to.equal(null);
    expect(await tokens.list()).to.deep.equal([]);
  });

  it('are kept by what is open under them, and told once they ended', async () => {
    const [tab, idle, gone, machine] = [
      await tokens.create('tab', 'browser'),
      await tokens.create('idle', 'browser'),
      await tokens.create('gone', 'browser'),
      await tokens.create('laptop', 'machine'),
    ];
    await tokens.revoke(gone.id);
    now += 11 * hour;
    expect(await tokens.keep([tab.id, gone.id])).to.deep.equal([gone.id]);
    now += 11 * hour;
    expect(await tokens.keep([tab.id, idle.id, machine.id])).to.deep.equal([idle.id]);
    expect(await tokens.check(tab.token)).to.include({ name: 'tab' });
    expect(await tokens.check(idle.token)).to.equal(null);
  });

  it('of machines and programs do not end', async () => {
    const machine = await tokens.create('laptop', 'machine');
    const api = await tokens.create('script', 'api');
    now += 1000 * hour;
    for (const { token } of [machine, api]) expect(await tokens.check(token)).not.to.equal(null);
  });

  it('tell when they were last used, to the minute, without a write for each use', async () => {
    const { token } = await tokens.create('tab', 'browser');
    const used = async () => (await tokens.list())[0]!.last_used_at;
    now += 30_000;
    await tokens.check(token);
    expect(await used()).to.equal('2026-01-01T00:00:00.000Z');
    now += 31_000;
    await tokens.check(token);
    expect(await used()).to.equal('2026-01-01T00:01:01.000Z');
  });

  it('are revoked at once, and whoever follows is told', async () => {
    const told: string[] = [];
    const dispose = tokens.onRevoked((id) => told.push(id));
    const { id, token } = await tokens.create('tab', 'browser');
    const other = await tokens.create('other', 'browser');
    await tokens.revoke(id);
    expect(await tokens.check(token)).to.equal(null);
    expect(told).to.deep.equal([id]);
    expect((await tokens.list()).map((token) => token.id)).to.deep.equal([other.id]);
    await dispose();
    await tokens.revoke(other.id);
    expect(told).to.deep.equal([id]);
    for (const gone of [id, 'no-uuid']) expect(await codeOf(tokens.revoke(gone))).to.equal('token.unknown');
  });

  it('go by the time of day unless told otherwise', async () => {
    const real = new Tokens(db);
    const { token } = await real.create('tab', 'browser');
    expect(await real.check(token)).to.include({ kind: 'browser' });
  });
});
