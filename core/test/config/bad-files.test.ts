// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how variables are written in YAML
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load.js';
import { ConfigError } from '../../src/config/problem.js';

// A long table: each row a file somebody may write, and every line they then read.

/** Stands wherever a secret might; it must never come back in a message. */
const canary = 'canary-4711';

const bad: readonly { what: string; text: string | Buffer; says: readonly string[] }[] = [
  // syntax
  {
    what: 'an open bracket',
    text: 'server: { port: 1',
    says: ['1:18 wrong indentation, or a bracket that is not closed'],
  },
  {
    what: 'an open list',
    text: 'plugins:\n  a: { list: [1, 2\nlog: { level: info }',
    says: ['3:1 wrong indentation, or a bracket that is not closed'],
  },
  {
    what: 'an open double quote',
    text: `database: { url: "${canary} }`,
    says: ['1:32 a quote, comma, colon or bracket is missing'],
  },
  {
    what: 'an open single quote',
    text: `database:\n  url: '${canary}\n`,
    says: ['3:1 a quote, comma, colon or bracket is missing'],
  },
  { what: 'a tab as indentation', text: 'server:\n\tport: 1', says: ['2:1 a tab where spaces are needed'] },
  {
    what: 'two keys in one line',
    text: `server: port: ${canary}`,
    says: ['1:9 two keys in one line, or wrong indentation; put a text with ": " in quotes'],
  },
  {
    what: 'a child indented less than its brother',
    text: 'server:\n    port: 1\n  host: localhost',
    says: ['3:1 wrong indentation, or a bracket that is not closed'],
  },
  {
    what: 'a closing bracket too many',
    text: `server: { port: 1 } }`,
    says: ['1:21 something that does not belong here; is a line indented wrongly or a quote open?'],
  },
  {
    what: 'an alias without anchor',
    text: `database: { url: *${canary} }`,
    says: ['1:18 an alias (*name) without a matching anchor (&name) before it; quote the text if none is meant'],
  },
  {
    what: 'an anchor alone as an alias with tag',
    text: 'a: &x 1\nb: !t *x',
    says: ['2:7 an alias can have no anchor or tag of its own'],
  },
  {
    what: 'a tag',
    text: `database: { url: !secret ${canary} }`,
    says: ['1:18 tags (!name) are not used here; put the text in quotes if it begins with "!"'],
  },
  {
    what: 'an unknown escape',
    text: `database: { url: "\\q${canary}" }`,
    says: ['1:19 an unknown escape after a backslash; use single quotes to write a backslash'],
  },
  { what: 'a directive', text: '%FOO\n---\nserver: {}', says: ['1:1 a line may not begin with %'] },
  {
    what: 'a text that begins with a reserved sign',
    text: `database: { url: @${canary} }`,
    says: ['1:18 a text may not begin with this character; put it in quotes'],
  },
  {
    what: 'a text that begins with a backquote',
    text: `database: { url: \`${canary}\` }`,
    says: ['1:18 a text may not begin with this character; put it in quotes'],
  },
  {
    what: 'two documents',
    text: 'server: { port: 1 }\n---\nserver: { port: 2 }',
    says: ['2:1 more than one document in the file; remove the line "---"'],
  },
  {
    what: 'a colon forgotten',
    text: `server\n  port: 1`,
    says: ['1:1 a key must stand on one line; is a colon missing?'],
  },
  {
    what: 'a key over several lines',
    text: `server:\n  ${canary}\n  port: 1`,
    says: ['2:3 a key must stand on one line; is a colon missing?'],
  },
  {
    what: 'a comma forgotten',
    text: 'limits: { sessions: 1 toolCallsPerTurn: 2 }',
    says: ['1:21 an indented map or list cannot stand inside brackets'],
  },
  { what: 'a map as a key', text: `{ ${canary}: 1 }: 2`, says: ['1:1 a key must be plain text'] },
  { what: 'a list as a key', text: `? [${canary}]\n: 1`, says: ['1:3 a key must be plain text'] },
  { what: 'two anchors', text: 'server: &a &b { port: 1 }', says: ['1:12 more than one anchor'] },
  {
    what: 'aliases that multiply',
    text: 'plugins:\n  a: &a { x: [1,1,1,1,1,1,1,1,1,1] }\n  b: &b { x: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a] }\n  c: &c { x: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b] }\n  d: { x: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c] }',
    says: ['1:1 too many aliases; write the values out'],
  },
  // whole
  { what: 'a list instead of a map', text: `- ${canary}`, says: ['1:1 got a list, wanted a map'] },
  { what: 'a text instead of a map', text: canary, says: ['1:1 got a text, wanted a map'] },
  { what: 'a number instead of a map', text: '4711', says: ['1:1 got 4711, wanted a map'] },
  {
    what: 'JSON with a trailing text',
    text: `{"server": {"port": 1}} ${canary}`,
    says: ['1:25 something that does not belong here; is a line indented wrongly or a quote open?'],
  },
  {
    what: 'UTF-16 with its mark',
    text: Buffer.from('\ufeffserver: {}', 'utf16le'),
    says: ['1:1 is UTF-16; save it as UTF-8'],
  },
  {
    what: 'UTF-16 the other way round',
    text: Buffer.from([0xfe, 0xff, 0, 0x61]),
    says: ['1:1 is UTF-16; save it as UTF-8'],
  },
  { what: 'Latin-1', text: Buffer.from('# \xe4\nserver: {}', 'latin1'), says: ['1:1 is not UTF-8; save it as UTF-8'] },
  { what: 'zero bytes', text: 'server: {}\n\0\0', says: ['1:1 holds zero bytes; it is no text file'] },
  {
    what: 'a byte order mark in the middle',
    text: 'log: { level: info }\n\ufeffserver: { port: 1 }',
    says: ['2:1 \\ufeffserver: unknown key; did you mean "server"?'],
  },
  {
    what: 'a file of more than a megabyte',
    text: '#'.repeat(1024 * 1024 + 1),
    says: ['1:1 larger than 1 MiB: is this the right file?'],
  },
  // duplicate
  {
    what: 'a section twice',
    text: 'server: { port: 1 }\nserver: { port: 2 }',
    says: ['2:1 this key stands here twice; keep one'],
  },
  {
    what: 'a key twice in a map',
    text: 'server: { port: 1, port: 2 }',
    says: ['1:20 this key stands here twice; keep one'],
  },
  {
    what: 'a plugin twice',
    text: 'plugins:\n  "@a/b": {}\n  "@a/b": false',
    says: ['3:3 this key stands here twice; keep one'],
  },
  // unknown
  {
    what: 'a section with a slip',
    text: 'sever: { port: 1 }',
    says: ['1:1 sever: unknown key; did you mean "server"?'],
  },
  {
    what: 'a key with a slip',
    text: 'server:\n  prot: 1',
    says: ['2:3 server.prot: unknown key; did you mean "port"?'],
  },
  {
    what: 'a key in other capitals',
    text: 'limits: { toolcallsperturn: 5 }',
    says: ['1:11 limits.toolcallsperturn: unknown key; did you mean "toolCallsPerTurn"?'],
  },
  {
    what: 'a key that is nothing like ours',
    text: `database:\n  ${'x'.repeat(30)}: ${canary}`,
    says: ['2:3 database.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: unknown key; known here: url'],
  },
  {
    what: 'a key of another section',
    text: 'server: { level: info }',
    says: ['1:11 server.level: unknown key; known here: host, port'],
  },
  {
    what: 'a section at the top that belongs deeper',
    text: 'port: 4777',
    says: [
      '1:1 port: unknown key; known here: server, database, redis, defaults, limits, calls, compaction, instructions, budgets, log, plugins, models',
    ],
  },
  {
    what: 'a merge key',
    text: 'base: &b { port: 1 }\nserver: { <<: *b }',
    says: [
      '1:1 base: unknown key; known here: server, database, redis, defaults, limits, calls, compaction, instructions, budgets, log, plugins, models',
      '2:11 server.<<: unknown key; known here: host, port',
    ],
  },
  {
    what: 'a number as a key',
    text: '1: 2',
    says: [
      '1:1 1: unknown key; known here: server, database, redis, defaults, limits, calls, compaction, instructions, budgets, log, plugins, models',
    ],
  },
  {
    what: 'a key that would change the prototype',
    text: 'plugins: { a: { __proto__: { x: 1 } } }',
    says: ['1:17 this key is not allowed'],
  },
  {
    what: 'a plugin with a path for a name',
    text: 'plugins: { "../evil": {} }',
    says: ['1:12 plugins.../evil: is no package name, such as "@scope/name"'],
  },
  {
    what: 'a plugin with capitals and blanks',
    text: 'plugins: { "My Plugin": {} }',
    says: ['1:12 plugins.My Plugin: is no package name, such as "@scope/name"'],
  },
  // types
  {
    what: 'a text for a port',
    text: `server: { port: ${canary} }`,
    says: ['1:17 server.port: got a text, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a port in quotes',
    text: 'server: { port: "4777" }',
    says: ['1:17 server.port: got a text, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a list for a port',
    text: 'server: { port: [4777] }',
    says: ['1:17 server.port: got a list, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a map for a port',
    text: 'server: { port: { number: 1 } }',
    says: ['1:17 server.port: got a map, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a switch for a port',
    text: 'server: { port: true }',
    says: ['1:17 server.port: got true, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'nothing for a port',
    text: 'server: { port: }',
    says: ['1:17 server.port: got nothing, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  { what: 'a section without content', text: 'server:', says: ['1:8 server: got nothing, wanted a map'] },
  { what: 'a text for a section', text: `server: ${canary}`, says: ['1:9 server: got a text, wanted a map'] },
  { what: 'a list for a section', text: `server: [${canary}]`, says: ['1:9 server: got a list, wanted a map'] },
  {
    what: 'a fraction for a count',
    text: 'limits: { sessions: 1.5 }',
    says: ['1:21 limits.sessions: got 1.5, wanted a whole number from 1 to 10000 (sessions at most)'],
  },
  {
    what: 'not a number',
    text: 'limits: { sessions: .nan }',
    says: ['1:21 limits.sessions: got NaN, wanted a whole number from 1 to 10000 (sessions at most)'],
  },
  {
    what: 'a number for a URL that may hold a password',
    text: 'database: { url: 4711471147114711 }',
    says: ['1:18 database.url: got a number, wanted embedded or a postgres:// URL'],
  },
  {
    what: 'true for a plugin',
    text: 'plugins: { "@a/b": true }',
    says: ['1:20 plugins.@a/b: got true, wanted settings as a map ({} for none), or false to turn the plugin off'],
  },
  {
    what: 'nothing for a plugin',
    text: 'plugins:\n  "@a/b":',
    says: ['2:10 plugins.@a/b: got nothing, wanted settings as a map ({} for none), or false to turn the plugin off'],
  },
  {
    what: 'a list of plugins',
    text: 'plugins: ["@a/b"]',
    says: ['1:10 plugins: got a list, wanted a map from package name to settings'],
  },
  {
    what: 'a text for a budget',
    text: `budgets: { perDayUsd: ${canary} }`,
    says: [
      '1:23 budgets.perDayUsd: got a text, wanted an amount in USD from 0 (what one day may cost), or null for no limit',
    ],
  },
  {
    what: 'a number for a level',
    text: 'log: { level: 3 }',
    says: ['1:15 log.level: got 3, wanted debug, info, warn, error or silent'],
  },
  // range
  {
    what: 'a port too high',
    text: 'server: { port: 65536 }',
    says: ['1:17 server.port: got 65536, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a port below zero',
    text: 'server: { port: -1 }',
    says: ['1:17 server.port: got -1, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'no sessions',
    text: 'limits: { sessions: 0 }',
    says: ['1:21 limits.sessions: got 0, wanted a whole number from 1 to 10000 (sessions at most)'],
  },
  {
    what: 'too deep',
    text: 'limits: { subAgentDepth: 21 }',
    says: ['1:26 limits.subAgentDepth: got 21, wanted a whole number from 0 to 20 (how deep agents may call agents)'],
  },
  {
    what: 'a budget below zero',
    text: 'budgets: { perSessionUsd: -0.01 }',
    says: [
      '1:27 budgets.perSessionUsd: got -0.01, wanted an amount in USD from 0 (what one session may cost), or null for no limit',
    ],
  },
  {
    what: 'a share above one',
    text: 'budgets: { warnAt: 80 }',
    says: ['1:20 budgets.warnAt: got 80, wanted a number from 0 to 1 (the share of a budget to warn at)'],
  },
  {
    what: 'an unknown level',
    text: 'log: { level: verbose }',
    says: ['1:15 log.level: got another text, wanted debug, info, warn, error or silent'],
  },
  {
    what: 'a host that others can reach',
    text: 'server: { host: 0.0.0.0 }',
    says: [
      '1:17 server.host: got another text, wanted 127.0.0.1, ::1 or localhost: The Maestro serves this machine only',
    ],
  },
  {
    what: 'a host that only looks local',
    text: 'server: { host: localhost.example }',
    says: [
      '1:17 server.host: got another text, wanted 127.0.0.1, ::1 or localhost: The Maestro serves this machine only',
    ],
  },
  {
    what: 'another kind of database',
    text: `database: { url: "mysql://u:${canary}@h/x" }`,
    says: ['1:18 database.url: got another text, wanted embedded or a postgres:// URL'],
  },
  {
    what: 'another kind of live bus',
    text: `redis: { url: "http://${canary}" }`,
    says: ['1:15 redis.url: got another text, wanted none or a redis:// URL'],
  },
  {
    what: 'an empty id',
    text: 'defaults: { provider: "" }',
    says: ['1:23 defaults.provider: got an empty text, wanted the id of a provider'],
  },
  {
    what: 'an id with a blank',
    text: 'defaults: { model: "a b" }',
    says: ['1:20 defaults.model: got another text, wanted the id of a model'],
  },
  // environment and files
  {
    what: 'a variable that is not set',
    text: 'database: { url: "${NOT_SET}" }',
    says: ['1:18 database.url: wants ${NOT_SET}, which is not set'],
  },
  {
    what: 'a variable that is empty',
    text: 'database: { url: "postgres://${EMPTY}@h/x" }',
    says: ['1:18 database.url: wants ${EMPTY}, which is empty'],
  },
  {
    what: 'two variables that are not set',
    text: 'plugins: { a: { b: "${NO_A} ${NO_B}" } }',
    says: ['1:20 plugins.a.b: wants ${NO_A}, which is not set; wants ${NO_B}, which is not set'],
  },
  {
    what: 'a variable never closed',
    text: 'plugins: { a: { b: "${OPEN" } }',
    says: ['1:20 plugins.a.b: "${" is never closed; write "$${" for a plain one'],
  },
  {
    what: 'a name that is none',
    text: 'plugins: { a: { b: "${not-a name}" } }',
    says: ['1:20 plugins.a.b: the name between braces is none of a variable'],
  },
  {
    what: 'a variable that is no number',
    text: 'server: { port: "${WORD}" }',
    says: ['1:17 server.port: got a text, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a variable that is out of range',
    text: 'server: { port: "${BIG}" }',
    says: ['1:17 server.port: got 70000, wanted a whole number from 0 to 65535 (0: any free port)'],
  },
  {
    what: 'a file that is missing',
    text: 'database: { url: { file: missing.txt } }',
    says: ['1:18 database.url: cannot read missing.txt (ENOENT)'],
  },
  {
    what: 'a file that is empty',
    text: 'plugins: { a: { list: [{ file: empty.txt }] } }',
    says: ['1:24 plugins.a.list: empty.txt is empty'],
  },
  {
    what: 'a file with the wrong content',
    text: 'database: { url: { file: canary.txt } }',
    says: ['1:18 database.url: got another text, wanted embedded or a postgres:// URL'],
  },
  // many
  {
    what: 'seven at once',
    text: `server: { port: 99999, hots: 1 }\nlimits:\n  sessions: ${canary}\n  outputKiB: 0\nredis: { url: "\${NOT_SET}" }\nlgo: {}\nplugins: { X: {} }`,
    says: [
      '1:17 server.port: got 99999, wanted a whole number from 0 to 65535 (0: any free port)',
      '1:24 server.hots: unknown key; did you mean "host"?',
      '3:13 limits.sessions: got a text, wanted a whole number from 1 to 10000 (sessions at most)',
      '4:14 limits.outputKiB: got 0, wanted a whole number from 1 to 65536 (output of one tool call in KiB)',
      '5:15 redis.url: wants ${NOT_SET}, which is not set',
      '6:1 lgo: unknown key; did you mean "log"?',
      '7:12 plugins.X: is no package name, such as "@scope/name"',
    ],
  },
];

describe('D2 a bad configuration file', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-bad-'));
    writeFileSync(join(folder, 'empty.txt'), '');
    writeFileSync(join(folder, 'canary.txt'), canary);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function problemsOf(text: string | Buffer): ConfigError {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, text);
    const env = { MAESTRO_HOME: join(folder, 'none'), EMPTY: '', WORD: canary, BIG: '70000' };
    try {
      loadConfig({ env, flags: { config: file } });
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    throw new Error('it was accepted');
  }

  for (const { what, text, says } of bad) {
    it(`with ${what} is refused, place by place`, () => {
      const error = problemsOf(text);
      const lines = error.message
        .replaceAll(join(folder, 'bad.yaml:'), '')
        .replaceAll(join(folder, '/'), '')
        .split('\n  ')
        .slice(1);
      expect(lines).to.deep.equal(says);
      expect(error.code).to.equal('config.invalid');
      expect(error.message + JSON.stringify(error.problems)).to.not.contain(canary);
    });
  }

  it('of any kind is refused or accepted, and never breaks the reader', () => {
    const pieces = fc.constantFrom(
      ...[
        'server:',
        ' port:',
        ' 1',
        '\n',
        '  ',
        '{',
        '}',
        '[',
        ']',
        ',',
        ': ',
        '- ',
        '&a',
        '*a',
        '!t',
        '"',
        "'",
        '#',
        '|',
        '>',
      ],
      ...[
        '? ',
        '%',
        '@',
        '---',
        '${',
        '}',
        '${X}',
        '{ file: x }',
        '\t',
        '<<',
        '__proto__',
        'plugins:',
        ' "@a/b":',
        ' false',
        '~',
      ],
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 25 });
    fc.assert(
      fc.property(text, (parts) => {
        try {
          problemsOf(parts.join(''));
        } catch (error) {
          expect((error as Error).message).to.equal('it was accepted');
        }
      }),
      { numRuns: 500 },
    );
  });
});
