import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, stat, symlink, utimes, writeFile as writeBytes } from 'node:fs/promises';
import { type MaestroError, type Tool, type ToolOutput, textOf } from '@maestro/core';
import { expect } from 'chai';
import { atomicWrite } from '../src/atomic-write.js';
import { fileDiff } from '../src/file-diff.js';
import { MOST_ENTRIES } from '../src/list-directory.js';
import { explain } from '../src/place.js';
import { SLICE_BYTES } from '../src/slice.js';
import { diffOf, Folder, failure } from './support.js';

const signal = new AbortController().signal;
const folder = new Folder();
const { at, content } = folder;
const run = (tool: Tool, args: object, aborted = signal) => folder.run(tool, args, { signal: aborted });
const said = async (promise: Promise<ToolOutput>) => textOf((await promise).content);

/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());
}

describe('read_file', () => {
  inOwnFolder();
  it('gives a small file as it is', async () => {
    await writeBytes(at('a.txt'), 'one\ntwo\n');
    expect(await said(run(folder.tools.readFile, { file_path: 'a.txt' }))).to.equal('one\ntwo\n');
  });

  it('gives an empty file as empty text', async () => {
    await writeBytes(at('a.txt'), '');
    expect(await said(run(folder.tools.readFile, { file_path: 'a.txt' }))).to.equal('');
  });

  it('gives a range with its place and the total', async () => {
    await writeBytes(at('a.txt'), 'one\ntwo\nthree\nfour');
    expect(await said(run(folder.tools.readFile, { file_path: 'a.txt', start_line: 2, end_line: 3 }))).to.equal(
      'Lines 2-3 of 4:\ntwo\nthree\n',
    );
    expect(await said(run(folder.tools.readFile, { file_path: 'a.txt', start_line: 4 }))).to.equal(
      'Lines 4-4 of 4:\nfour',
    );
  });

  it('says so when the range lies past the end or runs backwards', async () => {
    await writeBytes(at('a.txt'), 'one\n');
    expect((await failure(run(folder.tools.readFile, { file_path: 'a.txt', start_line: 5 }))).message).to.include(
      'has 1 lines; line 5 is past its end',
    );
    expect(
      (await failure(run(folder.tools.readFile, { file_path: 'a.txt', start_line: 5, end_line: 2 }))).code,
    ).to.equal('tool.bad_range');
  });

  it('C5 gives a slice of a large file without holding the file', async () => {
    const line = `${'x'.repeat(99)}\n`;
    await writeBytes(at('big.txt'), line.repeat(400_000));
    const before = process.memoryUsage().arrayBuffers;
    const result = await said(
      run(folder.tools.readFile, { file_path: 'big.txt', start_line: 300_001, end_line: 300_002 }),
    );
    expect(result).to.equal(`Lines 300001-300002 of 400000:\n${line}${line}`);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(20 * 1024 * 1024);
    const whole = await said(run(folder.tools.readFile, { file_path: 'big.txt' }));
    expect(whole).to.match(/^Lines 1-2622 of 400000 \(cut at 256 KiB/);
    expect(whole.length).to.be.lessThan(SLICE_BYTES + 100);
  });

  it('leaves out a character that the cut would tear', async () => {
    await writeBytes(at('a.txt'), `${'x'.repeat(SLICE_BYTES - 1)}é${'y'.repeat(10)}`);
    expect(await said(run(folder.tools.readFile, { file_path: 'a.txt' }))).to.match(/x$/);
  });

  it('T7 refuses what is not a regular text file, each with its reason', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await symlink('loop', at('loop'));
    await writeBytes(at('bin'), Buffer.from([1, 0, 2]));
    expect((await failure(run(folder.tools.readFile, { file_path: 'pipe' }))).code).to.equal('tool.not_a_file');
    expect((await failure(run(folder.tools.readFile, { file_path: '/dev/zero' }))).code).to.equal('tool.not_a_file');
    expect((await failure(run(folder.tools.readFile, { file_path: '.' }))).message).to.include('list it instead');
    expect((await failure(run(folder.tools.readFile, { file_path: 'loop' }))).message).to.include(
      'loop of symbolic links',
    );
    expect((await failure(run(folder.tools.readFile, { file_path: 'bin' }))).code).to.equal('tool.binary');
    expect((await failure(run(folder.tools.readFile, { file_path: 'none' }))).code).to.equal('tool.not_found');
    expect((await failure(run(folder.tools.readFile, { file_path: ' ' }))).code).to.equal('tool.bad_path');
    expect((await failure(run(folder.tools.readFile, { file_path: 'a\0b' }))).code).to.equal('tool.bad_path');
  });

  it('stops when it is told to', async () => {
    await writeBytes(at('a.txt'), 'one\n');
    expect((await failure(run(folder.tools.readFile, { file_path: 'a.txt' }, AbortSignal.abort()))).name).to.equal(
      'AbortError',
    );
  });
});

