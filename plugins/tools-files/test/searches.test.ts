import { execFileSync } from 'node:child_process';
import { mkdir, symlink, utimes, writeFile as writeBytes } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { globMatcher } from '../src/glob-pattern.js';
import { Folder } from './support.js';

const folder = new Folder();
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());
}

async function files(all: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(all)) {
    await mkdir(path.dirname(folder.at(name)), { recursive: true });
    await writeBytes(folder.at(name), content);
  }
}

describe('a glob', () => {
  inOwnFolder();
  it('fits as people expect', () => {
    const fits = (pattern: string, name: string) => globMatcher(pattern, { isCaseSensitive: true })(name);
    for (const [pattern, name] of [
      ['*.ts', 'deep/er/a.ts'],
      ['src/**/*.ts', 'src/a.ts'],
      ['src/**/*.ts', 'src/x/y/a.ts'],
      ['**/*.{ts,md}', 'a.md'],
      ['a?[bc].txt', 'axb.txt'],
      ['[!a].txt', 'b.txt'],
      ['src/**', 'src/x/y'],
      ['ä*', 'älter'],
      ['a[1].txt', 'a1.txt'],
    ] as const)
      expect(fits(pattern, name), `${pattern} ${name}`).to.equal(true);
    for (const [pattern, name] of [
      ['src/*.ts', 'src/x/a.ts'],
      ['*.ts', 'a.tsx'],
      ['./*.ts', 'src/a.ts'],
      ['a?b', 'a/b'],
      ['*.TS', 'a.ts'],
      ['a.b', 'axb'],
    ] as const)
      expect(fits(pattern, name), `${pattern} ${name}`).to.equal(false);
  });

  it('is quick or refused, whatever it is', () => {
    const some = fc.string({
      unit: fc.constantFrom('*', '**/', '?', '[', ']', '{', '}', ',', 'a', '-', '!', '\\', '/', '.', '^', '&&', '💡'),
    });
    fc.assert(
      fc.property(some, fc.string(), (pattern, name) => {
        const startedAt = Date.now();
        try {
          globMatcher(pattern, { isCaseSensitive: false })(name.repeat(5));
        } catch (error) {
          expect(error).to.have.property('code', 'tool.bad_pattern');
        }
        expect(Date.now() - startedAt).to.be.lessThan(1_000);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('glob', () => {
  inOwnFolder();
  const glob = (args: object) => folder.said(folder.tools.glob, args);

  it('gives the newest first', async () => {
    await files({ 'a.ts': '', 'src/b.ts': '', 'c.md': '' });
    await utimes(folder.at('a.ts'), 1, 1_000);
    await utimes(folder.at('src/b.ts'), 1, 2_000);
    expect(await glob({ pattern: '*.ts' })).to.equal('src/b.ts\na.ts');
    expect(await glob({ pattern: '*.TS', case_sensitive: true })).to.equal('No file in . fits *.TS.');
    expect(await glob({ pattern: '*', path: 'src' })).to.equal('src/b.ts');
  });

  it('leaves out what ignore files name, unless asked', async () => {
    await files({
      '.gitignore': 'made/\n',
      '.geminiignore': 'b.txt\n',
      '.maestroignore': 'c.txt\n',
      '.ignore': 'd.txt\n',
    });
    await files({ 'a.txt': '', 'made/x.txt': '', 'b.txt': '', 'c.txt': '', 'd.txt': '', '.git/y.txt': '' });
    const names = async (args: object) => (await glob({ pattern: '*.txt', ...args })).split('\n').sort();
    expect(await names({})).to.deep.equal(['a.txt']);
    expect(await names({ respect_git_ignore: false })).to.deep.equal(['a.txt', 'made/x.txt']);
    expect(await names({ file_filtering_options: { respect_gemini_ignore: false } })).to.include.members([
      'b.txt',
      'c.txt',
    ]);
  });

  it('keeps hostile names on one line', async () => {
    await files({ 'x\n\u001b[2J.txt': '' });
    expect(await glob({ pattern: '*.txt' })).to.equal('"x\\n\\u001b[2J.txt"');
  });

  it('refuses what is no directory or no pattern', async () => {
    await files({ 'a.txt': '' });
    const code = async (args: object) => (await folder.failure(folder.tools.glob, args)).code;
    expect(await code({ pattern: '*', dir_path: 'none' })).to.equal('tool.not_found');
    expect(await code({ pattern: '*', dir_path: 'a.txt' })).to.equal('tool.not_a_directory');
    expect(await code({ pattern: '[a' })).to.equal('tool.bad_pattern');
  });
});

describe('grep_search', () => {
  inOwnFolder();
  const grep = (args: object) => folder.said(folder.tools.grepSearch, args);

  it('gives lines with their numbers, by file', async () => {
    await files({ 'a.txt': 'one\nTwo\nthree\n', 'src/b.txt': 'two\n' });
    expect(await grep({ pattern: 'two' })).to.equal('2 matches in 2 files:\na.txt\n2: Two\n\nsrc/b.txt\n1: two');
    expect(await grep({ pattern: 'two', case_sensitive: true })).to.equal('1 match in 1 file:\nsrc/b.txt\n1: two');
    expect(await grep({ pattern: 'two', names_only: true })).to.equal('2 files:\na.txt\nsrc/b.txt');
    expect(await grep({ pattern: 'four' })).to.equal('Nothing in . matches four.');
  });

  it('shows lines around, and takes a pattern literally', async () => {
    await files({ 'a.txt': '1\n2\nf(x)\n4\n5\n6\n7\nf(x)\n' });
    expect(await grep({ pattern: 'f(x)', fixed_strings: true, context: 1 })).to.equal(
      '2 matches in 1 file:\na.txt\n2- 2\n3: f(x)\n4- 4\n--\n7- 7\n8: f(x)',
    );
  });

  it('takes files in and out, and never brings back what is ignored', async () => {
    await files({ '.gitignore': '*.log\n', 'a.ts': 'x', 'b.md': 'x', 'c.log': 'x', 'src/d.ts': 'x' });
    expect(await grep({ pattern: 'x', names_only: true, include_pattern: '*.{ts,log}' })).to.equal(
      '2 files:\na.ts\nsrc/d.ts',
    );
    expect(await grep({ pattern: 'x', names_only: true, exclude_pattern: '*.ts' })).to.equal('1 file:\nb.md');
    expect(await grep({ pattern: 'x', names_only: true, no_ignore: true, include_pattern: '*.log' })).to.equal(
      '1 file:\nc.log',
    );
  });

  it('stops at the limits and says so', async () => {
    await files({ 'a.txt': 'x\n'.repeat(50), 'b.txt': 'x\n'.repeat(50) });
    const said = await grep({ pattern: 'x', total_max_matches: 3 });
    expect(said)
      .to.match(/^3 matches in 1 file:/)
      .and.to.include('(there are more;');
    expect(await grep({ pattern: 'x', max_matches_per_file: 1 })).to.match(/^2 matches in 2 files:/);
  });

  it('stays whole before binary files, long lines and hostile names', async () => {
    await files({
      bin: 'hit\n\0hit\n',
      'long.txt': `hit${'y'.repeat(1_000_000)}`,
      'odd\nname': 'hit\n',
      '-x': 'hit\n',
    });
    const said = await grep({ pattern: 'hit' });
    expect(said.length).to.be.lessThan(2_000);
    expect(said).to.include('"odd\\nname"\n1: hit').and.to.include('-x\n1: hit');
    expect(await grep({ pattern: '-x' })).to.include('Nothing');
  });

  it('says what is wrong with a pattern', async () => {
    const error = await folder.failure(folder.tools.grepSearch, { pattern: '(' });
    expect(error.code).to.equal('tool.bad_pattern');
    expect(error.message).to.include('unclosed group');
  });
});

describe('search_file_content', () => {
  inOwnFolder();
  it('searches one file or many, within its limits', async () => {
    await files({ 'a.txt': 'x\nx\n', 'b.txt': 'x\n', 'c.md': 'x\n' });
    const search = (args: object) => folder.said(folder.tools.searchFileContent, { pattern: 'x', ...args });
    expect(await search({ path: 'b.txt' })).to.equal('1 match in 1 file:\nb.txt\n1: x');
    expect(await search({ include: '*.txt', max_per_file: 1 })).to.match(/^2 matches in 2 files/);
    expect(await search({ max_files: 1 })).to.match(/^2 matches in 1 file:/);
  });

  it('gives what it has when the time runs out', async () => {
    execFileSync('sh', [
      '-c',
      `for i in $(seq 20); do head -c 2000000 /dev/zero | tr '\\0' 'a' > ${folder.at('f')}$i; done`,
    ]);
    const startedAt = Date.now();
    const said = await folder.said(folder.tools.searchFileContent, { pattern: '(a+b)+c', timeout_ms: 1 });
    expect(said).to.include('ran out');
    expect(Date.now() - startedAt).to.be.lessThan(3_000);
  });

  it('stops when it is told to, and leaves a pipe alone', async () => {
    execFileSync('mkfifo', [folder.at('pipe')]);
    await symlink('.', folder.at('around'));
    const error = await folder.failure(folder.tools.searchFileContent, { pattern: 'x', path: 'pipe' });
    expect(error.code).to.equal('tool.not_a_file');
    expect(await folder.said(folder.tools.searchFileContent, { pattern: 'x' })).to.include('Nothing');
    const aborted = await folder.failure(
      folder.tools.searchFileContent,
      { pattern: 'x' },
      { signal: AbortSignal.abort() },
    );
    expect(aborted.name).to.equal('AbortError');
  });
});

describe('list_directory', () => {
  inOwnFolder();
  it('leaves out what ignore files and its own globs name, and counts it', async () => {
    await files({ '.gitignore': '*.log\n/made/\n', 'src/.gitignore': '!keep.log\n' });
    await files({ 'a.log': '', 'made/x': '', 'src/keep.log': '', 'src/b.log': '', 'src/made/y': '', 'src/z.tmp': '' });
    const list = (args: object) => folder.said(folder.tools.listDirectory, args);
    expect(await list({})).to.equal('src/\n.gitignore (13 bytes)\n(2 ignored entries are not shown)');
    expect(await list({ path: 'src', ignore: ['*.tmp', '.git*'] })).to.equal(
      'made/\nkeep.log (0 bytes)\n(3 ignored entries are not shown)',
    );
    expect(await list({ file_filtering_options: { respect_git_ignore: false } })).to.include('a.log (0 bytes)');
  });
});
