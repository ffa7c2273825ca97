import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { backOff } from '../src/language-server.js';
import { type LspTools, lspTools, scripted } from './lsp-support.js';
import { Folder } from './support.js';

const folder = new Folder();
const { said, failure, run } = folder;
let tools: LspTools | undefined;
const at = { filePath: 'a.ts', line: 0, character: 0 };

const open = (behaviour: string, limits: Parameters<typeof lspTools>[1] = {}) => {
  tools = lspTools({ typescript: scripted(behaviour, folder.at('log')) }, limits);
  return tools;
};
const received = async () =>
  (await readFile(folder.at('log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(async () => {
    await folder.open();
    await folder.write({ 'a.ts': 'let a;\n' });
  });
  afterEach(async () => {
    await tools?.close();
    tools = undefined;
    await folder.close();
  });
}

describe('a language server that misbehaves', function () {
  inOwnFolder();
  this.timeout(30_000);

  for (const [behaviour, code, words] of [
    ['crash', 'lsp.unavailable', 'exit code 3; its last words: thrown on purpose'],
    ['crash-at-start', 'lsp.unavailable', 'exit code 4'],
    ['hang-at-start', 'lsp.timeout', 'initialize'],
    ['hang', 'lsp.timeout', 'textDocument/hover'],
    ['deaf', 'lsp.timeout', 'textDocument/hover'],
    ['wrong-shape', 'lsp.bad_answer', 'textDocument/hover'],
    ['wrong-error', 'lsp.refused', 'no reason'],
    ['refuse', 'lsp.refused', 'no, never'],
    ['no-json', 'lsp.unavailable', 'no JSON object'],
    ['no-header', 'lsp.unavailable', 'without a length'],
    ['endless-header', 'lsp.unavailable', 'no header'],
    ['giant', 'lsp.unavailable', '999999999999 bytes'],
    ['flood', 'lsp.unavailable', 'in a second'],
  ] as const) {
    it(`is told of with what it did: ${behaviour}`, async () => {
      // Short only where the time is what runs out.
      const limits = { hang: { requestMs: 400 }, deaf: { requestMs: 400 }, 'hang-at-start': { startMs: 400 } };
      const { hover } = open(behaviour, { limits: limits[behaviour as keyof typeof limits] ?? {} });
      const error = await failure(hover, at);
      expect(error.code).to.equal(code);
      expect(error.message).to.include(words);
    });
  }

  it('is not started again before its time, and the reason is kept in mind', async () => {
    const { hover, running } = open('crash', { limits: { backOffMs: 60_000 } });
    expect((await failure(hover, at)).message).to.include('exit code 3');
    const early = await failure(hover, at);
    expect(early.message)
      .to.match(/started again in \d\d s/)
      .and.include('thrown on purpose');
    expect(running()).to.equal(0);
  });

  it('is started again after a crash, later each time', async () => {
    const { hover } = open('crash', { limits: { backOffMs: 20 } });
    const starts = async () => (await received()).filter(({ method }) => method === 'initialize').length;
    await failure(hover, at);
    for (let tries = 0; (await starts()) < 3 && tries < 200; tries += 1) {
      await sleep(20);
      await failure(hover, at);
    }
    expect(await starts()).to.equal(3);
    expect([0, 1, 2, 3, 50].map((failures) => backOff(failures, 1_000))).to.deep.equal([
      1_000, 2_000, 4_000, 8_000, 300_000,
    ]);
  });

  it('is ended when it hangs, so that the next call gets another', async () => {
    const { hover, running } = open('hang', { limits: { requestMs: 200, backOffMs: 1 } });
    for (const _ of ['one', 'another']) {
      expect((await failure(hover, at)).code).to.equal('lsp.timeout');
      for (let tries = 0; running() > 0 && tries < 200; tries += 1) await sleep(20);
      // Before its time to wait is over the next call would be told that it is not there.
      await sleep(50);
    }
    expect((await received()).filter(({ method }) => method === 'initialize')).to.have.length(2);
    for (let tries = 0; running() > 0 && tries < 100; tries += 1) await sleep(20);
    expect(running()).to.equal(0);
  });

  it('does not get through with answers to nobody', async () => {
    expect(await said(open('wrong-id').hover, at)).to.equal('to you');
  });

  it('gets no edit made and no question answered that is none of its business', async () => {
    expect(await said(open('asks').hover, at)).to.equal('asked');
    const answers = (await received()).filter(({ method }) => method === undefined);
    const byId = Object.fromEntries(
      answers.map(({ id, result, error }) => [id, result === undefined ? error.code : result]),
    );
    expect(byId).to.deep.equal({ q1: [null, null], q2: { applied: false }, q3: null, q4: -32601 });
    expect(await folder.content('a.ts')).to.equal('let a;\n');
  });

  it('names places nobody can be sent to without harm', async () => {
    const places = await said(open('strange-places').definition, at);
    expect(places).to.include('http://elsewhere/x:0:0').and.include('nowhere').and.not.include('\u001b');
  });

  it('is asked to stop when the caller does, and stays for the others', async () => {
    const { hover, running } = open('hang', { limits: { requestMs: 20_000 } });
    const stop = new AbortController();
    const asked = run(hover, at, { signal: stop.signal }).catch((error: unknown) => error);
    while (!(await received().catch(() => [])).some(({ method }) => method === 'textDocument/hover')) await sleep(20);
    stop.abort(new Error('stopped'));
    expect(String(await asked)).to.include('stopped');
    while (!(await received()).some(({ method }) => method === '$/cancelRequest')) await sleep(20);
    expect(running()).to.equal(1);
  });
});

