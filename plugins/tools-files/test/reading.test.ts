import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, truncate, writeFile as writeBytes } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { textOf } from '@maestro/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { linesOf } from '../src/lines.js';
import { Folder } from './support.js';

const folder = new Folder();
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const read = (args: object) => folder.said(folder.tools.readFile, args);

describe('read_file', () => {
  inOwnFolder();
  it('gives any range of any text as the text has it', async () => {
    const part = fc.constantFrom('a', 'é', '\n', '\r\n', '💡', ' ');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(5),
        fc.constantFrom('utf8', 'utf16le'),
        async (all, from, more, encoding) => {
          const text = all.join('');
          const mark = encoding === 'utf16le' ? '\uFEFF' : '';
          await writeBytes(folder.at('a.txt'), Buffer.from(mark + text, encoding as BufferEncoding));
          const lines = linesOf(text);
          const start_line = 1 + (from % lines.length);
          const end_line = Math.min(start_line + more, lines.length);
          const wanted = lines.slice(start_line - 1, end_line).join('');
          const isWhole = start_line === 1 && end_line === lines.length;
          const output = await folder.run(folder.tools.readLineRange, { file_path: 'a.txt', start_line, end_line });
          const said = output.content[0]?.type === 'text' ? output.content[0].text : '';
          expect(said).to.equal(isWhole ? wanted : `Lines ${start_line}-${end_line} of ${lines.length}:\n${wanted}`);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes offset and limit, and numbers lines', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\nthree\n');
    expect(await read({ absolute_path: folder.at('a.txt'), offset: 1, limit: 1 })).to.equal('Lines 2-2 of 3:\ntwo\n');
    expect(await read({ file_path: 'a.txt', start_line: 3, showLineNumbers: true })).to.equal(
      'Lines 3-3 of 3:\n     3\tthree\n',
    );
    expect((await folder.failure(folder.tools.readFile, {})).code).to.equal('tool.bad_path');
  });

  it('tells an encoding that is not UTF-8', async () => {
    await writeBytes(folder.at('a.txt'), Buffer.from('größe\n', 'latin1'));
    expect(await read({ file_path: 'a.txt' }))
      .to.include('größe\n')
      .and.to.include('read as latin1');
    await writeBytes(folder.at('b.txt'), Buffer.from('\uFEFFgröße\n', 'utf16le').swap16());
    expect(await read({ file_path: 'b.txt' }))
      .to.include('größe\n')
      .and.to.include('UTF-16, big-endian');
  });

  it('shows pictures and PDFs as parts, and says what other binaries are', async () => {
    await writeBytes(folder.at('a.png'), png);
    await writeBytes(folder.at('a.pdf'), '%PDF-1.4\nhello');
    await writeBytes(folder.at('a.gz'), Buffer.from('1f8b0800000000000003', 'hex'));
    const picture = await folder.run(folder.tools.readFile, { file_path: 'a.png' });
    const blob = createHash('sha256').update(png).digest('hex');
    expect(picture.content[1]).to.deep.equal({ v: 1, type: 'image', media_type: 'image/png', blob });
    expect(textOf(picture.content)).to.include('a.png: image/png');
    const document = await folder.run(folder.tools.readFile, { file_path: 'a.pdf' });
    expect(document.content[1]).to.include({ type: 'file', name: 'a.pdf', media_type: 'application/pdf' });
    const error = await folder.failure(folder.tools.readFile, { file_path: 'a.gz' });
    expect(error.message).to.equal('a.gz is not text but application/gzip (gz), 10 bytes, so it was not read.');
  });

  for (const [size, megabytes] of [
    ['100 MB', 100],
    ['1 GB', 1000],
  ] as const) {
    it(`C5 gives a slice of ${size} in flat memory and leaves the event loop free`, async function () {
      this.timeout(60_000);
      const line = `${'x'.repeat(99)}\n`;
      const file = await open(folder.at('big.txt'), 'w');
      const block = Buffer.from(line.repeat(10_000));
      for (let written = 0; written < megabytes; written += 1) await file.write(block);
      await file.close();
      const first = megabytes * 10_000 - 1;
      await read({ file_path: 'big.txt', start_line: 1, end_line: 1 });
      const before = process.memoryUsage.rss();
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const startedAt = Date.now();
      const said = await read({ file_path: 'big.txt', start_line: first });
      const tookMs = Date.now() - startedAt;
      delay.disable();
      clearInterval(watch);
      expect(said).to.equal(`Lines ${first}-${first + 1} of ${first + 1}:\n${line}${line}`);
      const grown = (Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20;
      const p99 = delay.percentile(99) / 1e6;
      console.log(`      ${size}: ${tookMs} ms, RSS +${grown.toFixed(1)} MB, event loop p99 ${p99.toFixed(1)} ms`);
      expect(grown).to.be.lessThan(64);
      expect(p99).to.be.lessThan(50);
    });
  }

  it('T7 answers soon for a file that is all holes, and for one line without end', async () => {
    await writeBytes(folder.at('holes'), '');
    await truncate(folder.at('holes'), 2 ** 36);
    const startedAt = Date.now();
    expect(
      (await folder.failure(folder.tools.readFile, { file_path: 'holes' }, { signal: AbortSignal.timeout(1_500) }))
        .name,
    ).to.be.oneOf(['TimeoutError', 'MaestroError', 'AbortError']);
    expect(Date.now() - startedAt).to.be.lessThan(2_000);
    await writeBytes(folder.at('line'), 'x'.repeat(3_000_000));
    expect((await read({ file_path: 'line' })).length).to.be.lessThan(263_000);
  });
});

describe('read_many_files', () => {
  inOwnFolder();
  const many = (args: object) => folder.said(folder.tools.readManyFiles, args);

  it('gives files by path and glob, one after the other, without what is usually made', async () => {
    await mkdir(folder.at('src'));
    await mkdir(folder.at('node_modules'));
    for (const name of ['src/b.ts', 'src/a.ts', 'c.md', 'node_modules/d.ts'])
      await writeBytes(folder.at(name), `in ${name}\n`);
    expect(await many({ include: ['**/*.ts'], paths: ['c.md', 'gone.md'] })).to.match(
      /^--- c\.md ---\nin c\.md\n\n--- src\/a\.ts ---\nin src\/a\.ts\n\n--- src\/b\.ts ---\nin src\/b\.ts\n\n\(.*gone\.md does not exist/,
    );
    expect(await many({ paths: ['src'], exclude: ['**/b.*'] })).to.equal('--- src/a.ts ---\nin src/a.ts\n');
    expect(await many({ paths: ['*.none'] })).to.equal('(No file fits.)');
    expect((await folder.failure(folder.tools.readManyFiles, {})).code).to.equal('tool.bad_path');
  });

  it('stops when the answer is full and says what is left', async () => {
    for (let index = 0; index < 9; index += 1) await writeBytes(folder.at(`f${index}`), `${'y'.repeat(50_000)}\n`);
    const said = await many({ paths: ['f*'] });
    expect(said.length).to.be.lessThan(270_000);
    expect(said).to.include('(3 more files were not read: the answer is full.)').and.to.include('(cut after line');
  });

  it('gives a picture only when it is named', async () => {
    await writeBytes(folder.at('a.png'), png);
    expect(await many({ paths: ['*'] })).to.include('a.png is not text');
    const output = await folder.run(folder.tools.readManyFiles, { paths: ['a.png'] });
    expect(output.content.map(({ type }) => type)).to.deep.equal(['text', 'text', 'image']);
  });
});

describe('list_directory', () => {
  inOwnFolder();
  it('T7 answers within two seconds for a hundred thousand entries', async function () {
    this.timeout(60_000);
    execFileSync('sh', ['-c', `mkdir ${folder.at('many')} && cd ${folder.at('many')} && seq 100000 | xargs touch`]);
    const startedAt = Date.now();
    const said = await folder.said(folder.tools.listDirectory, { path: 'many' });
    const ignored = await folder.said(folder.tools.listDirectory, { path: 'many', ignore: ['*'] });
    const tookMs = Date.now() - startedAt;
    console.log(`      shown and ignored: ${tookMs} ms`);
    expect(said).to.include('(only the first 1000 entries are shown)');
    expect(ignored).to.include('(100000 ignored entries are not shown)');
    expect(tookMs).to.be.lessThan(4_000);
  });
});
