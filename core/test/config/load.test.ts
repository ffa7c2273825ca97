// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how variables are written in YAML
import {
  chmodSync,
  chownSync,
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
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Flags } from '../../src/config/environment.js';
import { writeFirstConfig } from '../../src/config/first-start.js';
import { homeOf, prepareHome } from '../../src/config/home.js';
import { configSchemaText } from '../../src/config/json-schema.js';
import { defaultConfigFile, loadConfig, merge } from '../../src/config/load.js';
import { ConfigError } from '../../src/config/problem.js';
import { configSchema, layerSchema } from '../../src/config/schema.js';
import { MaestroError } from '../../src/errors.js';
import { redactSecrets } from '../../src/secret.js';

let folder: string;
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
}

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const load = (env: NodeJS.ProcessEnv = {}, flags: Flags = {}) =>
  loadConfig({ env: { MAESTRO_HOME: folder, ...env }, flags });
const refusal = (act: () => unknown): MaestroError => {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(MaestroError);
    return error as MaestroError;
  }
  throw new Error('it was accepted');
};

describe('the configuration', () => {
  inOwnFolder();
  it('is complete and valid as it ships', () => {
    const { config, files } = load();
    expect(Value.Check(configSchema, config)).to.equal(true);
    expect(config).to.deep.equal(parse(readFileSync(defaultConfigFile, 'utf8')));
    expect(config.server).to.deep.equal({ host: '127.0.0.1', port: 4777 });
    expect(files).to.deep.equal([defaultConfigFile]);
  });

  it('takes each key from the highest layer that has it', () => {
    write(
      'maestro.yaml',
      'server: { port: 1001 }\nlimits: { sessions: 7 }\nlog: { level: warn }\nredis: { url: redis://a }',
    );
    const extra = write('extra.yaml', 'server: { port: 1002 }\ndatabase: { url: postgres://extra/x }');
    const byFile = load({}, { config: extra });
    expect(byFile.config.server.port).to.equal(1002);
    expect(load({ MAESTRO_CONFIG: extra }).config.server.port).to.equal(1002);
    const env = { DATABASE_URL: 'postgres://plain/x', REDIS_URL: 'redis://plain', MAESTRO_REDIS_URL: 'redis://ours' };
    const { config, files } = load(
      { ...env, MAESTRO_LOG_LEVEL: 'debug' },
      { config: extra, port: '1003', host: '::1' },
    );
    expect(config.server).to.deep.equal({ host: '::1', port: 1003 });
    expect(config.database.url).to.equal('postgres://plain/x');
    expect(config.redis.url).to.equal('redis://ours');
    expect(config.log.level).to.equal('debug');
    expect(config.limits).to.include({ sessions: 7, toolCallsPerTurn: 100 });
    expect(files).to.deep.equal([defaultConfigFile, join(folder, 'maestro.yaml'), extra]);
  });

  it('merges maps and replaces everything else', () => {
    expect(merge({ a: { x: 1, y: [1, 2] }, b: false, c: 1 }, { a: { y: [3] }, b: { on: 1 }, c: null })).to.deep.equal({
      a: { x: 1, y: [3] },
      b: { on: 1 },
      c: null,
    });
  });

  it('turns a plugin off, gives one settings, adds another', () => {
    write('maestro.yaml', 'plugins:\n  "@maestro/tools-files": false\n  "@acme/extra": { deep: { list: [1] } }');
    const { plugins } = load().config;
    expect(plugins['@maestro/tools-files']).to.equal(false);
    expect(plugins['@acme/extra']).to.deep.equal({ deep: { list: [1] } });
  });

  it('says where the value that counts was written', () => {
    const file = write('maestro.yaml', 'server:\n  port: 1001\nplugins:\n  "@acme/extra": {}');
    const loaded = load({ MAESTRO_LOG_LEVEL: 'warn', REDIS_URL: 'redis://x' }, { host: '127.0.0.1' });
    expect(loaded.where(['server', 'port'])).to.equal(`${file}:2:9`);
    expect(loaded.where(['plugins', '@acme/extra'])).to.equal(`${file}:4:18`);
    expect(loaded.where(['server', 'host'])).to.equal('--host');
    expect(loaded.where(['log', 'level'])).to.equal('MAESTRO_LOG_LEVEL');
    expect(loaded.where(['redis', 'url'])).to.equal('REDIS_URL');
    expect(loaded.where(['limits', 'sessions'])).to.match(/maestro\.default\.yaml:\d+:\d+$/);
    expect(loaded.where(['nowhere'])).to.equal(undefined);
  });

  it('puts variables in, also where a number or switch is wanted', () => {
    write(
      'maestro.yaml',
      'server: { port: "${PORT}" }\ndatabase: { url: "postgres://${WHO}@${HOST_NAME}/x" }\nbudgets: { perDayUsd: "${USD}" }',
    );
    const { config } = load({ PORT: '8080', WHO: 'ann', HOST_NAME: 'db', USD: '1.5' });
    expect(config.server.port).to.equal(8080);
    expect(config.database.url).to.equal('postgres://ann@db/x');
    expect(config.budgets.perDayUsd).to.equal(1.5);
    write('maestro.yaml', 'plugins: { a: { text: "$${HOME} and ${WHO}", n: "${PORT}" } }');
    expect(load({ PORT: '8080', WHO: 'ann' }).config.plugins.a).to.deep.equal({ text: '${HOME} and ann', n: '8080' });
  });

  it('reads values from files beside the configuration', () => {
    write('url.txt', 'postgres://u@h/from-file\n');
    write('maestro.yaml', 'database: { url: { file: url.txt } }\nplugins: { a: { list: [{ file: ./url.txt }] } }');
    const { config } = load();
    expect(config.database.url).to.equal('postgres://u@h/from-file');
    expect(config.plugins.a).to.deep.equal({ list: ['postgres://u@h/from-file'] });
  });

  it('keeps passwords, secret files and secret variables out of everything written later', () => {
    write('key.txt', 'file-secret-4711');
    write(
      'maestro.yaml',
      'plugins: { a: { key: { file: key.txt }, token: "${ACME_TOKEN}" } }\ndatabase: { url: "postgres://u:pass%21word@h/x" }',
    );
    load({ ACME_TOKEN: 'token-secret-4711' });
    const shown = redactSecrets('file-secret-4711 token-secret-4711 pass%21word pass!word');
    expect(shown).to.equal('<redacted> <redacted> <redacted> <redacted>');
  });

  it('says so when a password in a URL is not well written, without showing it', () => {
    const error = refusal(() => load({ DATABASE_URL: 'postgres://u:100%secret@h/x' }));
    expect(error.code).to.equal('config.invalid');
    expect(error.message).to.contain('%25').and.not.contain('secret');
  });

  it('warns of variables with a slip in the name', () => {
    const { warnings } = load({ MAESTRO_DATABSE_URL: 'x', MAESTRO_TEST_REDIS_URL: 'x', MAESTRO_QQQQQQQQQQQQ: 'x' });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('MAESTRO_DATABSE_URL').and.contain('did you mean MAESTRO_DATABASE_URL?');
  });

  it('accepts an empty file, a byte order mark and Windows line ends', () => {
    for (const text of ['', '# nothing\n', '---\n', '\ufeffserver: { port: 5 }\r\nlog:\r\n  level: warn\r\n']) {
      write('maestro.yaml', text);
      expect(() => load(), JSON.stringify(text)).to.not.throw();
    }
    expect(load().config).to.deep.include({ log: { level: 'warn' }, server: { host: '127.0.0.1', port: 5 } });
  });

  it('says which file it cannot read', () => {
    const error = refusal(() => load({}, { config: join(folder, 'missing.yaml') }));
    expect(error.code).to.equal('config.unreadable');
    expect(error.message).to.contain('missing.yaml (ENOENT)');
  });

  it('tells all problems of all layers at once', () => {
    write('maestro.yaml', 'server: { port: x, hots: a }\n');
    const extra = write('extra.yaml', 'limits: { sessions: 0 }\nserver: { port: 5 }');
    const error = refusal(() =>
      load({ MAESTRO_LOG_LEVEL: 'loud', REDIS_URL: 'http://x' }, { config: extra, port: 'many' }),
    );
    expect(error).to.be.instanceOf(ConfigError);
    const { problems } = error as ConfigError;
    expect(problems.map(({ where, path }) => `${where.replace(folder, '')} ${path}`)).to.have.members([
      '/maestro.yaml:1:17 server.port',
      '/maestro.yaml:1:20 server.hots',
      '/extra.yaml:1:21 limits.sessions',
      'MAESTRO_LOG_LEVEL log.level',
      'REDIS_URL redis.url',
      '--port server.port',
    ]);
    expect(error.message).to.match(/^the configuration has 6 problems:\n {2}/);
  });

  it('has a schema for editors that is the one we check with', () => {
    const file = new URL('../../../../config/maestro.schema.json', import.meta.url);
    expect(readFileSync(file, 'utf8')).to.equal(configSchemaText());
    expect(Object.keys(layerSchema.properties)).to.deep.equal(
      Object.keys(parse(readFileSync(defaultConfigFile, 'utf8'))).sort(byOrder),
    );
  });

  it('explains every key in its README', () => {
    const readme = readFileSync(new URL('../../../../config/README.md', import.meta.url), 'utf8');
    for (const [section, schema] of Object.entries(configSchema.properties)) {
      const keys =
        'properties' in schema ? Object.keys(schema.properties).map((key) => `${section}.${key}`) : [section];
      for (const key of keys) expect(readme).to.contain(`\`${key}\``);
    }
  });
});