describe('a language server', function () {
  inOwnFolder();
  this.timeout(30_000);

  it('is ended when nobody asks for a while, and comes back when somebody does', async () => {
    const { hover, running } = open('good', { limits: { idleMs: 100 } });
    expect(await said(hover, at)).to.equal('a good answer');
    for (let tries = 0; running() > 0 && tries < 200; tries += 1) await sleep(20);
    expect(running()).to.equal(0);
    expect(await said(hover, at)).to.equal('a good answer');
    expect((await received()).filter(({ method }) => method === 'initialize')).to.have.length(2);
  });

  it('is one for callers that come together, and does not end under the one that takes long', async () => {
    const { hover } = open('slow', { limits: { idleMs: 50 } });
    const answers = await Promise.all([said(hover, at), said(hover, at), said(hover, at)]);
    expect(answers).to.deep.equal(['late', 'late', 'late']);
    const methods = (await received()).map(({ method }) => method);
    expect(methods.filter((method) => method === 'initialize')).to.have.length(1);
    expect(methods.filter((method) => method === 'textDocument/didOpen')).to.have.length(1);
  });

  it('is told of a file again only when its content is another', async () => {
    const { hover } = open('good');
    await said(hover, at);
    await folder.write({ 'a.ts': 'let a;\n' });
    await said(hover, at);
    await folder.write({ 'a.ts': 'let b;\n' });
    await said(hover, at);
    const changes = (await received()).filter(({ method }) => method === 'textDocument/didChange');
    expect(changes.map(({ params }) => [params.textDocument.version, params.contentChanges])).to.deep.equal([
      [2, [{ text: 'let b;\n' }]],
    ]);
  });

  it('that speaks unasked is heard for the version of the file it speaks of', async () => {
    const { hover, diagnostics } = open('published');
    await said(hover, at);
    expect(await said(diagnostics, {})).to.equal(
      '1 finding in 1 file, lines and characters counted from 0:\na.ts:0:0 warning: of version 1',
    );
    await folder.write({ 'a.ts': 'let b;\n' });
    expect(await said(diagnostics, {}))
      .to.include('of version 2')
      .and.not.include('of version 1');
  });

  it('that cannot do something is not asked', async () => {
    expect((await failure(open('good').workspace, { query: 'a' })).message).to.include('cannot do this');
  });

  it('is asked about nothing where the session knows no file of its languages', async () => {
    const { diagnostics, running } = open('good');
    expect(await said(diagnostics, {})).to.include('read or edit one first');
    expect(running()).to.equal(0);
  });
});