describe('write_file', () => {
  inOwnFolder();
  it('creates the file and its parents and shows the diff', async () => {
    const output = await run(folder.tools.writeFile, { file_path: 'deep/er/a.txt', content: 'hello\n' });
    expect(await content('deep/er/a.txt')).to.equal('hello\n');
    expect(textOf(output.content)).to.equal('Created deep/er/a.txt (6 bytes).');
    expect(diffOf(output)?.hunks[0]?.lines).to.deep.equal(['+hello']);
  });

  it('replaces a file and keeps its mode', async () => {
    await writeBytes(at('run.sh'), 'old\n');
    await chmod(at('run.sh'), 0o750);
    await run(folder.tools.readFile, { file_path: 'run.sh' });
    const output = await run(folder.tools.writeFile, { file_path: 'run.sh', content: 'new\n' });
    expect((await stat(at('run.sh'))).mode & 0o777).to.equal(0o750);
    expect(diffOf(output)?.hunks[0]?.lines).to.deep.equal(['-old', '+new']);
    expect(await readdir(folder.path)).to.deep.equal(['run.sh']);
  });

  it('writes through a link to its target, and refuses a broken one', async () => {
    await writeBytes(at('target'), 'old');
    await symlink('target', at('link'));
    await symlink('nowhere', at('broken'));
    await run(folder.tools.readFile, { file_path: 'link' });
    await run(folder.tools.writeFile, { file_path: 'link', content: 'new' });
    expect(await content('target')).to.equal('new');
    expect((await failure(run(folder.tools.writeFile, { file_path: 'broken', content: 'x' }))).message).to.include(
      'does not exist',
    );
  });

  it('replaces what is no text without a diff', async () => {
    await writeBytes(at('bin'), Buffer.from([0, 1]));
    expect((await failure(run(folder.tools.readFile, { file_path: 'bin' }))).code).to.equal('tool.binary');
    const output = await run(folder.tools.writeFile, { file_path: 'bin', content: 'text' });
    expect(diffOf(output)).to.equal(undefined);
    expect(await content('bin')).to.equal('text');
  });

  it('leaves no trace when it cannot write', async () => {
    await writeBytes(at('file'), 'x');
    expect((await failure(run(folder.tools.writeFile, { file_path: 'file/under.txt', content: 'x' }))).code).to.equal(
      'tool.not_found',
    );
    expect((await failure(run(folder.tools.writeFile, { file_path: '.', content: 'x' }))).code).to.equal(
      'tool.not_a_file',
    );
    expect(
      (await failure(run(folder.tools.writeFile, { file_path: 'a.txt', content: 'x' }, AbortSignal.abort()))).name,
    ).to.equal('AbortError');
    expect((await failure(run(folder.tools.writeFile, { file_path: 'n'.repeat(300), content: 'x' }))).code).to.equal(
      'tool.bad_path',
    );
    expect(await readdir(folder.path)).to.deep.equal(['file']);
  });
});