/** Order of the sections does not matter. */
function byOrder(a: string, b: string): number {
  const keys = Object.keys(layerSchema.properties);
  return keys.indexOf(a) - keys.indexOf(b);
}

describe('the home', () => {
  inOwnFolder();
  it('is the flag, else MAESTRO_HOME, else a folder of the user', () => {
    expect(homeOf({ MAESTRO_HOME: '/a' }, '/b').root).to.equal('/b');
    expect(homeOf({ MAESTRO_HOME: '/a' }).token).to.equal(join('/a', 'run', 'token'));
    expect(homeOf({}).root).to.match(/\.maestro$/);
  });

  it('gets a maestro.yaml that explains itself and changes nothing, once', () => {
    const home = homeOf({}, folder);
    const before = load().config;
    expect(writeFirstConfig(home)).to.equal(true);
    const text = readFileSync(home.config, 'utf8');
    expect(text).to.contain('# server:').and.contain('maestro config validate');
    expect(load().config).to.deep.equal(before);
    // Without their comment signs the lines are the defaults.
    const lines = text.split('\n').filter((line) => /^# ( |\w+:\s+\{|plugins:)/.test(line));
    write('shown.yaml', lines.map((line) => line.slice(2)).join('\n'));
    const shown = loadConfig({
      env: { MAESTRO_HOME: join(folder, 'none') },
      flags: { config: join(folder, 'shown.yaml') },
    });
    expect({ ...shown.config, plugins: {} }).to.deep.equal({ ...before, plugins: {} });
    write('maestro.yaml', 'server: { port: 5 }');
    expect(writeFirstConfig(home)).to.equal(false);
    expect(readFileSync(home.config, 'utf8')).to.equal('server: { port: 5 }');
  });

  it('tells an unwritable home from one that has its file', () => {
    expect(() => writeFirstConfig(homeOf({}, join(folder, 'missing')))).to.throw(/ENOENT/);
  });

  it('cannot be a file', () => {
    const error = refusal(() => prepareHome(homeOf({}, write('file', ''))));
    expect(error.code).to.equal('file.mode');
    expect(error.message).to.contain('cannot make the folder');
  });
});

// Windows has no such modes.
if (process.platform !== 'win32') {
  describe('K3 private files', () => {
    inOwnFolder();
    it('are made for their owner alone', () => {
      const home = homeOf({}, join(folder, 'new'));
      prepareHome(home);
      writeFirstConfig(home);
      for (const path of [home.root, home.data, home.keys, home.logs, home.run]) {
        expect(statSync(path).mode & 0o777, path).to.equal(0o700);
      }
      expect(statSync(home.config).mode & 0o777).to.equal(0o600);
      expect(() => prepareHome(home)).to.not.throw();
    });

    const faults: { what: string; spoil(home: ReturnType<typeof homeOf>): void; says: RegExp }[] = [
      {
        what: 'a home others may enter',
        spoil: (home) => chmodSync(home.root, 0o755),
        says: /mode 0755\); run: chmod 700 \S+$/,
      },
      {
        what: 'a data folder the group may read',
        spoil: (home) => chmodSync(home.data, 0o740),
        says: /data is .*chmod 700 \S+data$/,
      },
      {
        what: 'a key others may read',
        spoil: (home) => file(home.masterKey, 0o604),
        says: /chmod 600 \S+keys\/master\.key$/,
      },
      {
        what: 'a token the group may read',
        spoil: (home) => file(home.token, 0o640),
        says: /chmod 600 \S+run\/token$/,
      },
      { what: 'a log others may read', spoil: (home) => file(home.log, 0o644), says: /chmod 600 \S+maestro\.log$/ },
      {
        what: 'a configuration others may change',
        spoil: (home) => file(home.config, 0o666),
        says: /chmod 600 \S+maestro\.yaml$/,
      },
      {
        what: 'a token that is a link',
        spoil: (home) => symlinkSync('/dev/null', home.token),
        says: /token is a link; put the real file there$/,
      },
      {
        what: 'a key folder that is a link',
        spoil: (home) => {
          rmSync(home.keys, { recursive: true });
          mkdirSync(join(folder, 'elsewhere'));
          symlinkSync(join(folder, 'elsewhere'), home.keys);
        },
        says: /keys is a link; put the real folder there$/,
      },
    ];
    for (const { what, spoil, says } of faults) {
      it(`refuses ${what} and says what to run`, () => {
        const home = homeOf({}, join(folder, 'home'));
        prepareHome(home);
        spoil(home);
        const error = refusal(() => prepareHome(home));
        expect(error.code).to.equal('file.mode');
        expect(error.message).to.match(says);
      });
    }

    it('are all named at once, quoted for the shell', () => {
      const home = homeOf({}, join(folder, "it's here"));
      prepareHome(home);
      chmodSync(home.logs, 0o777);
      file(home.token, 0o666);
      const { message } = refusal(() => prepareHome(home));
      expect(message.split('\n')).to.have.length(2);
      expect(message).to.contain(`chmod 700 '${folder}/it'\\''s here/logs'`);
    });

    it('a configuration may be a link and may be read', () => {
      const home = homeOf({}, join(folder, 'home'));
      prepareHome(home);
      file(join(folder, 'dotfiles.yaml'), 0o644);
      symlinkSync(join(folder, 'dotfiles.yaml'), home.config);
      expect(() => prepareHome(home)).to.not.throw();
    });

    // Only root can give a file away.
    if (process.getuid?.() === 0) {
      it('refuses what belongs to somebody else', () => {
        const home = homeOf({}, join(folder, 'home'));
        prepareHome(home);
        file(home.token, 0o600);
        chownSync(home.token, 12345, 12345);
        expect(refusal(() => prepareHome(home)).message).to.match(
          /belongs to another user \(12345\); run: sudo chown 0 /,
        );
      });
    }
  });
}

function file(path: string, mode: number): void {
  writeFileSync(path, '');
  chmodSync(path, mode);
}
