import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { text } from '../../src/protocol/messages.js';
import type { FoundFiles, Session } from '../../src/protocol/resources.js';
import { ignoreRules, isIgnored } from '../../src/server/ignore-rules.js';
import { rankPaths } from '../../src/server/rank-paths.js';
import { WorkingFiles } from '../../src/server/working-files.js';
import { adding, message } from '../records/support.js';
import { api, newSession, type Running, useServer } from './support.js';

describe('the rules of a .gitignore', () => {
  const says = (rules: string, path: string, isDirectory = false) =>
    isIgnored(ignoreRules(rules), path.split('/'), isDirectory);

  it('are read as git reads them', () => {
    const cases: [rules: string, path: string, isDirectory: boolean, ignored: boolean | undefined][] = [
      ['*.log', 'a/b.log', false, true],
      ['*.log', 'a/b.txt', false, undefined],
      ['# no rule', '# no rule', false, undefined],
      ['build/', 'build', false, undefined],
      ['build/', 'deep/build', true, true],
      ['/build', 'deep/build', true, undefined],
      ['a/*.c', 'a/x.c', false, true],
      ['a/*.c', 'a/b/x.c', false, undefined],
      ['a/**/x', 'a/b/c/x', false, true],
      ['a/**', 'a/b', false, true],
      ['**/x/y', 'q/x/y', false, true],
      ['*.log\n!keep.log', 'keep.log', false, false],
      ['\\#name', '#name', false, true],
      ['[a-c].ts', 'b.ts', false, true],
      ['[!a-c].ts', 'b.ts', false, undefined],
      ['?.ts', 'ab.ts', false, undefined],
      ['name\\ ', 'name ', false, true],
    ];
    for (const [rules, path, isDirectory, ignored] of cases) {
      expect(says(rules, path, isDirectory), `${JSON.stringify(rules)} and ${path}`).to.equal(ignored);
    }
  });

  it('are never slow', () => {
    const begun = performance.now();
    expect(says(`${'*a'.repeat(200)}b`, 'a'.repeat(250))).to.equal(undefined);
    expect(performance.now() - begun).to.be.below(100);
  });
});

describe('the files of a working directory', () => {
  let folder: string;
  const files = new WorkingFiles();
  const put = async (path: string, content = '') => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  const found = async (query: string, limit = 12) =>
    (await files.find(folder, query, limit)).items.map(({ path }) => path);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maestro-files-'));
    await writeFile(join(folder, '.gitignore'), 'secret.txt\n/out/\n');
    await put('lib/webhooks/backoff.ex');
    await put('test/webhooks/backoff_test.exs');
    await put('docs/fullbackup.md');
    await put('secret.txt');
    await put('out/backoff.beam');
    await put('.git/backoff');
    await put('lib/.gitignore', '*.tmp');
    await put('lib/backoff.tmp');
    await symlink('/etc', join(folder, 'back-to-etc'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are found by a few letters, best first, without what is ignored and without links', async () => {
    expect(await found('back')).to.deep.equal([
      'lib/webhooks/backoff.ex',
      'test/webhooks/backoff_test.exs',
      'docs/fullbackup.md',
    ]);
    expect(await found('web')).to.include('lib/webhooks');
    expect(await found('lwbf')).to.deep.equal(['lib/webhooks/backoff.ex']);
    expect(await found('secret')).to.deep.equal([]);
    expect(await found('../')).to.deep.equal([]);
    expect(await found('', 2)).to.have.length(2);
  });

  it('of a hundred thousand are found in no time once they are known', () => {
    const paths = Array.from({ length: 100_000 }, (_, n) => `dir${n % 300}/part${n % 7}/file-${n}.ts`);
    const searched = paths.map((path) => ({ path, lower: path.toLowerCase(), isDirectory: false }));
    const begun = performance.now();
    expect(rankPaths(searched, 'file-99', 12)).to.have.length(12);
    expect(rankPaths(searched, 'd29p5f12', 12)).to.have.length(12);
    expect(performance.now() - begun).to.be.below(1_000);
  });
});

describe('a session as files', () => {
  const server: Running = useServer();
  let session: Session;
  const at = (path: string) => `/sessions/${session.session_id}${path}`;
  before(async () => {
    await writeFile(join(server.folder, 'README.md'), '#');
    session = await newSession(server, { agent_name: 'Ada / Länge', working_directory: server.folder });
    const parts = [text('Say `hello`'), text('```\nfence\n```')];
    for (let n = 0; n < 230; n += 1) {
      const one = message({ parts: n === 0 ? parts : [text(`number ${n}`)] });
      await server.events.commit({ conversationId: session.conversation_id, epoch: 0 }, adding(one));
    }
  });

  it('finds files over REST, and refuses what is no question', async () => {
    const { body } = await api(server, 'GET', at('/files?q=read'));
    expect(body as FoundFiles).to.deep.equal({
      items: [{ path: 'README.md', kind: 'file' }],
      next: null,
      is_complete: true,
    });
    for (const query of ['limit=0', 'limit=51', 'path=/etc'])
      expect((await api(server, 'GET', at(`/files?${query}`))).status).to.equal(400);
    expect((await api(server, 'GET', '/sessions/none/files')).status).to.equal(404);
  });

  it('is exported whole and in order, as JSON and as Markdown', async () => {
    const given = async (format: string) => {
      const response = await fetch(`${server.url}/api/v1${at(`/export?format=${format}`)}`, {
        headers: { authorization: `Bearer ${server.token}` },
      });
      return { name: response.headers.get('content-disposition'), text: await response.text() };
    };
    const json = await given('json');
    expect(json.name).to.match(/^attachment; .*L%C3%A4nge-\d{4}-\d\d-\d\d\.json$/);
    const exported = JSON.parse(json.text);
    expect(exported.maestro_export).to.equal(1);
    expect(exported.session.session_id).to.equal(session.session_id);
    expect(exported.messages.map(({ pos }: { pos: number }) => pos)).to.deep.equal(
      Array.from({ length: 230 }, (_, index) => index + 1),
    );
    const markdown = await given('markdown');
    expect(markdown.name).to.match(/\.md$/);
    expect(markdown.text)
      .to.match(/^# Ada \/ Länge\n/)
      .and.to.include('number 229');
    expect((await api(server, 'GET', at('/export?format=pdf'))).status).to.equal(400);
  });
});