describe('replace', () => {
  inOwnFolder();
  it('replaces the one place and keeps line endings and the byte order mark', async () => {
    await writeBytes(at('a.txt'), '\uFEFFone\r\ntwo\r\nthree\r\n');
    const output = await run(folder.tools.replace, {
      file_path: 'a.txt',
      old_string: 'two\nthree',
      new_string: '2\n3',
    });
    expect(await content('a.txt')).to.equal('\uFEFFone\r\n2\r\n3\r\n');
    expect(diffOf(output)?.path).to.equal('a.txt');
  });

  it('takes the new text literally', async () => {
    await writeBytes(at('a.txt'), 'cost');
    await run(folder.tools.replace, { file_path: 'a.txt', old_string: 'cost', new_string: '$& $1 $$' });
    expect(await content('a.txt')).to.equal('$& $1 $$');
  });

  it('asks for more context when there are several places, and takes all when told', async () => {
    await writeBytes(at('a.txt'), 'x\ny\nx\n');
    const error = await failure(run(folder.tools.replace, { file_path: 'a.txt', old_string: 'x', new_string: 'z' }));
    expect(error.message).to.include('occurs 2 times (lines 1, 3)');
    await run(folder.tools.replace, { file_path: 'a.txt', old_string: 'x', new_string: 'z', allow_multiple: true });
    expect(await content('a.txt')).to.equal('z\ny\nz\n');
  });

  it('says how near it came when nothing matches', async () => {
    await writeBytes(at('a.txt'), 'function a() {\n  return 1;\n}\n');
    const why = async (old_string: string) =>
      (await failure(run(folder.tools.replace, { file_path: 'a.txt', old_string, new_string: 'x' }))).message;
    expect(await why('function a() {\n  return 2;')).to.include(
      'The nearest place is lines 1-2. Line 2 differs: it is "  return 1;", not "  return 2;".',
    );
    expect(await why('return  1;')).to.include('Line 2 differs in white space');
    expect(await why('RETURN 1;')).to.include('upper and lower case');
    expect(await why('elsewhere')).to.include('No line is like any of its lines');
  });

  it('refuses an edit that changes nothing, and files that are too large or no text', async () => {
    await writeBytes(at('a.txt'), 'x');
    await writeBytes(at('bin'), Buffer.from([0xff, 0, 0xfe]));
    await writeBytes(at('big'), Buffer.alloc(16 * 1024 * 1024 + 1, 'a'));
    expect(
      (await failure(run(folder.tools.replace, { file_path: 'a.txt', old_string: 'x', new_string: 'x' }))).code,
    ).to.equal('tool.no_change');
    expect(
      (await failure(run(folder.tools.replace, { file_path: 'bin', old_string: 'x', new_string: 'y' }))).code,
    ).to.equal('tool.binary');
    expect(
      (await failure(run(folder.tools.replace, { file_path: 'big', old_string: 'a', new_string: 'y' }))).code,
    ).to.equal('tool.too_large');
  });

  it('refuses to overwrite what somebody else changed meanwhile', async () => {
    await writeBytes(at('a.txt'), 'theirs');
    const { mtimeMs } = await stat(at('a.txt'));
    await utimes(at('a.txt'), new Date(), new Date(mtimeMs + 5000));
    const error = await failure(
      atomicWrite(at('a.txt'), Buffer.from('ours'), { mode: 0o644, unchangedSince: mtimeMs, signal }),
    );
    expect(error.code).to.equal('tool.stale');
    expect(await content('a.txt')).to.equal('theirs');
  });
});

describe('list_directory', () => {
  inOwnFolder();
  it('lists directories first, then files with sizes, links told apart', async () => {
    await mkdir(at('src'));
    await writeBytes(at('b.txt'), '12345');
    await symlink('src', at('to-src'));
    await symlink('b.txt', at('to-b'));
    await symlink('nowhere', at('broken'));
    expect((await said(run(folder.tools.listDirectory, {}))).split('\n')).to.deep.equal([
      'src/',
      'to-src/ (link)',
      'b.txt (5 bytes)',
      'broken (broken link)',
      'to-b (5 bytes, link)',
    ]);
  });

  it('keeps a hostile name on one line', async () => {
    await writeBytes(at('evil\n\u001b[2Jname'), '');
    expect(await said(run(folder.tools.listDirectory, {}))).to.equal('"evil\\n\\u001b[2Jname" (0 bytes)');
  });

  it('says what is empty, missing, or no directory', async () => {
    await mkdir(at('empty'));
    await writeBytes(at('file'), '');
    expect(await said(run(folder.tools.listDirectory, { dir_path: 'empty' }))).to.equal('empty is empty.');
    expect((await failure(run(folder.tools.listDirectory, { dir_path: 'none' }))).code).to.equal('tool.not_found');
    expect((await failure(run(folder.tools.listDirectory, { dir_path: 'file' }))).code).to.equal(
      'tool.not_a_directory',
    );
  });

  it('T7 stops at a thousand entries and says that there are more', async () => {
    await Promise.all(Array.from({ length: MOST_ENTRIES + 5 }, (_, i) => writeBytes(at(`f${i}`), '')));
    const lines = (await said(run(folder.tools.listDirectory, {}))).split('\n');
    expect(lines).to.have.length(MOST_ENTRIES + 1);
    expect(lines.at(-1)).to.equal('(only the first 1000 entries are shown)');
  });
});

describe('what the tools say of the operating system', () => {
  inOwnFolder();
  it('names the reason and the place', () => {
    const error = explain('/x', Object.assign(new Error('EACCES'), { code: 'EACCES' })) as MaestroError;
    expect(error.code).to.equal('tool.denied');
    expect(error.message).to.equal('/x may not be opened by the user this server runs as.');
    expect((explain('/x', new Error('odd')) as MaestroError).code).to.equal('tool.failed');
  });

  it('gives no diff where nobody could read it', () => {
    expect(fileDiff('a', 'same', 'same')).to.equal(undefined);
    expect(fileDiff('a', 'x'.repeat(2_000_001), '')).to.equal(undefined);
    expect(fileDiff('a', '', 'line\n'.repeat(5000))).to.equal(undefined);
  });
});
