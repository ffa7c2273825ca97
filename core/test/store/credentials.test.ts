import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { AuthMethod } from '../../src/extension/auth.js';
import { Secret } from '../../src/secret.js';
import { Credentials } from '../../src/store/credentials.js';
import type { Database } from '../../src/store/database.js';
import { type MasterKey, openMasterKey } from '../../src/store/master-key.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

const method = (provider: string, id: string, env: string[]): AuthMethod => ({
  id,
  provider,
  kind: 'api_key',
  label: 'API key',
  env,
  fields: [],
  complete: () => ({}),
});
const methods = [
  method('acme', 'acme-key', ['ACME_KEY', 'ACME_OTHER']),
  method('acme', 'acme-2', ['ACME_2']),
  method('bolt', 'bolt-key', ['BOLT_KEY']),
];
const key = (provider: string, label: string, value: string, id = `${provider}-key`) => ({
  provider,
  method: id,
  kind: 'api_key' as const,
  label,
  secrets: { api_key: new Secret(value) },
});
const keyIn = (credential: { secrets: Readonly<Record<string, Secret>> } | undefined) =>
  credential?.secrets.api_key?.use((value) => value);

describe('credentials', () => {
  let db: Database & TestDatabase;
  let keysDir: string;
  let master: MasterKey;
  let credentials: Credentials;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    keysDir = mkdtempSync(join(tmpdir(), 'maestro-keys-'));
    master = await openMasterKey({ db, keysDir });
    credentials = new Credentials(db, master, () => methods, {});
  });
  afterEach(async () => {
    rmSync(keysDir, { recursive: true, force: true });
    await db.query('delete from saved_authentications');
    await db.query('delete from key_check');
  });
  const withEnv = (env: Record<string, string>) => new Credentials(db, master, () => methods, env);

  it('are saved, several for each provider, and opened by id', async () => {
    const work = await credentials.create(key('acme', 'work', 'sk-work-123'));
    const home = await credentials.create(key('acme', 'home', 'sk-home-123'));
    expect(work).to.include({
      provider: 'acme',
      label: 'work',
      auth_type: 'api_key',
      source: 'saved',
      state: 'ready',
      expires_at: null,
    });
    expect((await credentials.list()).map(({ id }) => id)).to.deep.equal([work.id, home.id]);
    const opened = await credentials.open(home.id);
    expect(opened).to.include({ id: home.id, provider: 'acme', method: 'acme-key', kind: 'api_key' });
    expect(keyIn(opened)).to.equal('sk-home-123');
  });

  it('are nowhere in the database in clear, and print as nothing', async () => {
    const { id } = await credentials.create(key('acme', 'work', 'sk-canary-4711'));
    const { rows } = await db.query('select * from saved_authentications');
    const text = JSON.stringify(rows);
    for (const form of [
      'sk-canary-4711',
      Buffer.from('sk-canary-4711').toString('base64'),
      Buffer.from('sk-canary-4711').toString('hex'),
    ]) {
      expect(text).not.to.contain(form);
    }
    const opened = await credentials.open(id);
    expect(
      inspect(opened, { depth: 9 }) + JSON.stringify(opened) + JSON.stringify(await credentials.list()),
    ).not.to.contain('canary');
  });

  it('have one label each within a provider', async () => {
    await credentials.create(key('acme', 'work', 'one-123'));
    expect(await codeOf(credentials.create(key('acme', 'work', 'two-123')))).to.equal('credential.exists');
    await credentials.create(key('bolt', 'work', 'three-123'));
  });

  it('are removed once', async () => {
    const { id } = await credentials.create(key('acme', 'work', 'sk-work-123'));
    await credentials.remove(id);
    expect(await credentials.list()).to.deep.equal([]);
    for (const unknown of [id, 'no-uuid', '']) {
      expect(await codeOf(credentials.remove(unknown))).to.equal('credential.unknown');
      expect(await codeOf(credentials.open(unknown))).to.equal('credential.unknown');
    }
  });

  it('that were tampered with are refused, each by itself', async () => {
    const good = await credentials.create(key('acme', 'good', 'sk-good-123'));
    const moved = await credentials.create(key('acme', 'moved', 'sk-moved-123'));
    const renamed = await credentials.create(key('acme', 'renamed', 'sk-renamed-123'));
    const cut = await credentials.create(key('acme', 'cut', 'sk-cut-123'));
    await db.query(
      'update saved_authentications set credentials = (select credentials from saved_authentications where id = $1) where id = $2',
      [good.id, moved.id],
    );
    await db.query(`update saved_authentications set provider = 'bolt' where id = $1`, [renamed.id]);
    await db.query(
      `update saved_authentications set credentials = jsonb_set(credentials, '{ct}', '"AAAA"') where id = $1`,
      [cut.id],
    );
    for (const { id } of [moved, renamed, cut])
      expect(await codeOf(credentials.open(id))).to.equal('credential.corrupt');
    expect(keyIn(await credentials.open(good.id))).to.equal('sk-good-123');
    const states = Object.fromEntries((await credentials.list()).map(({ label, state }) => [label, state]));
    expect(states).to.deep.equal({ good: 'ready', moved: 'corrupt', renamed: 'corrupt', cut: 'corrupt' });
  });

  it('of the environment are used and listed but neither saved nor removed here', async () => {
    const both = withEnv({
      ACME_KEY: ' ',
      ACME_OTHER: ' sk-env-123 ',
      ACME_2: 'sk-second-123',
      BOLT_KEY: 'sk-bolt-123',
    });
    const listed = await both.list();
    expect(listed.map(({ id, provider, label, source }) => [id, provider, label, source])).to.deep.equal([
      ['env', 'acme', 'env', 'env'],
      ['env', 'bolt', 'env', 'env'],
    ]);
    expect(keyIn(await both.open('env', 'acme'))).to.equal('sk-env-123');
    expect(keyIn(await both.open('env', 'bolt'))).to.equal('sk-bolt-123');
    expect(keyIn(await both.open('env'))).to.equal('sk-env-123');
    expect(await codeOf(both.open('env', 'other'))).to.equal('credential.unknown');
    expect(await codeOf(credentials.open('env'))).to.equal('credential.unknown');
    expect(await codeOf(both.remove('env'))).to.equal('credential.environment');
    expect((await db.query('select 1 from saved_authentications')).rowCount).to.equal(0);
  });

  it('are picked where a session names none: the newest saved that opens, else the environment', async () => {
    const env = withEnv({ ACME_KEY: 'sk-env-123' });
    expect(await credentials.pick('acme')).to.equal(undefined);
    expect(keyIn(await env.pick('acme'))).to.equal('sk-env-123');
    await env.create(key('acme', 'old', 'sk-old-123'));
    const newest = await env.create(key('acme', 'new', 'sk-new-123'));
    expect(keyIn(await env.pick('acme'))).to.equal('sk-new-123');
    await db.query(`update saved_authentications set credentials = '{}' where id = $1`, [newest.id]);
    expect(keyIn(await env.pick('acme'))).to.equal('sk-old-123');
    expect(keyIn(await env.pick('acme', ['acme-key']))).to.equal('sk-old-123');
    expect(await env.pick('acme', ['acme-2'])).to.equal(undefined);
    expect(await env.pick('bolt')).to.equal(undefined);
  });
});
