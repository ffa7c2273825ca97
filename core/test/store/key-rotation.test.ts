import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Secret } from '../../src/secret.js';
import { Credentials } from '../../src/store/credentials.js';
import type { Database } from '../../src/store/database.js';
import type { KeyFile } from '../../src/store/key-file.js';
import { KeyRotation } from '../../src/store/key-rotation.js';
import { openMasterKey } from '../../src/store/master-key.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { inFull } from '../../src/testing/in-full.js';
import { codeOf } from './rows.js';

const rotator = fileURLToPath(new URL('./rotator.js', import.meta.url));
const kills = inFull(100, 10);

describe('K4 the rotation of the master key', function () {
  this.timeout(300_000);
  let db: Database & TestDatabase;
  let keysDir: string;
  let path: string;
  beforeEach(async () => {
    db = await openTestDatabase();
    keysDir = mkdtempSync(join(tmpdir(), 'maestro-rotation-'));
    path = join(keysDir, 'master.key');
  });
  afterEach(async () => {
    await db.drop();
    rmSync(keysDir, { recursive: true, force: true });
  });
  const file = () => JSON.parse(readFileSync(path, 'utf8')) as KeyFile;
  const open = async () => {
    const key = await openMasterKey({ db, keysDir });
    return { key, credentials: new Credentials(db, key, () => [], {}), rotation: new KeyRotation(db, key) };
  };
  const save = (credentials: Credentials, label: string) =>
    credentials.create({
      provider: 'acme',
      method: 'acme/key',
      kind: 'api_key',
      label,
      secrets: { api_key: new Secret(`sk-${label}-secret`) },
    });
  const fill = async (credentials: Credentials, count: number) => {
    for (let from = 0; from < count; from += 100) {
      const labels = Array.from({ length: Math.min(100, count - from) }, (_, index) => `n${from + index}`);
      await Promise.all(labels.map((label) => save(credentials, label)));
    }
  };
  const states = async (credentials: Credentials) => new Set((await credentials.list()).map(({ state }) => state));

  it('seals every row with the new key, keeps the old one until it is dropped, and the text under its data key', async () => {
    const { credentials, rotation, key } = await open();
    const { id } = await save(credentials, 'a');
    const before = await credentials.row(id);
    const done = await rotation.rotate({ full: false });
    expect(done).to.deep.include({ current: 'k2', source: 'file', unreadable: [] });
    expect(done.keys.map(({ kid, credentials: count }) => [kid, count])).to.deep.equal([
      ['k1', 0],
      ['k2', 1],
    ]);
    expect(key.current).to.equal('k2');
    const rewrapped = await credentials.row(id);
    expect(rewrapped.credentials).to.include({ kid: 'k2', ct: before.credentials.ct });
    expect(rewrapped).to.deep.include({ gen: before.gen, updated_at: before.updated_at });
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect((await rotation.dropOld()).keys.map(({ kid }) => kid)).to.deep.equal(['k2']);
    const later = await open();
    expect((await later.credentials.open(id)).secrets.api_key?.use((value) => value)).to.equal('sk-a-secret');
    await later.rotation.rotate({ full: true });
    expect((await credentials.row(id)).credentials).to.include({ kid: 'k3' });
    expect((await credentials.row(id)).credentials.ct).not.to.equal(before.credentials.ct);
  });

  it('is finished by the next command where it was not, with no third key', async () => {
    const { credentials, rotation } = await open();
    await save(credentials, 'a');
    await rotation.rotate({ full: false });
    await rotation.rotate({ full: false });
    expect(file().keys.map(({ kid }) => kid)).to.deep.equal(['k1', 'k2']);
  });

  it('is followed by a server that was not told of it', async () => {
    const [one, other] = [await open(), await open()];
    const { id } = await save(other.credentials, 'a');
    await one.rotation.rotate({ full: false });
    expect((await other.credentials.open(id)).secrets).to.have.property('api_key');
    const { id: second } = await save(other.credentials, 'b');
    expect((await one.credentials.row(second)).credentials.kid).to.equal('k2');
    await one.rotation.dropOld();
    expect(await states(one.credentials)).to.deep.equal(new Set(['ready']));
  });

  it('keeps a key that still seals something', async () => {
    const { credentials, rotation, key } = await open();
    const { id } = await save(credentials, 'a');
    const old = (await credentials.row(id)).credentials;
    await rotation.rotate({ full: false });
    await db.query('update saved_authentications set credentials = $1', [JSON.stringify(old)]);
    expect(await codeOf(rotation.dropOld())).to.equal('key.unrotatable');
    expect(key.kek('k1')).to.have.length(32);
  });

  it('leaves a damaged row as it is, names it, and does not stop at it', async () => {
    const { credentials, rotation } = await open();
    const bad = await save(credentials, 'bad');
    const good = await save(credentials, 'good');
    await db.query(`update saved_authentications set credentials = credentials || '{"ct":"AAAA"}' where id = $1`, [
      bad.id,
    ]);
    const done = await rotation.rotate({ full: false });
    expect(done.unreadable).to.deep.equal([bad.id]);
    expect((await credentials.row(good.id)).credentials.kid).to.equal('k2');
    expect((await rotation.dropOld()).keys).to.have.length(1);
  });

  it('takes less than 5 s for 1,000 rows', async () => {
    const { credentials, rotation } = await open();
    await fill(credentials, 1_000);
    const began = performance.now();
    await rotation.rotate({ full: true });
    expect(performance.now() - began).to.be.lessThan(5_000);
    expect(await states(credentials)).to.deep.equal(new Set(['ready']));
  });

  it(`killed at any moment leaves every row open: ${kills} times`, async () => {
    const { credentials, rotation } = await open();
    await fill(credentials, 120);
    const began = performance.now();
    await rotation.rotate({ full: true });
    const wholeMs = performance.now() - began;
    for (let kill = 0; kill < kills; kill += 1) {
      const child = fork(rotator, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const ready = new Promise((resolve) => child.once('message', resolve));
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.send({ url: db.url, keysDir });
      expect(await ready).to.equal('ready');
      // Before, in the middle and behind, however fast this machine is.
      await after(Math.random() * 2 * wholeMs);
      child.kill('SIGKILL');
      await gone;
      const now = await open();
      expect(await states(now.credentials), `after kill ${kill}`).to.deep.equal(new Set(['ready']));
    }
    expect(file().keys.length).to.be.within(1, 2);
    expect(Number(file().current.slice(1))).to.be.greaterThan(2);
  });

  it('is not for a key of the environment, and one at a time', async () => {
    const given = Buffer.alloc(32, 7).toString('base64');
    const key = await openMasterKey({ db, keysDir, given });
    expect(await codeOf(new KeyRotation(db, key).rotate({ full: false }))).to.equal('key.unrotatable');
    expect((await new KeyRotation(db, key).status()).source).to.equal('environment');
  });

  it('needs sources that agree', async () => {
    const { key } = await open();
    const text = readFileSync(path, 'utf8');
    const given = (value: string) => openMasterKey({ db, keysDir, given: value });
    expect((await given(text)).current).to.equal(key.current);
    expect((await given(file().keys[0]!.key)).current).to.equal('k1');
    expect(await codeOf(given(Buffer.alloc(32, 7).toString('base64')))).to.equal('key.sources_disagree');
    expect(await codeOf(given('no key'))).to.equal('key.wrong');
    const elsewhere = join(keysDir, 'other.key');
    expect(await codeOf(openMasterKey({ db, keysDir, file: elsewhere }))).to.equal('key.sources_disagree');
    writeFileSync(elsewhere, text, { mode: 0o600 });
    expect((await openMasterKey({ db, keysDir, file: elsewhere })).path).to.equal(elsewhere);
    const another = {
      v: 1,
      keys: [{ kid: 'k1', created: '', key: Buffer.alloc(32, 9).toString('base64') }],
      current: 'k1',
    };
    writeFileSync(elsewhere, JSON.stringify(another), { mode: 0o600 });
    const error = await openMasterKey({ db, keysDir, file: elsewhere }).catch((failure: Error) => failure);
    expect(error).to.include({ code: 'key.sources_disagree' });
    expect((error as Error).message)
      .to.contain(elsewhere)
      .and.contain(path);
  });
});
