import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { Secret } from '../../src/secret.js';
import { Credentials } from '../../src/store/credentials.js';
import type { Database } from '../../src/store/database.js';
import { openMasterKey } from '../../src/store/master-key.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

describe('K4 the master key', () => {
  let db: Database & TestDatabase;
  let home: string;
  let keysDir: string;
  let path: string;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'maestro-key-'));
    keysDir = join(home, 'keys');
    path = join(keysDir, 'master.key');
  });
  afterEach(async () => {
    rmSync(home, { recursive: true, force: true });
    await db.query('delete from saved_authentications');
    await db.query('delete from key_check');
  });

  const open = (file?: string) => openMasterKey({ db, keysDir, file });
  const failed = (file?: string) =>
    open(file).then(
      () => expect.fail('it opened'),
      (error: Error & { code: string }) => error,
    );
  const save = async () => {
    const credentials = new Credentials(db, await open(), () => [], {});
    const secrets = { api_key: new Secret('sk-test-1234567') };
    return credentials.create({ provider: 'p', method: 'key', kind: 'api_key', label: 'mine', secrets });
  };

  it('is made with the first start, for its owner only, and read again with the next', async () => {
    const first = await open();
    expect(statSync(keysDir).mode & 0o777).to.equal(0o700);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const second = await open();
    expect(second.kek('k1').equals(first.kek('k1'))).to.equal(true);
    expect(first.kek('k1')).to.have.length(32);
  });

  it('is another one in every home', async () => {
    const first = await open();
    const other = await openTestDatabase();
    const second = await openMasterKey({ db: other, keysDir: join(home, 'other') });
    await other.drop();
    expect(second.kek('k1').equals(first.kek('k1'))).to.equal(false);
  });

  it('never prints', async () => {
    const key = await open();
    const { keys } = JSON.parse(readFileSync(path, 'utf8')) as { keys: { key: string }[] };
    expect(`${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`).not.to.contain(keys[0]!.key);
  });

  it('may lie elsewhere', async () => {
    const file = join(home, 'given.key');
    await open(file);
    expect(existsSync(file)).to.equal(true);
    expect(existsSync(keysDir)).to.equal(false);
    await open(file);
  });

  it('is not made anew while something is sealed with it, and nothing is touched', async () => {
    const saved = await save();
    rmSync(path);
    const error = await failed();
    expect(error.code).to.equal('key.missing');
    expect(error.message).to.contain(path).and.to.contain('1 credential').and.to.contain('backup');
    expect(existsSync(path)).to.equal(false);
    expect((await db.query('select id from saved_authentications')).rows).to.deep.equal([{ id: saved.id }]);
  });

  it('is refused when it is not the one the database was used with', async () => {
    await save();
    const before = await db.query('select * from saved_authentications');
    rmSync(path);
    const other = await openTestDatabase();
    await openMasterKey({ db: other, keysDir });
    await other.drop();
    const error = await failed();
    expect(error.code).to.equal('key.wrong');
    expect(error.message).to.contain(path);
    expect((await db.query('select * from saved_authentications')).rows).to.deep.equal(before.rows);
  });

  it('leaves its mark once', async () => {
    await open();
    await open();
    expect((await db.query('select kid from key_check')).rows).to.deep.equal([{ kid: 'k1' }]);
  });

  for (const [what, text] of [
    ['nothing', ''],
    ['no JSON', 'CANARY-not-json'],
    ['another version', '{"v":2,"keys":[],"current":"k1"}'],
    ['no current key', '{"v":1,"keys":[{"kid":"k1","key":"CANARY"}],"current":"k1"}'],
    ['null', 'null'],
    ['keys that are no list', '{"v":1,"keys":7,"current":"k1"}'],
  ] as const) {
    it(`is refused when its file holds ${what}, which is not quoted`, async () => {
      mkdirSync(keysDir, { mode: 0o700 });
      writeFileSync(path, text, { mode: 0o600 });
      const error = await failed();
      expect(error.code).to.equal('key.wrong');
      expect(inspect(error, { depth: 9 })).not.to.contain('CANARY');
    });
  }

  for (const mode of [0o640, 0o604, 0o660, 0o666, 0o755]) {
    it(`is refused with mode ${mode.toString(8)}, with the command that mends it`, async () => {
      await open();
      chmodSync(path, mode);
      const error = await failed();
      expect(error.code).to.equal('key.permissions');
      expect(error.message).to.contain(`chmod 600 '${path}'`);
      chmodSync(path, 0o400);
      await open();
    });
  }

  it('is refused in a folder open to others', async () => {
    await open();
    chmodSync(keysDir, 0o750);
    const error = await failed();
    expect(error.code).to.equal('key.permissions');
    expect(error.message).to.contain(`chmod 700 '${keysDir}'`);
  });

  it('is refused as a symbolic link, also one that leads nowhere yet, and the same for its folder', async () => {
    await open();
    const real = join(home, 'real.key');
    writeFileSync(real, readFileSync(path), { mode: 0o600 });
    rmSync(path);
    symlinkSync(real, path);
    expect(await codeOf(open())).to.equal('key.permissions');
    rmSync(path);
    symlinkSync(join(home, 'nowhere'), path);
    expect(await codeOf(open())).to.equal('key.permissions');
    expect(existsSync(join(home, 'nowhere'))).to.equal(false);
    rmSync(keysDir, { recursive: true });
    mkdirSync(join(home, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(home, 'elsewhere'), keysDir);
    expect(await codeOf(open())).to.equal('key.permissions');
  });

  if (process.getuid?.() === 0) {
    it('is refused when it belongs to someone else', async () => {
      await open();
      chownSync(path, 65_534, 65_534);
      const error = await failed();
      expect(error.code).to.equal('key.permissions');
      expect(error.message).to.contain(`chown 0 '${path}'`);
    });
  }

  it('says so when it cannot be written', async () => {
    expect(await codeOf(open(join(home, 'no', 'such', 'folder.key')))).to.equal('key.unwritable');
  });

  it('says so when the file cannot be looked at', async () => {
    writeFileSync(join(home, 'file'), '');
    expect(await codeOf(open(join(home, 'file', 'below.key')))).to.equal('ENOTDIR');
  });
});
