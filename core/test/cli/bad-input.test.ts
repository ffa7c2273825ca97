import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Ended, Place } from './support.js';

describe('bad input on the command line', function () {
  this.timeout(60_000);
  let place: Place;
  before(async () => {
    place = await Place.make();
  });
  after(() => place.remove());

  describe('with a server running', () => {
    before(() => place.start());

    it('an unknown provider: names those there are', async () => {
      const ended = await place.run(['run', 'hello', '-m', 'nobody/model']);
      expectError(ended, 1, 'session.provider_unknown', 'nobody');
    });

    it('a missing key: says where to put one', async () => {
      const ended = await place.run(['run', 'hello', '-m', 'anthropic/claude-sonnet-4-5']);
      expectError(ended, 1, 'session.provider_not_ready', 'maestro auth login anthropic');
    });

    it('a directory that cannot be read: names it', async () => {
      const ended = await place.run(['run', 'hello', '-C', join(place.home, 'nowhere')]);
      expectError(ended, 1, 'session.directory_unreadable', join(place.home, 'nowhere'));
    });

    it('a message of 11 MB: is refused, and the session stays usable', async () => {
      const { stdout } = await place.run(['session', 'new']);
      const session = stdout.trim();
      const ended = await place.run(['session', 'send', session, '-'], { input: 'x'.repeat(11 * 1024 * 1024) });
      expectError(ended, 1, 'gate.too_large', '');
      expect((await place.run(['session', 'send', session, 'shorter'])).code).to.equal(0);
    });

    it('a second server: is told which process has the database, and ends with 75', async () => {
      const ended = await place.run(['start', '--no-open', '--port', '0']);
      expectError(ended, 75, 'server.second', 'uses this database');
      expect((await place.run(['session', 'list'])).code).to.equal(0);
    });
  });

  describe('at the start', () => {
    let own: Place;
    beforeEach(async () => {
      own = await Place.make();
    });
    afterEach(() => own.remove());

    it('broken YAML: file, line and column, and 78', async () => {
      writeFileSync(join(own.home, 'maestro.yaml'), 'server:\n  port: [1\n', { mode: 0o600 });
      for (const words of [
        ['start', '--no-open'],
        ['config', 'validate'],
      ]) {
        expectError(await own.run(words), 78, 'config.invalid', 'maestro.yaml:');
      }
    });

    it('a port that is taken: names the port', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      expectError(await own.run(['start', '--no-open', '--port', `${port}`]), 1, 'server.port_taken', `${port}`);
      other.close();
    });

    it('a database that cannot be reached: names it without its password', async () => {
      const env = { MAESTRO_DATABASE_URL: 'postgres://ada:pass-word-1@127.0.0.1:1/maestro' };
      const ended = await own.run(['start', '--no-open', '--port', '0'], { env });
      expectError(ended, 1, 'database.unreachable', '127.0.0.1');
      expect(ended.stderr).not.to.contain('pass-word-1');
    });

    it('a wrong master key: 78, and with the right one the saved key is still there', async () => {
      const key = 'sk-ant-api03-0123456789-abcdefghij';
      expect((await own.run(['auth', 'login', 'anthropic'], { input: `${key}\n` })).code).to.equal(0);
      const file = join(own.home, 'other.key');
      writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
      const ended = await own.run(['start', '--no-open', '--port', '0'], { env: { MAESTRO_MASTER_KEY_FILE: file } });
      expectError(ended, 78, 'key.wrong', '');
      const { stdout } = await own.run(['auth', 'list', '--json']);
      expect(JSON.parse(stdout)).to.have.nested.property('[0].state', 'ready');
      expect(stdout).not.to.contain(key);
    });
  });

  it('wrong words: the usage of the verb, and 2', async () => {
    for (const words of [
      ['run'],
      ['run', 'a', 'b'],
      ['run', 'a', '--nope'],
      ['run', 'a', '-m', 'x'],
      ['run', 'a', '--max-usd', '-1'],
      ['run', 'a', '--max-usd', '1e3'],
      ['budget', 'set', 'week', '1'],
      ['budget', 'set', 'day', 'much'],
      ['budget', 'set', 'day', '1', '-s', 'x'],
      ['budget', 'set', 'day', '1', '--warn-at', '2'],
      ['sesion', 'list'],
    ]) {
      const { code, stderr, stdout } = await place.run(words);
      expect(code, words.join(' ')).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(/^maestro: /);
    }
  });
});

/** One clear error, on standard error alone, that names the thing and carries its code. */
function expectError({ code, stdout, stderr }: Ended, wanted: number, errorCode: string, named: string): void {
  expect(stderr, stderr).to.contain(`(${errorCode})`);
  expect(stderr).to.contain(named);
  expect(stderr.match(/^maestro: /gm)).to.have.lengthOf(1);
  expect(stderr).not.to.match(/^\s+at /m);
  expect(stdout).to.equal('');
  expect(code).to.equal(wanted);
}
