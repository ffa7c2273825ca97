import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { createLog, type LogLevel, printable } from '../../src/log.js';
import { LogFile, TerminalLog } from '../../src/log-sinks.js';
import { redactSecrets, Secret } from '../../src/secret.js';

function recorded(level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, log: createLog({ level, sinks: [{ write: (line) => lines.push(line) }] }) };
}

/** What nobody holds is gone after it, and told to be. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose_gc');
  runInNewContext('gc')();
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('O3 the log', () => {
  it('writes one JSON line per entry with level, time, message and facts', () => {
    const { log, lines } = recorded();
    log.child('store').warn('slow', { ms: 12 });
    const { time, ...rest } = JSON.parse(lines[0] as string);
    expect(rest).to.deep.equal({ level: 'warn', part: 'store', msg: 'slow', ms: 12 });
    expect(new Date(time).toISOString()).to.equal(time);
  });

  it('stays one printable line whatever stands in message, keys and values', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\n{"level":"error"}',
        '\u001b[2J',
        '\u202e',
        '\u2028',
        '\u0085',
        '\u009b31m',
        '\ud800',
        '%s %d %%',
        '"}\\',
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, (message, key, value) => {
        const { log, lines } = recorded();
        log.info(message, { [`x${key}`]: value, list: [value], cause: new Error(value) });
        expect(lines).to.have.length(1);
        const line = lines[0] as string;
        expect(line.endsWith('\n')).to.equal(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(line.slice(0, -1)).to.not.match(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200e\u200f]/);
        expect(JSON.parse(line).msg).to.equal(message);
      }),
    );
  });

  it('names each thing once: the innermost part, and facts that could pass for the level or the message', () => {
    const { log, lines } = recorded();
    log.child('plugins').child('@acme/one').info('real', { msg: 'forged', level: 'error', part: 'store', n: 1 });
    expect(lines[0]?.match(/"(level|msg|part|time)":/g)).to.have.length(4);
    const { time, ...rest } = JSON.parse(lines[0] as string);
    const facts = { msg_: 'forged', level_: 'error', part_: 'store', n: 1 };
    expect(rest).to.deep.equal({ level: 'info', part: '@acme/one', msg: 'real', ...facts });
    expect(time).to.be.a('string');
  });

  it('keeps to its level and says nothing when silent', () => {
    const quiet = recorded('error');
    quiet.log.warn('no');
    quiet.log.info('no');
    quiet.log.debug('no');
    quiet.log.error('yes');
    expect(quiet.lines.map((line) => JSON.parse(line).msg)).to.deep.equal(['yes']);
    const silent = recorded('silent');
    silent.log.error('no');
    expect(silent.lines).to.deep.equal([]);
  });

  it('tells of an error with its code and its causes, even where they form a ring', () => {
    const { log, lines } = recorded();
    const root = Object.assign(new Error('root'), { code: 'EPIPE' });
    const ring = new Error('ring', { cause: root });
    root.cause = ring;
    log.error('failed', { cause: new Error('top', { cause: ring }) });
    log.error('thrown text', { cause: 'only words' });
    const { cause } = JSON.parse(lines[0] as string);
    expect(cause).to.include({ name: 'Error', message: 'top' });
    expect(cause.cause.cause).to.include({ message: 'root', code: 'EPIPE' });
    expect(JSON.parse(lines[1] as string).cause).to.equal('only words');
  });
});

describe('the second net', () => {
  const value = 'sk-canary/+"quote" ü 4711';

  it('redacts a known secret in every spelling, also inside longer encoded data', () => {
    new Secret(value);
    const bytes = Buffer.from(value);
    const spellings = [
      value,
      JSON.stringify({ value }),
      encodeURIComponent(value),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...['', 'a', 'ab', 'abc'].flatMap((before) => {
        const mixed = Buffer.from(`${before}${value}tail`);
        return [mixed.toString('base64'), mixed.toString('base64url')];
      }),
    ];
    for (const spelling of spellings) {
      expect(redactSecrets(`see ${spelling} there`), spelling)
        .to.contain('<redacted>')
        .and.match(/^see .* there$/);
    }
  });

  it('covers everything the log writes', () => {
    const secret = new Secret(value);
    const { log, lines } = recorded();
    log.info(`key is ${value}`, { secret, deep: { list: [value] }, cause: new Error(`bad ${value}`) });
    expect(lines[0]).to.contain('<redacted>').and.contain('<secret>').and.not.contain('canary');
  });

  it('leaves ordinary text alone, and values too short to be told from words', () => {
    new Secret('the');
    new Secret('');
    expect(redactSecrets('the quick brown fox')).to.equal('the quick brown fox');
  });

  it('never grows without bound', async () => {
    const first = 'very-first-secret';
    new Secret(first);
    for (let n = 0; n < 1000; n++) new Secret(`filler-secret-${n}`);
    await collect();
    new Secret('filler-secret-1000');
    expect(redactSecrets('filler-secret-999')).to.equal('<redacted>');
    expect(redactSecrets(first)).to.equal(first);
  });

  it('knows what is still held, however many came after it', async () => {
    const held = new Secret('held-for-very-long');
    for (let n = 0; n < 1500; n++) new Secret(`passing-secret-${n}`);
    await collect();
    new Secret('passing-secret-1500');
    expect(redactSecrets('x held-for-very-long y')).to.equal('x <redacted> y');
    expect(redactSecrets('passing-secret-0')).to.equal('passing-secret-0');
    expect(held.use((plain) => plain)).to.equal('held-for-very-long');
  });

  it('has an end even where all are held', async () => {
    const first = 'first-of-too-many';
    const held = [new Secret(first)];
    for (let n = 0; n < 10_000; n++) held.push(new Secret(`one-of-too-many-${n}`));
    expect(redactSecrets(first)).to.equal(first);
    expect(redactSecrets('one-of-too-many-9999')).to.equal('<redacted>');
    held.splice(0);
    await collect();
    new Secret('after-too-many');
    expect(redactSecrets('one-of-too-many-1')).to.equal('one-of-too-many-1');
  });

  it('belongs to values that do not print themselves', () => {
    const secret = new Secret(value);
    expect([`${secret}`, JSON.stringify({ secret }), inspect(secret)]).to.deep.equal([
      '<secret>',
      '{"secret":"<secret>"}',
      '<secret>',
    ]);
    expect(secret.use((plain) => plain.length)).to.equal(value.length);
  });
});

describe('O3 the log file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is its owner's alone and goes on where it ended", () => {
    const path = join(folder, 'maestro.log');
    for (const line of ['one\n', 'two\n']) {
      const file = new LogFile(path);
      file.write(line);
      file.close();
    }
    expect(readFileSync(path, 'utf8')).to.equal('one\ntwo\n');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('keeps five files of limited size and drops the oldest lines', () => {
    const file = new LogFile(join(folder, 'maestro.log'), { maxBytes: 100 });
    for (let n = 0; n < 200; n++) file.write(`line ${String(n).padStart(4, '0')}\n`);
    file.close();
    const names = readdirSync(folder).sort();
    expect(names).to.deep.equal(['maestro.log', ...[1, 2, 3, 4].map((n) => `maestro.log.${n}`)]);
    for (const name of names) expect(statSync(join(folder, name)).size).to.be.at.most(100);
    const kept = [...names.slice(1).reverse(), 'maestro.log'].map((name) => readFileSync(join(folder, name), 'utf8'));
    const numbers = kept
      .join('')
      .trim()
      .split('\n')
      .map((line) => Number(line.slice(5)));
    expect(numbers).to.deep.equal(numbers.map((_, index) => 200 - numbers.length + index));
    expect(numbers.length).to.be.greaterThan(40);
  });

  it('writes nothing once it is closed, whoever has its number by then', () => {
    const file = new LogFile(join(folder, 'maestro.log'));
    file.close();
    const stranger = openSync(join(folder, 'stranger'), 'w');
    file.write('{"late":true}\n');
    file.close();
    closeSync(stranger);
    expect(readFileSync(join(folder, 'stranger'), 'utf8')).to.equal('');
  });

  it('harms nobody when it cannot be written, and goes on once it can', () => {
    const [path, blocked] = [join(folder, 'maestro.log'), join(folder, 'maestro.log.1')];
    const file = new LogFile(path, { maxBytes: 20, files: 2 });
    file.write('{"n":"the first"}\n');
    // Where the full file should move there is a folder, so that it can neither grow nor go.
    mkdirSync(join(blocked, 'full'), { recursive: true });
    const log = createLog({ sinks: [file] });
    expect(() => log.error('lost', { cause: new Error('of another kind') })).not.to.throw();
    rmSync(blocked, { recursive: true });
    file.write('{"n":"again"}\n');
    file.close();
    expect(readFileSync(blocked, 'utf8')).to.equal('{"n":"the first"}\n');
    expect(readFileSync(path, 'utf8')).to.equal('{"n":"again"}\n');
  });

  if (existsSync('/dev/full')) {
    it('harms nobody when the disk is full', () => {
      const file = new LogFile('/dev/full');
      expect(() => file.write('{"n":1}\n')).not.to.throw();
      file.close();
    });
  }

  it('starts anew when only one file is kept', () => {
    const file = new LogFile(join(folder, 'maestro.log'), { maxBytes: 10, files: 1 });
    file.write('12345678\n');
    file.write('second\n');
    file.close();
    expect(readdirSync(folder)).to.deep.equal(['maestro.log']);
    expect(readFileSync(join(folder, 'maestro.log'), 'utf8')).to.equal('second\n');
  });

  // Windows lets only administrators make links.
  if (process.platform !== 'win32') {
    it('does not write through a link somebody planted', () => {
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'maestro.log'));
      expect(() => new LogFile(join(folder, 'maestro.log'))).to.throw(/ELOOP/);
    });
  }
});

describe('the log on a terminal', () => {
  it('is short, names what matters and cannot move the cursor', () => {
    let shown = '';
    const log = createLog({ sinks: [new TerminalLog({ write: (text: string) => (shown = shown.concat(text)) })] });
    log.info('ready', { url: 'http://x', port: 7 });
    log.child('store').error('\u001b[2Jbroken\nline', { cause: new Error('disk full') });
    log.warn('odd', { cause: 'words' });
    log.warn('odder', { cause: { n: 1 } });
    log.warn('none', { cause: null });
    const lines = shown.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(9))).to.deep.equal([
      'ready url=http://x port=7',
      'ERROR [store] \\u001b[2Jbroken\\u000aline (disk full)',
      'WARN odd (words)',
      'WARN odder ({"n":1})',
      'WARN none',
    ]);
    expect(lines[0]).to.match(/^\d\d:\d\d:\d\d /);
  });

  it('makes invisible characters visible', () => {
    expect(printable('a\u202eb\tc')).to.equal('a\\u202eb\\u0009c');
  });
});
